"""What is sent of a customer, field by field, and names that a newsletter's rules would mix; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import permutations

from tirage.marketing.protocol import FieldKind

#: Minutes until a call is tried again, the last for every later one; and tries in a row before somebody is asked.
WAITS = (1, 2, 5, 10, 20, 30, 60)
MOST_FAILURES = 12
#: Days that a link which signs in is good for, and days after which another is sent.
LINK_DAYS, LINK_FRESH = 60, 30


class Ours(StrEnum):
    """What can be sent of a customer, besides address and name."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    GROUPS = "groups"
    TIER = "tier"
    CLUBS = "clubs"
    TAGS = "tags"
    SEGMENTS = "segments"
    LIFETIME = "lifetime"
    ORDERS = "orders"
    FIRST_ORDER = "first_order"
    LAST_ORDER = "last_order"
    SIGNED_UP = "signed_up"
    LINK = "link"


_TEXT = (FieldKind.TEXT,)
_NUMBER = (FieldKind.NUMBER, FieldKind.TEXT)
_DATE = (FieldKind.DATE, FieldKind.TEXT)

#: The name that a field of ours gets there, and the kinds that it fits into, the best first.
FIELDS: dict[Ours, tuple[str, tuple[FieldKind, ...]]] = {
    Ours.FIRST_NAME: ("First name", _TEXT),
    Ours.LAST_NAME: ("Last name", _TEXT),
    Ours.GROUPS: ("Groups", _TEXT),
    Ours.TIER: ("Allocation group", _TEXT),
    Ours.CLUBS: ("Clubs", _TEXT),
    Ours.TAGS: ("Tags", _TEXT),
    Ours.SEGMENTS: ("Segments", _TEXT),
    Ours.LIFETIME: ("Lifetime value", _NUMBER),
    Ours.ORDERS: ("Orders", _NUMBER),
    Ours.FIRST_ORDER: ("First order", _DATE),
    Ours.LAST_ORDER: ("Last order", _DATE),
    Ours.SIGNED_UP: ("Signed up", _DATE),
    Ours.LINK: ("Sign-in link", _TEXT),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a customer. ``lifetime`` is in whole units of the winery's currency."""

    first_name: str
    last_name: str
    groups: Sequence[str]
    tier: str
    clubs: Sequence[str]
    tags: Sequence[str]
    segments: Sequence[str]
    lifetime: Decimal
    orders: int
    first_order: date | None
    last_order: date | None
    signed_up: date


def values_of(facts: Facts, asked: Iterable[Ours], most: int) -> dict[Ours, str]:
    """What is sent for each field but the link; names are parted by commas, within ``most`` characters."""
    return {ours: _value(getattr(facts, ours.value), most) for ours in asked if ours is not Ours.LINK}


def _value(fact: object, most: int) -> str:
    if fact is None:
        return ""
    if isinstance(fact, date):
        return fact.isoformat()
    if isinstance(fact, str):
        return " ".join(fact.split())[:most]
    if isinstance(fact, Decimal | int):
        return str(fact)
    assert isinstance(fact, Sequence)
    return join_names(fact, most)


def join_names(names: Iterable[str], most: int) -> str:
    """Whole names, as many as fit, in the order of the alphabet."""
    text = ""
    for name in sorted((" ".join(one.split()) for one in names), key=str.casefold):
        longer = f"{text}, {name}" if text else name
        if len(longer) > most:
            break
        text = longer
    return text


def digest_of(email: str, name: str, values: Mapping[Ours, str], keys: Mapping[Ours, str], link: str) -> str:
    """The same for what was sent and what would be sent now, if nothing changed; ``link`` names the link's turn."""
    fields = sorted((keys[ours], value) for ours, value in values.items())
    said = json.dumps([email, name, fields, keys.get(Ours.LINK, ""), link], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def link_turn(epoch: int, now: datetime) -> str:
    """Which link somebody has: another one each month, and once the former ones open nothing any more."""
    return f"{epoch}:{now.date().toordinal() // LINK_FRESH}"


def wait_after(failures: int) -> timedelta:
    """How long to leave the service alone after so many failures in a row."""
    return timedelta(minutes=WAITS[min(failures, len(WAITS)) - 1])


def nested_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names of which the first is inside the second: a rule *contains* finds both."""
    known = sorted({" ".join(name.split()) for name in names} - {""}, key=lambda one: (one.casefold(), one))
    return [
        (inner, outer)
        for inner, outer in permutations(known, 2)
        if inner.casefold() in outer.casefold() and (len(inner) < len(outer) or inner < outer)
    ]
