"""Writing rows of a list of customers: people, their groups, addresses and tags, and a record of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from tirage.core.audit import build_event
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.models import Event
from tirage.core.reactions import react
from tirage.core.references import new_reference
from tirage.core.texts import say_names
from tirage.customers.models import MOST_WORDS, Address, Customer, Group, Membership, Tag
from tirage.customers.rules import search_text_of
from tirage.customers.states import GroupKind
from tirage.imports.customer_rows import CustomerRow
from tirage.imports.customer_seen import Seen
from tirage.imports.customer_writing import change_numbered, fill_consent, kept, new_addresses, suspend
from tirage.imports.engine import Setting
from tirage.imports.same_person import OTHER, TAKE, PersonNames, are_two
from tirage.imports.statements import write_changed

#: Taken over as they are; the names are the same in a row and on a customer.
PLAIN = ("first_name", "last_name", "phone", "other_email", "birth_date", "note", "signed_up_at")
#: What an import may change about somebody, and the activity names.
WRITTEN = (*PLAIN, "marketing_consent_at", "marketing_left_at", "status")

T = TypeVar("T", Address, Customer)


@dataclass(slots=True)
class Person:
    """One customer of a batch with the rows about it, the first first; what is new is noted as it is decided."""

    rows: list[CustomerRow]
    customer: Customer
    is_new: bool
    changed: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    left: Group | None = None


class CustomerWriter:
    """``counts`` is told what became of each person."""

    def __init__(self, seen: Seen, setting: Setting, counts: Counter[str]) -> None:
        self._seen = seen
        self._setting = setting
        self._counts = counts
        self._tags: dict[str, int] | None = None

    def write(self, rows: Sequence[CustomerRow]) -> None:
        """Rows that were checked, inside the caller's transaction. Locks the customers that are on the list already."""
        people = self._people(rows)
        for person in people:
            self._fill(person)
        self._save_customers(people)
        self._save_groups(people)
        self._save_addresses(people)
        self._save_tags(people)
        self._record(people)
        react("customers.touched", customer_ids=[person.customer.pk for person in people])

    def _people(self, rows: Sequence[CustomerRow]) -> list[Person]:
        by_email: dict[str, list[CustomerRow]] = {}
        for row in rows:
            by_email.setdefault(row.email, []).append(row)
        present = {
            customer.email: customer
            for customer in lock_rows(Customer.objects.filter(email__in=list(by_email)))
        }
        return [
            Person(its_rows, present.get(email) or self._new(email), email not in present)
            for email, its_rows in by_email.items()
        ]

    def _new(self, email: str) -> Customer:
        return Customer(email=email, signed_up_at=self._setting.now, source="import")

    def _fill(self, person: Person) -> None:
        """The file's first row about somebody is taken over; later ones only fill what is empty."""
        customer = person.customer
        before = {name: getattr(customer, name) for name in WRITTEN}
        for row in person.rows:
            overwrite = self._seen.first_row[hash(row.email)] == row.row
            self._fill_plain(customer, row, overwrite)
            fill_consent(
                customer,
                row.standing,
                signed_up_at=row.signed_up_at,
                overwrite=overwrite,
                now=self._setting.now,
            )
            suspend(customer, row.standing, now=self._setting.now)
        person.changed = [name for name, value in before.items() if getattr(customer, name) != value]
        if person.is_new or person.changed:
            customer.search_text = search_text_of(customer)

    def _fill_plain(self, customer: Customer, row: CustomerRow, overwrite: bool) -> None:
        remarks, names = list(row.remarks), [*PLAIN]
        name = PersonNames(row.first_name, row.last_name)
        another = are_two(PersonNames(customer.first_name, customer.last_name), name)
        if another and not (overwrite and self._setting.options.answers.get(OTHER) == TAKE):
            names = [one for one in PLAIN if one not in ("first_name", "last_name")]
            remarks.append(f"Also at this e-mail address: {name}")
        for field_name in names:
            value, here = getattr(row, field_name), getattr(customer, field_name)
            if value and (overwrite or not here):
                setattr(customer, field_name, kept(here, value))
        for line in remarks:
            if line not in customer.note:
                customer.note = f"{customer.note}\n{line}".strip()

    def _save_customers(self, people: list[Person]) -> None:
        new = [person.customer for person in people if person.is_new]
        make_references_unused(Customer, new, "CUS")
        Customer.objects.bulk_create(new)
        write_changed([person.customer for person in people if person.changed and not person.is_new])

    def _save_groups(self, people: list[Person]) -> None:
        present = _by_customer(Membership.objects.filter(customer__in=_old(people)))
        added: list[Membership] = []
        gone: list[int] = []
        said = {"by": self._setting.actor.label, "why": f"import {self._setting.source}"[:MOST_WORDS]}
        for person in people:
            its = present.get(person.customer.pk, [])
            for group in self._wanted_groups(person):
                if group.pk in {membership.group_id for membership in its}:
                    continue
                gone += self._leave_other_allocation(person, group, its)
                added.append(
                    Membership(
                        customer=person.customer,
                        group=group,
                        kind=group.kind,
                        since=self._since(person),
                        joined_by=said["by"][:MOST_WORDS],
                        joined_why=said["why"],
                    )
                )
                person.groups.append(group)
        Membership.objects.filter(pk__in=gone).end(self._setting.now, **said)
        Membership.objects.bulk_create(added)

    def _wanted_groups(self, person: Person) -> list[Group]:
        wanted = dict.fromkeys(pk for row in person.rows for pk in row.group_ids)
        if not wanted and person.is_new and self._seen.default:
            return [self._seen.default]
        return [self._seen.groups[pk] for pk in wanted]

    def _leave_other_allocation(self, person: Person, group: Group, present: list[Membership]) -> list[int]:
        if group.kind != GroupKind.ALLOCATION:
            return []
        others = [membership for membership in present if membership.kind == GroupKind.ALLOCATION]
        person.left = self._seen.groups[others[0].group_id] if others else None
        return [membership.pk for membership in others]

    def _since(self, person: Person) -> datetime:
        return person.customer.signed_up_at if person.is_new else self._setting.now

    def _save_addresses(self, people: list[Person]) -> None:
        with_addresses = [person for person in people if any(row.addresses for row in person.rows)]
        present: dict[int, list[Address]] = {}
        for address in Address.objects.filter(customer__in=_old(with_addresses), removed_at__isnull=True):
            present.setdefault(address.customer_id, []).append(address)
        added = []
        for person in with_addresses:
            its = present.get(person.customer.pk, [])
            changed = change_numbered(person.rows, its)
            new = new_addresses(person.customer, person.rows, its)
            added += new
            if count := changed + len(new):
                person.changed.append("an address" if count == 1 else f"{count} addresses")
        make_references_unused(Address, added, "ADR")
        Address.objects.bulk_create(added)

    def _save_tags(self, people: list[Person]) -> None:
        wanted = [(person.customer.pk, tag) for person in people for row in person.rows for tag in row.tags]
        if not wanted:
            return
        ids = self._tag_ids({tag for _, tag in wanted})
        through = Tag.customers.through
        present = set(through.objects.filter(customer__in=_old(people)).values_list("customer_id", "tag_id"))
        new = dict.fromkeys(
            (pk, ids[tag.casefold()]) for pk, tag in wanted if (pk, ids[tag.casefold()]) not in present
        )
        through.objects.bulk_create(through(customer_id=pk, tag_id=tag_id) for pk, tag_id in new)
        tagged = {pk for pk, _ in new}
        for person in people:
            if person.customer.pk in tagged:
                person.changed.append("tags")

    def _tag_ids(self, names: set[str]) -> dict[str, int]:
        if self._tags is None:
            self._tags = known_tags()
        known = self._tags
        for name in sorted(names):
            if name.casefold() not in known:
                known[name.casefold()] = Tag.objects.create(name=name).pk
        return known

    def _record(self, people: list[Person]) -> None:
        events = []
        for person in people:
            kind = "created" if person.is_new else "changed" if _has_news(person) else "unchanged"
            self._counts[kind] += 1
            if kind != "unchanged":
                events.append(self._event(person))
        Event.objects.bulk_create(events)

    def _event(self, person: Person) -> Event:
        return build_event(
            EventName.CUSTOMER_CREATED if person.is_new else EventName.CUSTOMER_UPDATED,
            "customer",
            person.customer.pk,
            text=_say_change(person),
            data={"import": self._setting.source, "row": person.rows[0].row},
            customer_id=person.customer.pk,
            actor=self._setting.actor,
            now=self._setting.now,
        )


def known_tags() -> dict[str, int]:
    """The tags that are here, by name in small letters."""
    return {name.casefold(): pk for pk, name in Tag.objects.values_list("pk", "name")}


def _old(people: Iterable[Person]) -> list[int]:
    return [person.customer.pk for person in people if not person.is_new]


def _by_customer(memberships: Iterable[Membership]) -> dict[int, list[Membership]]:
    found: dict[int, list[Membership]] = {}
    for membership in memberships:
        found.setdefault(membership.customer_id, []).append(membership)
    return found


def _has_news(person: Person) -> bool:
    return bool(person.changed or person.groups)


def _say_change(person: Person) -> str:
    groups = say_names([group.name for group in person.groups])
    if person.is_new:
        return "imported this customer" + (f", into {groups}" if groups else "")
    parts = []
    if person.changed:
        named = dict.fromkeys(name.replace("_", " ").removesuffix(" at") for name in person.changed)
        parts.append("changed " + ", ".join(named))
    if groups:
        left = f", out of {person.left.name}" if person.left else ""
        parts.append(f"put {person.customer.name} into {groups}{left}")
    return "; ".join(parts) + " by an import"


def make_references_unused(model: type[T], rows: Sequence[T], prefix: str) -> None:
    """Draws again the references that are taken: among fifty thousand drawn ones, one in two hundred lists has one."""
    taken = set(
        model._default_manager.filter(reference__in=[row.reference for row in rows]).values_list(
            "reference", flat=True
        )
    )
    for row in rows:
        while row.reference in taken:
            row.reference = new_reference(prefix)
        taken.add(row.reference)
