"""Who goes to which group, by spreadsheet: customers by e-mail or reference, groups by name or reference.

Reading one is the dry run: it becomes a bulk move for preview, with the rows that can't be read and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.customers.models import Customer, Group, Membership, MoveRun
from tirage.customers.operations import draft_targets
from tirage.customers.operations.moves import Target
from tirage.customers.queries import in_batches, merged_into
from tirage.customers.rules import identity_email
from tirage.customers.states import GroupKind, MoveKind, MoveSource
from tirage.tables.errors import TableError
from tirage.tables.matching import Field, expected_headers, match_columns
from tirage.tables.reading import Row, open_table

HEADERS = ("reference", "email", "first_name", "last_name", "group")
_FIELDS = (
    Field("reference", "Reference", synonyms=("customer reference", "customer", "customer id")),
    Field("email", "E-mail", synonyms=("email address", "e-mail address", "mail")),
    Field(
        "group",
        "Group",
        required=True,
        synonyms=("group name", "group reference", "new group", "allocation group", "tier", "segment"),
    ),
)
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is left out: its number as a spreadsheet shows it, the cell, and why."""

    row: int
    cell: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: each customer once with the group to go to; rows without a group say nothing."""

    targets: Sequence[Target]
    problems: Sequence[Problem]


def read_sheet(file: BinaryIO, name: str, kind: MoveKind) -> Sheet:
    """Reads the file; a few statements for each thousand rows. Raises DomainError ``file`` when it is no such table."""
    try:
        with open_table(file, name, expected=expected_headers(_FIELDS)) as table:
            columns = match_columns(table.headers, _FIELDS).matched
            if "group" not in columns or not columns.keys() & {"email", "reference"}:
                words = (
                    "The file needs a column with the e-mail address or the reference of each customer, and one "
                    "called group. Export the groups of now for a pattern."
                )
                raise DomainError("file", words, {"file": words})
            places = {field: table.headers.index(header) for field, header in columns.items()}
            return _read(table, places, kind)
    except TableError as wrong:
        raise DomainError("file", wrong.message, {"file": wrong.message}) from None


def _read(rows: Iterable[Row], places: dict[str, int], kind: MoveKind) -> Sheet:
    groups: dict[str, Group] = {}
    for group in Group.objects.all():
        groups[group.name.casefold()] = groups[group.reference.casefold()] = group
    targets: list[Target] = []
    problems: list[Problem] = []
    seen: dict[int, int] = {}
    for batch in in_batches(_said(rows, places), _BATCH):
        people = _people(batch)
        for said in batch:
            found = people.get(said.key)
            target = groups.get(said.group.casefold())
            reason = _refusal(said, found, target, kind, seen)
            if reason is not None:
                problems.append(Problem(said.row, *reason))
            elif found is not None and target is not None:
                seen[found[0]] = said.row
                targets.append((found[0], target.pk, found[1]))
    return Sheet(targets, problems)


@dataclass(frozen=True, slots=True)
class _Said:
    row: int
    #: The reference, or the e-mail address as it identifies a customer.
    key: str
    group: str
    refused: str


def _said(rows: Iterable[Row], places: dict[str, int]) -> Iterator[_Said]:
    """The rows that name a group; who stands without one stays where they are."""
    for row in rows:
        cell = {field: row.cells[place].strip() for field, place in places.items()}
        if not cell["group"] and not row.refused:
            continue
        reference, email = cell.get("reference", "").upper(), cell.get("email", "")
        yield _Said(row.number, reference or identity_email(email), cell["group"], row.refused)


def _people(batch: Sequence[_Said]) -> dict[str, tuple[int, int | None]]:
    """Customer and allocation group of now, by reference and by e-mail address, those of merged accounts too."""
    keys = [said.key for said in batch if said.key]
    rows = [
        *Customer.objects.filter(reference__in=keys).values_list("reference", "pk"),
        *Customer.objects.filter(email__in=keys).values_list("email", "pk"),
    ]
    known = {key for key, _ in rows}
    merged = merged_into(*[[key for key in keys if key not in known]] * 2)
    rows += [(key, customer.pk) for key, customer in merged.items() if key not in known]
    tiers = dict(
        Membership.objects.filter(
            customer__in=[pk for _, pk in rows], kind=GroupKind.ALLOCATION.value
        ).values_list("customer_id", "group_id")
    )
    return {key: (pk, tiers.get(pk)) for key, pk in rows}


def _refusal(
    said: _Said,
    found: tuple[int, int | None] | None,
    group: Group | None,
    kind: MoveKind,
    seen: dict[int, int],
) -> tuple[str, str] | None:
    """The cell that can't be taken, and why; None for a row that can."""
    if said.refused:
        return "", said.refused
    if not said.key:
        return "", "Neither an e-mail address nor a reference stands here."
    if found is None:
        return said.key, "Nobody on the list has this e-mail address or reference."
    if group is None:
        return said.group, "There is no group of this name or reference."
    if found[0] in seen:
        return said.key, f"This customer stands in row {seen[found[0]]} already."
    if kind is MoveKind.TIER and group.kind != GroupKind.ALLOCATION:
        return said.group, "This is a standard group. Send such rows as Add."
    return None


def draft_sheet(*, file: BinaryIO, name: str, kind: MoveKind, actor: Actor, now: datetime) -> MoveRun:
    """Keeps what a file says as a bulk move for preview; nobody moves yet. Raises DomainError ``file``."""
    sheet = read_sheet(file, name, kind)
    if not sheet.targets:
        first = sheet.problems[0] if sheet.problems else None
        words = (
            f"No row can be taken. Row {first.row}: {first.reason}"
            if first
            else "No row names a group, so nobody would move."
        )
        raise DomainError("file", words, {"file": words})
    return draft_targets(
        rows=sheet.targets,
        source=MoveSource.SHEET,
        kind=kind,
        name=name,
        problems=[(one.row, one.cell[:120], one.reason) for one in sheet.problems],
        actor=actor,
        now=now,
    )


def sheet_rows() -> Iterator[list[str]]:
    """Everybody with the allocation group of now, by name: what a sheet is made from."""
    tiers = Membership.objects.filter(kind=GroupKind.ALLOCATION.value).values_list(
        "customer_id", "group__name"
    )
    names = dict(tiers)
    people = Customer.objects.order_by("last_name", "first_name", "pk").values_list(
        "pk", "reference", "email", "first_name", "last_name"
    )
    for pk, *facts in people.iterator(chunk_size=_BATCH):
        yield [*facts, names.get(pk, "")]
