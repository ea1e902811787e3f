"""What the list here, and earlier rows, have against rows of a list of customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer, Membership
from tirage.customers.queries import merged_into
from tirage.customers.states import CustomerStatus, GroupKind
from tirage.imports.customer_addresses import say_bad
from tirage.imports.customer_rows import CustomerRow
from tirage.imports.customer_seen import Seen
from tirage.imports.customer_writing import is_older_no, may_agree
from tirage.imports.engine import Finding
from tirage.imports.options import ImportOptions
from tirage.imports.same_person import (
    KEEP,
    ONE,
    OTHER,
    SHARED,
    TAKE,
    PersonNames,
    are_two,
    other_question,
    shared_question,
)
from tirage.tables.questions import Question


@dataclass(slots=True)
class Present:
    """A customer who is on the list already."""

    pk: int
    suspended: bool
    name: PersonNames
    agreed_at: datetime | None
    left_at: datetime | None
    group_id: int | None = None


class CustomerCheck:
    """Of one pass over a file: what was asked before isn't asked again."""

    def __init__(self, seen: Seen, options: ImportOptions) -> None:
        self._seen = seen
        self._options = options
        #: By key: questions that show only as rows are compared.
        self.asked: dict[str, Question] = {}

    def findings(self, rows: Sequence[CustomerRow], columns: Collection[str]) -> list[Finding]:
        """``columns``: the fields that the file has a column for."""
        present = self._present(rows)
        addresses = self._present_addresses(rows, present)
        merged = merged_into([row.email for row in rows if row.email not in present])
        findings: list[Finding] = []
        for row in rows:
            if row.email in merged:
                findings.append(Finding(row.row, "email", row.email, _say_merged(merged[row.email])))
                continue
            problem = self._allocation_problem(row, present)
            found = [Finding(row.row, "group", "", problem)] if problem else self._who(row, present)
            found += self._open_addresses(row, addresses.get(row.email, []))
            if all(finding.is_notice for finding in found):
                found += self._standing(row, present.get(row.email), columns)
            findings += found
        return findings

    def _who(self, row: CustomerRow, present: dict[str, Present]) -> list[Finding]:
        """Whether the row's person is who has this address in the file and here."""
        key, name = hash(row.email), PersonNames(row.first_name, row.last_name)
        first = self._seen.first_row.setdefault(key, row.row)
        in_file = self._seen.names.setdefault(key, name)
        here = present[row.email].name if row.email in present else PersonNames("", "")
        if first == row.row:
            return self._other_name(row, here, name) if are_two(here, name) else []
        if not are_two(in_file, name):
            words = f"The same person as in row {first}: kept as one customer, with the address of both rows."
            return [Finding(row.row, "email", row.email, words, is_notice=True)]
        self.asked.setdefault(SHARED, shared_question(first, in_file, row.row, name))
        if self._options.answers.get(SHARED) == ONE:
            words = f"{in_file} of row {first} has this address too: one customer, with {name} in the note."
            return [Finding(row.row, "email", row.email, words, is_notice=True)]
        words = f"Row {first} has this address for {in_file}. Give {name} one of their own, or say that they share it."
        return [Finding(row.row, "email", row.email, words)]

    def _other_name(self, row: CustomerRow, here: PersonNames, name: PersonNames) -> list[Finding]:
        self.asked.setdefault(OTHER, other_question(row.row, here, name))
        answer = self._options.answers.get(OTHER)
        if answer == KEEP:
            words = f"{here} has this address here. The name stays; {name} goes to the note."
        elif answer == TAKE:
            words = f"{here} becomes {name}."
        else:
            words = f"This is the address of {here} here, and the file’s row is {name}. Correct it, or say who it is."
        return [Finding(row.row, "email", row.email, words, is_notice=answer in (KEEP, TAKE))]

    def _standing(self, row: CustomerRow, present: Present | None, columns: Collection[str]) -> list[Finding]:
        """What the row says of consent and standing and isn't taken over."""
        standing = row.standing
        found = []
        if present and present.suspended and standing.is_active:
            words = "This customer is suspended here and stays so. Reinstate them on their own page."
            found.append(Finding(row.row, "status", "", words, is_notice=True))
        if present and standing.agrees and not may_agree(standing, present.left_at):
            assert present.left_at is not None
            of = f"of {_day(standing.agreed_at)}" if standing.agreed_at else "without a date"
            words = (
                f"Wanted no more mail since {_day(present.left_at)}; the yes here is {of}: it doesn’t count."
            )
            found.append(Finding(row.row, _consent_field(columns), "", words, is_notice=True))
        if present and is_older_no(standing, present.agreed_at):
            assert present.agreed_at is not None and standing.left_at is not None
            words = (
                f"Agreed to mail on {_day(present.agreed_at)}; the file’s no is of {_day(standing.left_at)}, "
                "so it doesn’t count."
            )
            found.append(Finding(row.row, "opted_out_at", "", words, is_notice=True))
        return found

    def _open_addresses(self, row: CustomerRow, here: list[Address]) -> list[Finding]:
        """An address that can't be added is good where it is one that is here already."""
        leave_out = self._options.leave_out_bad_addresses
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
        wanted = self._seen.wanted_allocation(row, is_new=row.email not in present)
        in_file = self._seen.allocation.get(key)
        if wanted and in_file and wanted != in_file:
            return (
                f"An earlier row puts {row.email} into {self._seen.groups[in_file].name}, and a customer can be in one "
                "allocation group only. Choose one."
            )
        here = present[row.email].group_id if row.email in present else None
        if wanted and here and wanted != here and not in_file and not self._options.move_groups:
            return (
                f"{row.email} is in the allocation group {self._seen.groups[here].name}, and a customer can be in one "
                f"only. Leave the group out, or have the import move customers to the file's group."
            )
        if wanted:
            self._seen.allocation[key] = wanted
        return ""


def _say_merged(customer: Customer) -> str:
    """A row of an account that is no more would bring the person in a second time."""
    return (
        f"This account was merged into {customer.name} ({customer.reference}). Write {customer.email} here, or leave "
        "the row out."
    )


def _consent_field(columns: Collection[str]) -> str:
    return next((name for name in ("opted_in", "status", "opted_in_at") if name in columns), "opted_in")


def _day(at: datetime) -> str:
    return local_time(at).date().isoformat()
