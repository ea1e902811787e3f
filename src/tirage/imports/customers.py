"""Customers: matched by e-mail address, written in portions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from tirage.core.audit import build_event
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.models import Event
from tirage.core.references import new_reference
from tirage.core.winery import local_time
from tirage.customers.consent import set_consent
from tirage.customers.models import Address, Customer, Group, Membership, Tag
from tirage.customers.permissions import close_account
from tirage.customers.rules import search_text_of
from tirage.customers.states import ConsentSource, CustomerStatus, GroupKind
from tirage.imports.customer_rows import CustomerRow, Reading, address_key, read_customer
from tirage.imports.engine import Finding, Importer, RowRefused, Setting
from tirage.imports.statements import write_changed
from tirage.tables.matching import Mapping
from tirage.tables.reading import Table
from tirage.tables.staging import RowReader
from tirage.tables.synonyms import CUSTOMER_FIELDS

#: Taken over as they are; the names are the same in a row and on a customer.
PLAIN = ("first_name", "last_name", "phone", "other_email", "birth_date", "note", "signed_up_at")
#: What an import may change about somebody, and the activity names.
WRITTEN = (*PLAIN, "marketing_consent_at", "status")
SUSPENDED_REASON = "Not active in the imported list"

SAME_MOMENT = timedelta(seconds=2)

T = TypeVar("T", Address, Customer)
V = TypeVar("V")


@dataclass(slots=True)
class Person:
    """One customer of a batch with the rows about it, the first first; what is new is noted as it is decided."""

    rows: list[CustomerRow]
    customer: Customer
    is_new: bool
    changed: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    left: Group | None = None


class CustomerImporter(Importer[CustomerRow]):
    fields = CUSTOMER_FIELDS
    date_fields: ClassVar[tuple[str, ...]] = ("birth_date", "signed_up_at", "opted_in_at")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._groups = {group.pk: group for group in Group.objects.all()}
        self._default = next((group for group in self._groups.values() if group.is_default), None)
        self._tags: dict[str, int] | None = None
        #: E-mail to the row that named it first. Kept by hash: the file may have half a million.
        self._first_row: dict[int, int] = {}
        #: E-mail to the allocation group that this file gives, where it gives one.
        self._allocation: dict[int, int] = {}
        self.counts = Counter[str]()

    def prepare(self, table: Table, mapping: Mapping) -> None:
        super().prepare(table, mapping)
        self._reading = Reading(
            groups={group.name.casefold(): group for group in self._groups.values()},
            zone=self.zone,
            orders=self.orders,
            today=local_time(self.setting.now).date(),
            leave_out_bad_addresses=self.options.leave_out_bad_addresses,
        )

    def parse(self, reader: RowReader) -> CustomerRow:
        return read_customer(reader, self._reading)

    def remember(self, rows: Sequence[CustomerRow]) -> None:
        for row in rows:
            wanted = self._wanted_allocation(row, is_new=False)
            if wanted:
                self._allocation[hash(row.email)] = wanted
            self._first_row.setdefault(hash(row.email), row.row)

    # Checking

    def check(self, rows: Sequence[CustomerRow]) -> list[Finding]:
        present = self._present_allocation(rows)
        findings: list[Finding] = []
        for row in rows:
            problem = self._allocation_problem(row, present)
            if problem:
                findings.append(Finding(row.row, "group", "", problem))
                continue
            key = hash(row.email)
            first = self._first_row.setdefault(key, row.row)
            if first != row.row:
                words = (
                    f"The same person as in row {first}: kept as one customer, with the address of both rows."
                )
                findings.append(Finding(row.row, "email", row.email, words, is_notice=True))
            if row.is_active and row.email in present and present[row.email].suspended:
                words = "This customer is suspended here and stays so. Reinstate them on their own page."
                findings.append(Finding(row.row, "status", "", words, is_notice=True))
        return findings

    def _present_allocation(self, rows: Sequence[CustomerRow]) -> dict[str, Present]:
        emails = [row.email for row in rows]
        customers = Customer.objects.filter(email__in=emails).values_list("pk", "email", "status")
        found = {email: Present(pk, status == CustomerStatus.SUSPENDED) for pk, email, status in customers}
        by_pk = {present.pk: present for present in found.values()}
        memberships = Membership.objects.filter(
            customer__email__in=emails, kind=GroupKind.ALLOCATION.value
        ).values_list("customer_id", "group_id")
        for customer_id, group_id in memberships:
            by_pk[customer_id].group_id = group_id
        return found

    def _allocation_problem(self, row: CustomerRow, present: dict[str, Present]) -> str:
        """Words when the row would put its customer into a second allocation group; else remembers its group."""
        key = hash(row.email)
        wanted = self._wanted_allocation(row, is_new=row.email not in present)
        in_file = self._allocation.get(key)
        if wanted and in_file and wanted != in_file:
            return (
                f"An earlier row puts {row.email} into {self._groups[in_file].name}, and a customer can be in one "
                "allocation group only. Choose one."
            )
        here = present[row.email].group_id if row.email in present else None
        if wanted and here and wanted != here and not in_file and not self.options.move_groups:
            return (
                f"{row.email} is in the allocation group {self._groups[here].name}, and a customer can be in one "
                f"only. Leave the group out, or have the import move customers to the file's group."
            )
        if wanted:
            self._allocation[key] = wanted
        return ""

    def _wanted_allocation(self, row: CustomerRow, *, is_new: bool) -> int | None:
        groups = [self._groups[pk] for pk in row.group_ids]
        if not groups and is_new and hash(row.email) not in self._first_row and self._default:
            groups = [self._default]
        return next((group.pk for group in groups if group.kind == GroupKind.ALLOCATION), None)

    # Writing

    def write(self, rows: Sequence[CustomerRow]) -> None:
        """Locks the customers that are on the list already."""
        self._refuse_changed(rows)
        people = self._people(rows)
        for person in people:
            self._fill(person)
        self._save_customers(people)
        self._save_groups(people)
        self._save_addresses(people)
        self._save_tags(people)
        self._record(people)

    def _refuse_changed(self, rows: Sequence[CustomerRow]) -> None:
        """The list may have changed since the check."""
        for finding in self.check(rows):
            if not finding.is_notice:
                raise RowRefused(finding.row, finding.reason)

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
        return Customer(email=email, signed_up_at=self.setting.now, source="import")

    def _fill(self, person: Person) -> None:
        """The file's first row about somebody is taken over; later ones only fill what is empty."""
        customer = person.customer
        before = {name: getattr(customer, name) for name in WRITTEN}
        for row in person.rows:
            overwrite = self._first_row[hash(row.email)] == row.row
            for name in PLAIN:
                value = getattr(row, name)
                if value and (overwrite or not getattr(customer, name)):
                    setattr(customer, name, _kept_moment(getattr(customer, name), value))
            for line in row.remarks:
                if line not in customer.note:
                    customer.note = f"{customer.note}\n{line}".strip()
            self._fill_consent(customer, row, overwrite)
            if row.is_active is False and customer.is_active:
                close_account(customer, SUSPENDED_REASON, self.setting.now)
        person.changed = [name for name, value in before.items() if getattr(customer, name) != value]
        if person.is_new or person.changed:
            customer.search_text = search_text_of(customer)

    def _fill_consent(self, customer: Customer, row: CustomerRow, overwrite: bool) -> None:
        """A no always counts; a yes only from the first row about somebody, and never against a later no of theirs."""
        left = customer.marketing_left_at
        if row.opted_in is False:
            set_consent(customer, agrees=False, source=ConsentSource.IMPORT, now=self.setting.now)
        elif row.opted_in and overwrite and (left is None or (row.opted_in_at and row.opted_in_at > left)):
            present = customer.marketing_consent_at
            since = row.opted_in_at or present or row.signed_up_at or self.setting.now
            set_consent(customer, agrees=True, source=ConsentSource.IMPORT, now=since)
            customer.marketing_consent_at = _kept_moment(present, since)

    def _save_customers(self, people: list[Person]) -> None:
        new = [person.customer for person in people if person.is_new]
        make_references_unused(Customer, new, "CUS")
        Customer.objects.bulk_create(new)
        write_changed([person.customer for person in people if person.changed and not person.is_new])

    def _save_groups(self, people: list[Person]) -> None:
        present = _by_customer(Membership.objects.filter(customer__in=_old(people)))
        added: list[Membership] = []
        gone: list[int] = []
        for person in people:
            its = present.get(person.customer.pk, [])
            for group in self._wanted_groups(person):
                if group.pk in {membership.group_id for membership in its}:
                    continue
                gone += self._leave_other_allocation(person, group, its)
                added.append(
                    Membership(
                        customer=person.customer, group=group, kind=group.kind, since=self._since(person)
                    )
                )
                person.groups.append(group)
        Membership.objects.filter(pk__in=gone).end(self.setting.now)
        Membership.objects.bulk_create(added)

    def _wanted_groups(self, person: Person) -> list[Group]:
        wanted = dict.fromkeys(pk for row in person.rows for pk in row.group_ids)
        if not wanted and person.is_new and self._default:
            return [self._default]
        return [self._groups[pk] for pk in wanted]

    def _leave_other_allocation(self, person: Person, group: Group, present: list[Membership]) -> list[int]:
        if group.kind != GroupKind.ALLOCATION:
            return []
        others = [membership for membership in present if membership.kind == GroupKind.ALLOCATION]
        person.left = self._groups[others[0].group_id] if others else None
        return [membership.pk for membership in others]

    def _since(self, person: Person) -> datetime:
        return person.customer.signed_up_at if person.is_new else self.setting.now

    def _save_addresses(self, people: list[Person]) -> None:
        with_addresses = [person for person in people if any(row.addresses for row in person.rows)]
        present: dict[int, list[Address]] = {}
        for address in Address.objects.filter(customer__in=_old(with_addresses), removed_at__isnull=True):
            present.setdefault(address.customer_id, []).append(address)
        added = [address for person in with_addresses for address in _new_addresses(person, present)]
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
            self._tags = {name.casefold(): pk for pk, name in Tag.objects.values_list("pk", "name")}
        for name in sorted(names):
            if name.casefold() not in self._tags:
                self._tags[name.casefold()] = Tag.objects.create(name=name).pk
        return self._tags

    def _record(self, people: list[Person]) -> None:
        events = []
        for person in people:
            kind = "created" if person.is_new else "changed" if _has_news(person) else "unchanged"
            self.counts[kind] += 1
            if kind != "unchanged":
                events.append(self._event(person))
        Event.objects.bulk_create(events)

    def _event(self, person: Person) -> Event:
        return build_event(
            EventName.CUSTOMER_CREATED if person.is_new else EventName.CUSTOMER_UPDATED,
            "customer",
            person.customer.pk,
            text=_say_change(person),
            data={"import": self.setting.source, "row": person.rows[0].row},
            customer_id=person.customer.pk,
            actor=self.setting.actor,
            now=self.setting.now,
        )

    def outcome(self) -> str:
        new, changed, same = (self.counts[name] for name in ("created", "changed", "unchanged"))
        parts = [f"{new:,} new {'customer' if new == 1 else 'customers'}"]
        parts += [f"{changed:,} changed"] if changed else []
        parts += [f"{same:,} as they were"] if same else []
        return ", ".join(parts) + "."


@dataclass(slots=True)
class Present:
    """A customer who is on the list already."""

    pk: int
    suspended: bool
    group_id: int | None = None


def _kept_moment(present: V, value: V) -> V:
    """The present moment where the file says the same one: files know no parts of a second."""
    if isinstance(present, datetime) and isinstance(value, datetime) and abs(present - value) < SAME_MOMENT:
        return present
    return value


def _old(people: Iterable[Person]) -> list[int]:
    return [person.customer.pk for person in people if not person.is_new]


def _by_customer(memberships: Iterable[Membership]) -> dict[int, list[Membership]]:
    found: dict[int, list[Membership]] = {}
    for membership in memberships:
        found.setdefault(membership.customer_id, []).append(membership)
    return found


def _new_addresses(person: Person, present: dict[int, list[Address]]) -> list[Address]:
    its = present.get(person.customer.pk, [])
    known = {address_key(a.line1, a.line2, a.city, a.state, a.postal_code, a.country) for a in its}
    has_default = any(address.is_default for address in its)
    added = []
    for row in person.rows:
        for address in row.addresses:
            if address.key in known:
                continue
            known.add(address.key)
            values = {name: getattr(address, name) for name in address.__slots__}
            added.append(Address(customer=person.customer, is_default=not has_default, **values))
            has_default = True
    if added:
        person.changed.append("an address" if len(added) == 1 else f"{len(added)} addresses")
    return added


def _has_news(person: Person) -> bool:
    return bool(person.changed or person.groups)


def _say_change(person: Person) -> str:
    groups = " and ".join(group.name for group in person.groups)
    if person.is_new:
        return "imported this customer" + (f", into {groups}" if groups else "")
    parts = []
    if person.changed:
        named = dict.fromkeys(name.replace("_", " ").removesuffix(" at") for name in person.changed)
        parts.append("changed " + ", ".join(named))
    if groups:
        left = f" from {person.left.name}" if person.left else ""
        parts.append(f"moved to {groups}{left}" if left else f"added to {groups}")
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
