"""What is brought besides orders, a row of a file each: known again by its key, written once, changed where it differs,
taken back.

Each kind says how it is written and taken out (``WRITERS``); everything that they have in common is here.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.locks import lock_row, lock_rows
from tirage.customers.models import Customer, FormerCustomer
from tirage.moving.models import BroughtThing
from tirage.moving.states import Thing, ThingState
from tirage.orders.history import IS_OURS
from tirage.orders.models import IS_ORDER, Order

#: What became of a row, or would.
NEW, CHANGED, SAME = "new", "changed", "same"
IN_USE = "Something that was done here since belongs to it, so it stays."


@dataclass(frozen=True, slots=True)
class Brought:
    """A row as it is to be written; ``data`` is JSON."""

    row: int
    key: str
    customer_id: int
    data: dict[str, Any] = field(default_factory=dict)
    amount: int = 0

    @property
    def digest(self) -> str:
        """The same for what would be written alike."""
        return hashlib.sha256(json.dumps([self.amount, self.data], sort_keys=True).encode()).hexdigest()


class ThingRefused(Exception):
    """This row can't be written any more, in words."""

    def __init__(self, row: int, words: str) -> None:
        super().__init__(words)
        self.row, self.words = row, words


class Writer(Protocol):
    """One kind. Both run inside the caller's transaction, which holds the thing; both raise DomainError."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Makes the books say what the row says; sets ``made_id`` and ``state``. ``thing`` is as it was before."""
        ...

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """Undoes what ``write`` did."""
        ...


def key_of(*identity: str) -> str:
    """Of an address and what tells several things of one person apart; nobody is known by it."""
    said = "\x1f".join(" ".join(part.casefold().split()) for part in identity)
    return hashlib.sha256(said.encode()).hexdigest()


def ids_by_email(emails: set[str]) -> dict[str, int]:
    """Customers by address, those of merged ones under the address that they had; two statements."""
    found = dict(Customer.objects.filter(email__in=emails).values_list("email", "pk"))
    former = FormerCustomer.objects.filter(email__in=emails - set(found)).values_list("email", "customer")
    return {**dict(former), **found}


def things_of(kind: Thing, keys: Sequence[str]) -> dict[str, BroughtThing]:
    """Those that are here, by key; one statement."""
    return {one.key: one for one in BroughtThing.objects.filter(kind=kind.value, key__in=keys)}


def becomes(thing: BroughtThing | None, one: Brought) -> str:
    """``new``, ``changed`` or ``same``."""
    if thing is None:
        return NEW
    return SAME if thing.digest == one.digest and thing.state != ThingState.REFUSED else CHANGED


def bring_things(
    kind: Thing, rows: Sequence[Brought], writer: Writer, *, file: str, actor: Actor, now: datetime
) -> Counter[str]:
    """Writes what is new or differs, in the order of customers; how many of each. Inside the caller's transaction.

    Raises ThingRefused for a row that can't be written.
    """
    counts = Counter[str]()
    found = BroughtThing.objects.filter(kind=kind.value, key__in=[one.key for one in rows])
    present = {one.key: one for one in lock_rows(found)}
    for one in sorted(rows, key=lambda one: one.customer_id):
        thing = present.get(one.key)
        outcome = becomes(thing, one)
        counts[outcome] += 1
        thing = thing or BroughtThing(kind=kind.value, key=one.key, customer_id=one.customer_id)
        if outcome != SAME:
            _write(thing, one, writer, actor, now)
        # Whichever file said it last is the one that takes it back.
        thing.file, thing.row, thing.is_leaving = file, one.row, False
        thing.save()
    return counts


def _write(thing: BroughtThing, one: Brought, writer: Writer, actor: Actor, now: datetime) -> None:
    try:
        writer.write(thing, one, actor, now)
    except DomainError as refusal:
        raise ThingRefused(one.row, refusal.message) from refusal
    thing.digest, thing.amount_minor, thing.problem = one.digest, one.amount, ""
    if thing._state.adding:
        thing.came_in_at = now


def touched_things(things: QuerySet[BroughtThing]) -> QuerySet[BroughtThing]:
    """Those whose customers have placed an order here since they came in."""
    since = Order.objects.filter(
        IS_OURS, IS_ORDER, customer=OuterRef("customer"), made_at__gte=OuterRef("came_in_at")
    )
    return things.filter(Exists(since))


def leave_things(files: Sequence[str] | None) -> int:
    """Marks what these imports, or (None) all, brought last to be taken out; how many."""
    things = BroughtThing.objects.all() if files is None else BroughtThing.objects.filter(file__in=files)
    return things.update(is_leaving=True)


def take_out_one(thing_id: int, writers: Mapping[Thing, Writer], actor: Actor, now: datetime) -> str:
    """Undoes one that leaves, inside the caller's transaction; why it stays, empty when it is gone."""
    thing = lock_row(BroughtThing.objects.filter(pk=thing_id, is_leaving=True))
    if thing is None:
        return ""
    try:
        with transaction.atomic():
            if thing.state == ThingState.IN:
                writers[Thing(thing.kind)].take_out(thing, actor, now)
            thing.delete()
    except DomainError as refusal:
        stays = refusal.message
    except ProtectedError:
        stays = IN_USE
    else:
        return ""
    BroughtThing.objects.filter(pk=thing_id).update(is_leaving=False)
    return stays
