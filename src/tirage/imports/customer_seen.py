"""What the rows of a list of customers have said so far, which later ones are compared with."""

from __future__ import annotations

from collections.abc import Iterable

from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.imports.customer_rows import CustomerRow
from tirage.imports.kept import Kept, kept_numbers
from tirage.imports.same_person import PersonNames, read_names, write_names


class Seen:
    """By hash of the e-mail address, in files of their own: a list may have half a million."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = {group.pk: group for group in groups}
        #: The group that whoever is new comes into when nothing else is said.
        self.default = next((group for group in self.groups.values() if group.is_default), None)
        #: The row that named somebody first, and the name in it.
        self.first_row = kept_numbers()
        self.names = Kept(write_names, read_names)
        #: The allocation group that this file gives, where it gives one.
        self.allocation = kept_numbers()

    def remember(self, rows: Iterable[CustomerRow]) -> None:
        """Takes notice of rows that are in already."""
        for row in rows:
            wanted = self.wanted_allocation(row, is_new=False)
            if wanted:
                self.allocation[hash(row.email)] = wanted
            self.first_row.setdefault(hash(row.email), row.row)
            self.names.setdefault(hash(row.email), PersonNames(row.first_name, row.last_name))

    def wanted_allocation(self, row: CustomerRow, *, is_new: bool) -> int | None:
        """The allocation group that the row's person is to be in; ``is_new``: not on the list yet."""
        groups = [self.groups[pk] for pk in row.group_ids]
        if not groups and is_new and hash(row.email) not in self.first_row and self.default:
            groups = [self.default]
        return next((group.pk for group in groups if group.kind == GroupKind.ALLOCATION), None)
