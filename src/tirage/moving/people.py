"""Whose the orders were: customers by their e-mail address, made where they are new; groups of the time by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models.functions import Lower

from tirage.customers.models import Customer, Group
from tirage.customers.rules import search_text_of
from tirage.customers.states import GroupKind
from tirage.moving.drafts import Draft, Person, Unfit
from tirage.moving.models import MadeHere
from tirage.moving.states import Made
from tirage.moving.things import ids_by_email
from tirage.places.telephones import keep_telephone

#: Whose orders without an e-mail address are, where somebody chose to take them.
GUESTS = "guests@history.invalid"


def find_customers(drafts: Sequence[Draft]) -> dict[str, int]:
    """Ids by e-mail address, those of merged customers under the address that they had; two statements."""
    return ids_by_email({draft.person.email for draft in drafts if draft.person.email})


def make_customers(drafts: Iterable[Draft], found: Mapping[str, int]) -> dict[str, int]:
    """Makes those who aren't here, without group and consent, since their first order; ids by address.

    Inside the caller's transaction.
    """
    first: dict[str, tuple[Person, str]] = {}
    for draft in sorted(drafts, key=lambda one: one.placed_at):
        if draft.person.email not in found:
            first.setdefault(draft.person.email, (draft.person, draft.placed_at))
    made = Customer.objects.bulk_create([_new(person, since) for person, since in first.values()])
    MadeHere.objects.bulk_create(MadeHere(kind=Made.CUSTOMER.value, made_id=one.pk) for one in made)
    return {customer.email: customer.pk for customer in made}


def _new(person: Person, since: str) -> Customer:
    customer = Customer(
        email=person.email,
        first_name=person.first_name or ("Guests" if person.email == GUESTS else ""),
        last_name=person.last_name,
        phone=_telephone(person.phone),
        source="history",
        signed_up_at=datetime.fromisoformat(since),
    )
    customer.search_text = search_text_of(customer)
    return customer


def _telephone(written: str) -> str:
    return keep_telephone(written)[:40]


def whose(draft: Draft, *, takes_guests: bool) -> Person:
    """Raises Unfit for an order that is nobody's."""
    if draft.person.email:
        return draft.person
    if takes_guests:
        return Person(GUESTS, "", "", "")
    words = "It has no e-mail address. Choose the column that has it, bring the file of customers beside it,"
    raise Unfit(f"{words} or let such orders go to one customer called Guests.")


class GroupsOfTheTime:
    """Groups by name; of several the allocation group. Names that aren't here are counted."""

    def __init__(self) -> None:
        groups = Group.objects.annotate(key=Lower("name")).order_by("pk")
        self._found = {group.key: (group.kind != GroupKind.ALLOCATION, group.pk) for group in groups}
        self.missing: dict[str, int] = {}
        #: Who was counted as new already, for a run that makes nobody.
        self.people: set[str] = set()

    def find(self, names: Iterable[str]) -> int | None:
        here = []
        for name in names:
            if (known := self._found.get(name.lower())) is not None:
                here.append(known)
            else:
                self.missing[name[:120]] = self.missing.get(name[:120], 0) + 1
        return min(here)[1] if here else None
