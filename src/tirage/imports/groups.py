"""Groups that a file of customers names and that aren't here yet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tirage.customers.models import Group
from tirage.imports.models import ImportRun
from tirage.imports.queries import mapping_of, open_upload
from tirage.imports.states import ImportKind
from tirage.tables.cleaning import clean_list

#: More names than these are no groups: another column was meant.
MOST_GROUPS = 40


@dataclass(frozen=True, slots=True)
class MissingGroup:
    """A name as the file writes it first, and in how many rows it stands."""

    name: str
    rows: int


def may_lack_groups(run: ImportRun) -> bool:
    """Whether the problems found may be groups that aren't here; tells without reading the file."""
    column = run.mapping.get("group") if run.kind == ImportKind.CUSTOMERS else None
    return column is not None and any(found_in == column for _, found_in, _, _ in run.problems)


def missing_groups(run: ImportRun) -> list[MissingGroup]:
    """The most named first. Reads the whole file once. Raises DomainError ``file_unreadable``, ``file_gone``."""
    here = {name.casefold() for name in Group.objects.values_list("name", flat=True)}
    counts, written = Counter[str](), dict[str, str]()
    with open_upload(run) as table:
        column = mapping_of(run, table).matched.get("group")
        for cell in table.column(column) if column else ():
            for name in clean_list(cell, here):
                key = name.casefold()
                if key not in here:
                    counts[key] += 1
                    written.setdefault(key, name)
    return [MissingGroup(written[key], rows) for key, rows in counts.most_common()]
