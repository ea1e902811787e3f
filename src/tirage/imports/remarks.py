"""What a check says of rows that are good, each thing once: addresses without a carrier, names that may be one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.customers.operations.addresses import LINES
from tirage.delivery.queries import special_of
from tirage.delivery.reach import words_of_addresses
from tirage.imports.kept import kept_numbers
from tirage.places.lengths import long_lines
from tirage.tables.cleaning import clean_list, is_parted
from tirage.tables.staging import RowReader, shown_text


class Remarks:
    """Of one pass over a file: it knows what was said before."""

    def __init__(self) -> None:
        self._labels = current_winery().label_limits
        #: By country, state and kinds of special address: what delivery says of it.
        self._of_delivery: dict[tuple[object, ...], str] = {}
        #: By hash of field and cell, the row of it.
        self._parted = kept_numbers()

    def of_lines(self, address: Any) -> dict[str, str]:
        """By column, that it doesn't fit on the winery's labels; the address is taken all the same."""
        lines = {name: getattr(address, name) for name in LINES}
        found = long_lines(lines, self._labels)
        return {name: f"{words} The address is taken as it is written." for name, words in found.items()}

    def of_address(self, address: Any) -> str:
        """That no way of shipping takes wine there; empty when one does. One statement for each kind in a state."""
        special = special_of(address)
        if not special:
            return ""
        key = (address.country, address.state, special)
        if key not in self._of_delivery:
            self._of_delivery[key] = words_of_addresses([address], read_clock(), asks=False, closed=False)[0]
        return self._of_delivery[key]

    def read_list(self, reader: RowReader, name: str, noun: str, known: Collection[str]) -> tuple[str, ...]:
        """The names in a cell; says of each different cell once that a separator made several of it.

        ``noun``: what they are, as ``tags``. Nothing is said where all of them are ``known`` (in small letters), or
        quotation marks show that separators are meant.
        """
        cell = reader.raw(name)
        names: tuple[str, ...] = reader.get(name, lambda value: clean_list(value, known)) or ()
        if len(names) < 2 or not is_parted(cell) or all(one.casefold() in known for one in names):
            return names
        if self._parted.setdefault(hash((name, cell)), reader.number) == reader.number:
            *first, last = names
            many = _NUMBERS.get(len(names), str(len(names)))
            told = shown_text(f"{', '.join(first)} and {last}")
            reader.notice(
                name,
                f"“{shown_text(cell.strip())}” is read as {many} {noun}: {told}. "
                "If it is one, put it in quotation marks.",
            )
        return names


_NUMBERS = dict(enumerate("two three four five six seven eight nine ten".split(), 2))
