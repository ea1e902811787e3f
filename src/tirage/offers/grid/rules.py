"""What may be typed, pasted and worked out in a grid. Pure; quantities are pieces, amounts minor units."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from tirage.offers.rules import MOST_BOTTLES
from tirage.offers.states import GridField
from tirage.tables.cleaning.numbers import parse_money, parse_whole
from tirage.tables.cleaning.text import is_empty
from tirage.tables.errors import CellError

#: A paste beyond this is a slip: the largest grid that anybody works with is a tenth of it.
MOST_ROWS, MOST_COLUMNS = 500, 100
_FACTORS = {
    "half": Fraction(1, 2),
    "a half": Fraction(1, 2),
    "a third": Fraction(1, 3),
    "a quarter": Fraction(1, 4),
}
_FACTORS |= {"double": Fraction(2), "twice": Fraction(2), "the same": Fraction(1)}
_FRACTION = re.compile(r"(\d{1,4})\s?/\s?(\d{1,4})")
_DECIMAL = re.compile(r"(\d{0,4})(?:[.,](\d{1,4}))?\s?(%|×|x)?")
_MOST = 100


class Cell(NamedTuple):
    """One number of the grid: what ``field`` of a sku is in an offer."""

    offer_id: int
    sku_id: int
    field: GridField

    @property
    def name(self) -> str:
        """``12.34.purchase_maximum``, as refusals name it."""
        return f"{self.offer_id}.{self.sku_id}.{self.field.value}"


def cell_named(name: str) -> Cell:
    """The cell of a ``Cell.name``."""
    offer_id, sku_id, field = name.split(".")
    return Cell(int(offer_id), int(sku_id), GridField(field))


class Rounding(StrEnum):
    NEAREST = "nearest"
    DOWN = "down"
    UP = "up"


def read_cell(text: str, field: GridField, currency: str) -> int | None:
    """The number of a cell as people type and spreadsheets copy it; None when it is empty.

    An empty maximum is a wine that isn't offered, an empty price the list price, any other nought. Raises CellError.
    """
    if field is GridField.PRICE:
        return parse_money(text, currency)
    return parse_whole(text, minimum=0, maximum=MOST_BOTTLES)


def as_meant(field: GridField, value: int | None) -> int | None:
    """What an empty cell stands for: nought, but for a maximum (not offered) and a price (the list price)."""
    return 0 if value is None and field in (GridField.MINIMUM, GridField.WISH) else value


def split_block(text: str) -> list[list[str]]:
    """The cells that a spreadsheet copied: rows by line, cells by tab, those with tabs or lines of their own in
    quotation marks. Blank rows at the end are none. Raises CellError for more than any grid has.
    """
    try:
        lines = list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter="\t"))
    except csv.Error:
        raise CellError("This can’t be read as rows and columns. Copy the cells again.") from None
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if len(lines) > MOST_ROWS or any(len(line) > MOST_COLUMNS for line in lines):
        raise CellError(f"This is more than {MOST_ROWS} rows or {MOST_COLUMNS} columns. Copy the grid alone.")
    return lines


@dataclass(frozen=True, slots=True)
class Laid:
    """Where the cells of a block come to lie: ``texts`` by row and column of the grid; ``outside`` says what of the
    block lies nowhere, in words.
    """

    texts: Mapping[tuple[int, int], str]
    outside: tuple[str, ...] = ()

    @property
    def empty(self) -> int:
        """How many of the cells say nothing."""
        return sum(is_empty(text) for text in self.texts.values())


def lay_from(block: Sequence[Sequence[str]], at: tuple[int, int], rows: int, columns: int) -> Laid:
    """The block with its first cell ``at`` a row and column of a grid of ``rows`` × ``columns``."""
    texts: dict[tuple[int, int], str] = {}
    beyond = 0
    for down, line in enumerate(block):
        for across, text in enumerate(line):
            place = (at[0] + down, at[1] + across)
            if place[0] < rows and place[1] < columns:
                texts[place] = text
            elif not is_empty(text):
                beyond += 1
    one = "1 cell lies" if beyond == 1 else f"{beyond:,} cells lie"
    return Laid(
        texts,
        (f"{one} outside of the grid and {'was' if beyond == 1 else 'were'} left out.",) if beyond else (),
    )


def lay_by_names(
    headers: Sequence[str],
    lines: Iterable[Sequence[str]],
    rows: Mapping[str, int],
    columns: Mapping[str, int],
) -> Laid | None:
    """A table with groups in its header and wines in its rows, in any order; None when no header names a group.

    ``rows`` and ``columns`` are places by what may name them, in small letters; a row is named by any cell of it that
    belongs to no group.
    """
    places = {index: columns[name] for index, name in enumerate(map(_plain, headers)) if name in columns}
    if not places:
        return None
    texts: dict[tuple[int, int], str] = {}
    outside: list[str] = []
    for line in lines:
        names = [cell for index, cell in enumerate(line) if index not in places]
        row = next((rows[name] for name in map(_plain, names) if name in rows), None)
        if row is None:
            named = next((name.strip() for name in names if name.strip()), "")
            if named or any(cell.strip() for cell in line):
                outside.append(f"No wine here is called “{named[:60]}”." if named else "A row names no wine.")
            continue
        for index, column in places.items():
            if index < len(line):
                texts[row, column] = line[index]
    return Laid(texts, tuple(dict.fromkeys(outside)))


def read_factor(text: str) -> Fraction:
    """``half``, ``1/2``, ``50 %``, ``0.5``, ``1,5``, ``2×`` as the number to multiply by. Raises CellError."""
    plain = _plain(text)
    if plain in _FACTORS:
        return _FACTORS[plain]
    if found := _FRACTION.fullmatch(plain):
        factor = Fraction(int(found[1]), int(found[2]) or 1)
        return _bounded(factor if int(found[2]) else Fraction(0), text)
    found = _DECIMAL.fullmatch(plain)
    if not found or not (found[1] or found[2]):
        raise CellError(f"“{text[:40]}” is no part of a number. Write half, 50 % or 1.5.")
    factor = Fraction(int(found[1] or 0)) + Fraction(int(found[2] or 0), 10 ** len(found[2] or ""))
    return _bounded(factor / 100 if found[3] == "%" else factor, text)


def _bounded(factor: Fraction, text: str) -> Fraction:
    if not 0 < factor <= _MOST:
        raise CellError(f"“{text[:40]}” can’t be. Write half, 50 % or 1.5.")
    return factor


def step_of(*, bottles: int, units: int, multiple: int) -> int:
    """The pieces that a quantity goes up by, where it is rounded to ``bottles`` (a case of 12, or 1): of a piece of
    ``units`` bottles that is sold in ``multiple``\\ s, both always whole.
    """
    return lcm(lcm(bottles, units) // units, multiple)


def scale(quantity: int | None, factor: Fraction, *, step: int, rounding: Rounding) -> int | None:
    """A quantity times ``factor`` in whole ``step``\\ s, a half up; None stays None. Never above ``MOST_BOTTLES``."""
    if quantity is None:
        return None
    exact = quantity * factor / step
    whole = exact.numerator // exact.denominator
    rest = exact - whole
    if rest and (rounding is Rounding.UP or (rounding is Rounding.NEAREST and rest >= Fraction(1, 2))):
        whole += 1
    return min(whole, MOST_BOTTLES // step) * step


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
