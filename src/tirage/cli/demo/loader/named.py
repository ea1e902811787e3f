"""A handful of people with a known name, so that each side of the shop can be seen at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tirage.cli.demo.people import DemoPerson, Tier

#: Test cards, by what they do; docs/payments.md has them all.
SUCCEEDS = "4242424242424242"
DECLINED = "4000000000000341"
AUTHENTICATES = "4000002760003184"
#: Where the named live: open to every way of delivery.
_HOME = {"state": "CA", "city": "San Francisco", "postal_code": "94110", "line1": "2480 Harrison Street", "line2": ""}


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """``waits``: has ordered before, but nothing in the release that is open today."""

    first_name: str
    last_name: str
    tier: Tier
    card: str
    what: str
    waits: bool = True
    is_suspended: bool = False

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}@mail.example.com".lower()


NAMED = {
    "full": NamedPerson("Margaret", "Holm", Tier.RIDGE, SUCCEEDS, "a full allocation and a saved card"),
    "ordered": NamedPerson(
        "Daniel", "Okafor", Tier.RIDGE, SUCCEEDS, "has ordered, wishes for more", waits=False
    ),
    "declined": NamedPerson("Louis", "Ferrer", Tier.SLOPE, DECLINED, "the card will be declined"),
    "bank": NamedPerson("Yuki", "Tanabe", Tier.SLOPE, AUTHENTICATES, "the bank asks for a confirmation"),
    "later": NamedPerson("Grace", "Whitfield", Tier.FIELD, SUCCEEDS, "the offer opens later"),
    "waiting": NamedPerson("Peter", "Sandoval", Tier.WAITING, SUCCEEDS, "on the waiting list, no offer"),
    "suspended": NamedPerson(
        "Victor", "Lang", Tier.SLOPE, SUCCEEDS, "suspended, can't come in", is_suspended=True
    ),
}


def cast_people(
    people: Sequence[DemoPerson], now: datetime
) -> tuple[list[DemoPerson], dict[int, str]]:
    """The people with the named ones in place of others of their tier, and who is who by person's number.

    The named joined long ago, so that they have a past here.
    """
    cast: dict[int, DemoPerson] = {}
    roles: dict[int, str] = {}
    for key, named in NAMED.items():
        person = next(one for one in people if one.tier is named.tier and one.number not in cast and one.addresses)
        cast[person.number] = _renamed(person, named, now)
        roles[person.number] = key
    changed = [cast.get(person.number, person) for person in people]
    return sorted(changed, key=lambda person: (person.signed_up_at, person.number)), roles


def _renamed(person: DemoPerson, named: NamedPerson, now: datetime) -> DemoPerson:
    name = f"{named.first_name} {named.last_name}"
    home = replace(person.addresses[0], recipient=name, company="", **_HOME)
    signed_up = min(person.signed_up_at, now - timedelta(days=900))
    return replace(
        person,
        first_name=named.first_name,
        last_name=named.last_name,
        email=named.email,
        zeal=1.0,
        thirst=0.75,
        note="",
        tags=(),
        is_suspended=named.is_suspended,
        suspended_because="Asked us to pause the account until further notice." if named.is_suspended else "",
        signed_up_at=signed_up,
        consented_at=signed_up,
        birth_date=person.birth_date,
        addresses=(home,),
    )
