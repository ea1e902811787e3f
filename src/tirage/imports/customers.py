"""Customers: matched by e-mail address, written in portions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypeVar

from tirage.core.audit import build_event
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.models import Event
from tirage.core.references import new_reference
from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer, Group, Membership, Tag
from tirage.customers.rules import search_text_of
from tirage.customers.states import CustomerStatus, GroupKind
from tirage.imports.asking import MOST_WORDS
from tirage.imports.customer_addresses import say_bad
from tirage.imports.customer_rows import CustomerRow, Reading, read_customer, show_customer
from tirage.imports.customer_writing import (
    change_numbered,
    fill_consent,
    is_older_no,
    kept,
    may_agree,
    new_addresses,
    suspend,
)
from tirage.imports.engine import Finding, Importer, RowRefused, Setting
from tirage.imports.kept import Kept, kept_numbers
from tirage.imports.meanings import (
    COLUMNS,
    Meaning,
    consent_date_questions,
    country_questions,
    meaning_questions,
)
from tirage.imports.same_person import (
    KEEP,
    ONE,
    OTHER,
    SHARED,
    TAKE,
    PersonNames,
    are_two,
    other_question,
    read_names,
    shared_question,
    write_names,
)
from tirage.imports.statements import write_changed
from tirage.tables.matching import Mapping
from tirage.tables.questions import Question
from tirage.tables.reading import Table
from tirage.tables.staging import RowReader
from tirage.tables.survey import Survey
from tirage.tables.synonyms import CUSTOMER_FIELDS

#: Taken over as they are; the names are the same in a row and on a customer.
PLAIN = ("first_name", "last_name", "phone", "other_email", "birth_date", "note", "signed_up_at")
#: What an import may change about somebody, and the activity names.
WRITTEN = (*PLAIN, "marketing_consent_at", "marketing_left_at", "status")
MOST_COUNTRIES = 80

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


class CustomerImporter(Importer[CustomerRow]):
    fields = CUSTOMER_FIELDS
    date_fields: ClassVar[tuple[str, ...]] = (
        *("birth_date", "signed_up_at", "opted_in_at", "opted_out_at"),
        *("opted_in", "opted_out", "do_not_contact", "deceased"),
    )
    word_fields: ClassVar[dict[str, int]] = {
        **dict.fromkeys(COLUMNS, MOST_WORDS),
        "country": MOST_COUNTRIES,
        "ship_country": MOST_COUNTRIES,
    }
    blank_fields: ClassVar[dict[str, tuple[str, ...]]] = {
        "country": ("line_1", "city", "postal_code"),
        "ship_country": ("ship_line_1", "ship_city", "ship_postal_code"),
    }

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._groups = {group.pk: group for group in Group.objects.all()}
        self._default = next((group for group in self._groups.values() if group.is_default), None)
        self._tags: dict[str, int] | None = None
        #: E-mail to the row that named it first. Kept by hash: the file may have half a million.
        self._first_row = kept_numbers()
        #: E-mail to the name in that row.
        self._names = Kept(write_names, read_names)
        #: E-mail to the allocation group that this file gives, where it gives one.
        self._allocation = kept_numbers()
        self.counts = Counter[str]()

    def ask(self, found: Survey, mapping: Mapping) -> list[Question]:
        labels = {name: mapping.matched[name] for name in self.word_fields if name in mapping.matched}
        words = meaning_questions(found, labels)
        speaks_of_mail = "opted_in" in mapping.matched or any(
            one.guess in (Meaning.AGREED, Meaning.NO, Meaning.LEFT) for one in words
        )
        return [
            *super().ask(found, mapping),
            *([] if speaks_of_mail else consent_date_questions(mapping)),
            *words,
            *country_questions(found, labels.get("country") or labels.get("ship_country", "")),
        ]

    def look(self, table: Table, mapping: Mapping) -> None:
        super().look(table, mapping)
        self._reading = Reading(
            groups={group.name.casefold(): group for group in self._groups.values()},
            zone=self.zone,
            orders=self.orders,
            now=self.setting.now,
            today=local_time(self.setting.now).date(),
            tags=frozenset(self._known_tags()),
            said=self.said,
        )

    def parse(self, reader: RowReader) -> CustomerRow:
        return read_customer(reader, self._reading)

    def remember(self, rows: Sequence[CustomerRow]) -> None:
        for row in rows:
            wanted = self._wanted_allocation(row, is_new=False)
            if wanted:
                self._allocation[hash(row.email)] = wanted
            self._first_row.setdefault(hash(row.email), row.row)
            self._names.setdefault(hash(row.email), PersonNames(row.first_name, row.last_name))

    def show(self, row: CustomerRow) -> list[tuple[str, str]]:
        return show_customer(row, {pk: group.name for pk, group in self._groups.items()}, self.zone)

    # Checking

    def check(self, rows: Sequence[CustomerRow]) -> list[Finding]:
        present = self._present(rows)
        addresses = self._present_addresses(rows, present)
        findings: list[Finding] = []
        for row in rows:
            problem = self._allocation_problem(row, present)
            found = [Finding(row.row, "group", "", problem)] if problem else self._who(row, present)
            found += self._open_addresses(row, addresses.get(row.email, []))
            if all(finding.is_notice for finding in found):
                found += self._standing(row, present.get(row.email))
            findings += found
        return findings

    def _who(self, row: CustomerRow, present: dict[str, Present]) -> list[Finding]:
        """Whether the row's person is who has this address in the file and here."""
        key, name = hash(row.email), PersonNames(row.first_name, row.last_name)
        first = self._first_row.setdefault(key, row.row)
        in_file = self._names.setdefault(key, name)
        here = present[row.email].name if row.email in present else PersonNames("", "")
        if first == row.row:
            return self._other_name(row, here, name) if are_two(here, name) else []
        if not are_two(in_file, name):
            words = f"The same person as in row {first}: kept as one customer, with the address of both rows."
            return [Finding(row.row, "email", row.email, words, is_notice=True)]
        self._ask_once(shared_question(first, in_file, row.row, name))
        if self.options.answers.get(SHARED) == ONE:
            words = f"{in_file} of row {first} has this address too: one customer, with {name} in the note."
            return [Finding(row.row, "email", row.email, words, is_notice=True)]
        words = f"Row {first} has this address for {in_file}. Give {name} one of their own, or say that they share it."
        return [Finding(row.row, "email", row.email, words)]

    def _other_name(self, row: CustomerRow, here: PersonNames, name: PersonNames) -> list[Finding]:
        self._ask_once(other_question(row.row, here, name))
        answer = self.options.answers.get(OTHER)
        if answer == KEEP:
            words = f"{here} has this address here. The name stays; {name} goes to the note."
        elif answer == TAKE:
            words = f"{here} becomes {name}."
        else:
            words = f"This is the address of {here} here, and the file’s row is {name}. Correct it, or say who it is."
        return [Finding(row.row, "email", row.email, words, is_notice=answer in (KEEP, TAKE))]

    def _ask_once(self, question: Question) -> None:
        if all(one.key != question.key for one in self.questions):
            self.questions.append(question)

    def _standing(self, row: CustomerRow, present: Present | None) -> list[Finding]:
        """What the row says of consent and standing and isn't taken over."""
        standing = row.standing
        found = []
        if present and present.suspended and standing.is_active:
            words = "This customer is suspended here and stays so. Reinstate them on their own page."
            found.append(Finding(row.row, "status", "", words, is_notice=True))
        if present and standing.agrees and not may_agree(standing, present.left_at):
            assert present.left_at is not None
            of = f"of {self._day(standing.agreed_at)}" if standing.agreed_at else "without a date"
            words = f"Wanted no more mail since {self._day(present.left_at)}; the yes here is {of}: it doesn’t count."
            found.append(Finding(row.row, self._consent_field(), "", words, is_notice=True))
        if present and is_older_no(standing, present.agreed_at):
            assert present.agreed_at is not None and standing.left_at is not None
            words = (
                f"Agreed to mail on {self._day(present.agreed_at)}; the file’s no is of {self._day(standing.left_at)}, "
                "so it doesn’t count."
            )
            found.append(Finding(row.row, "opted_out_at", "", words, is_notice=True))
        return found

    def _consent_field(self) -> str:
        matched = self.mapping.matched if self.mapping else {}
        return next((name for name in ("opted_in", "status", "opted_in_at") if name in matched), "opted_in")

    def _day(self, at: datetime) -> str:
        return local_time(at).date().isoformat()

    def _open_addresses(self, row: CustomerRow, here: list[Address]) -> list[Finding]:
        """An address that can't be added is good where it is one that is here already."""
        leave_out = self.options.leave_out_bad_addresses
        return [
            Finding(row.row, name, "", words, is_notice=is_notice)
            for one in row.open_addresses
            if not any(one.is_at(address) for address in here)
            for name, words, is_notice in say_bad(one, leave_out=leave_out)
        ]

    def _present(self, rows: Sequence[CustomerRow]) -> dict[str, Present]:
        emails = [row.email for row in rows]
        customers = Customer.objects.filter(email__in=emails).only(
            "email", "status", "first_name", "last_name", "marketing_consent_at", "marketing_left_at"
        )
        found = {
            one.email: Present(
                one.pk,
                one.status == CustomerStatus.SUSPENDED,
                PersonNames(one.first_name, one.last_name),
                one.marketing_consent_at,
                one.marketing_left_at,
            )
            for one in customers
        }
        by_pk = {present.pk: present for present in found.values()}
        memberships = Membership.objects.filter(
            customer__email__in=emails, kind=GroupKind.ALLOCATION.value
        ).values_list("customer_id", "group_id")
        for customer_id, group_id in memberships:
            by_pk[customer_id].group_id = group_id
        return found

    def _present_addresses(
        self, rows: Sequence[CustomerRow], present: dict[str, Present]
    ) -> dict[str, list[Address]]:
        """Of those whose row has an address that isn't good by itself."""
        asked = {
            present[row.email].pk: row.email for row in rows if row.open_addresses and row.email in present
        }
        found: dict[str, list[Address]] = {}
        if asked:
            for address in Address.objects.filter(customer__in=asked, removed_at__isnull=True):
                found.setdefault(asked[address.customer_id], []).append(address)
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
            self._fill_plain(customer, row, overwrite)
            fill_consent(
                customer,
                row.standing,
                signed_up_at=row.signed_up_at,
                overwrite=overwrite,
                now=self.setting.now,
            )
            suspend(customer, row.standing, now=self.setting.now)
        person.changed = [name for name, value in before.items() if getattr(customer, name) != value]
        if person.is_new or person.changed:
            customer.search_text = search_text_of(customer)

    def _fill_plain(self, customer: Customer, row: CustomerRow, overwrite: bool) -> None:
        remarks, names = list(row.remarks), [*PLAIN]
        name = PersonNames(row.first_name, row.last_name)
        another = are_two(PersonNames(customer.first_name, customer.last_name), name)
        if another and not (overwrite and self.options.answers.get(OTHER) == TAKE):
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

    def _known_tags(self) -> dict[str, int]:
        if self._tags is None:
            self._tags = {name.casefold(): pk for pk, name in Tag.objects.values_list("pk", "name")}
        return self._tags

    def _tag_ids(self, names: set[str]) -> dict[str, int]:
        known = self._known_tags()
        for name in sorted(names):
            if name.casefold() not in known:
                known[name.casefold()] = Tag.objects.create(name=name).pk
        return known

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
    name: PersonNames
    agreed_at: datetime | None
    left_at: datetime | None
    group_id: int | None = None


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
    groups = " and ".join(group.name for group in person.groups)
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
