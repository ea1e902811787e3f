"""What a whole file says about its own habits, before any row of it is read: one pass.

    found = survey(table, mapping, dates=("birth_date",), words={"status": 60})
    found.orders          # {DateOrder.DAY_FIRST: 3}: three dates are undoubtful, all of them day first
    found.doubtful_dates  # ("3/4/2020",): the first ones that are another day in the other order
    found.words["status"] # {"unsubscribed": Word("Unsubscribed", rows=12, first_row=3)}

One order of dates and one decimal mark hold for the whole file: a program that writes a file writes all of it alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tirage.tables.cleaning import (
    DateOrder,
    DecimalMark,
    clean_text,
    is_doubtful,
    is_doubtful_date,
    is_empty,
    told_mark,
    told_order,
)
from tirage.tables.errors import CellError
from tirage.tables.matching import Mapping as Columns
from tirage.tables.reading import Row, Table

#: Doubtful cells that are kept to be shown.
SHOWN = 3
_HEADER_ORDERS = (
    (re.compile(r"\bd{1,2}\W?m{1,3}\b", re.IGNORECASE), DateOrder.DAY_FIRST),
    (re.compile(r"\bm{1,2}\W?d{1,2}\b", re.IGNORECASE), DateOrder.MONTH_FIRST),
)
#: Amounts as most programs write them, which can only mean one thing; most numbers of a long file are such.
_PLAIN = re.compile(r"-?[0-9]+\.[0-9]{1,2}")
_DATE_LIKE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|^\d{4}-?\d{2}-?\d{2}")


@dataclass(slots=True)
class Word:
    """One of the few texts of a column, as it is written first."""

    text: str
    rows: int
    first_row: int


@dataclass(slots=True)
class Survey:
    """See the module; ``words`` are by their texts in small letters, "" counts cells that say nothing."""

    orders: Counter[DateOrder] = field(default_factory=Counter)
    doubtful_dates: list[str] = field(default_factory=list)
    marks: Counter[DecimalMark] = field(default_factory=Counter)
    #: Numbers that tell a decimal comma or may be thousands: with a plain point alone nothing is to be asked.
    shown_numbers: list[str] = field(default_factory=list)
    doubtful_numbers: list[str] = field(default_factory=list)
    words: dict[str, dict[str, Word]] = field(default_factory=dict)
    #: Fields whose column holds more different texts than were to be kept.
    crowded: set[str] = field(default_factory=set)


def fold(text: str) -> str:
    """What of a word counts: neither case, underscores nor spaces beyond one."""
    return " ".join(text.casefold().replace("_", " ").split()).rstrip(".")


def looks_like_date(text: str) -> bool:
    """Whether a date stands where a word may stand too."""
    return bool(_DATE_LIKE.match(text.strip()))


def survey(
    table: Table,
    mapping: Columns,
    *,
    dates: Iterable[str] = (),
    words: Mapping[str, int] | None = None,
    blanks: Mapping[str, Sequence[str]] | None = None,
    decimals: Mapping[str, int] | None = None,
) -> Survey:
    """Reads the whole file once.

    ``dates``: fields of dates. ``words``: fields of few words, each with how many different ones are kept. ``blanks``:
    fields whose empty cells are counted too, where one of the other fields says something. ``decimals``: of fields
    whose numbers have others than usual, such as amounts of yen.
    """
    found = Survey()
    date_columns = _columns(mapping, dates)
    number_columns = _number_columns(mapping, decimals or {})
    word_columns = [
        (name, place, most)
        for name, most in (words or {}).items()
        if (place := mapping.index(name)) is not None
    ]
    blank_columns = [
        (name, _columns(mapping, [name]), _columns(mapping, others))
        for name, others in (blanks or {}).items()
    ]
    for index in date_columns:
        _read_header(mapping.headers[index], found)
    for row in table:
        for index in date_columns:
            _look_at_date(row.cells[index], found)
        for index, most in number_columns.items():
            _look_at_number(row.cells[index], most, found)
        for name, place, most in word_columns:
            _look_at_word(name, row.cells[place], row.number, most, found)
        for name, own, others in blank_columns:
            if not _says(row, own) and _says(row, others):
                _count(found, name, "", row.number, 1_000_000)
    return found


def _number_columns(mapping: Columns, decimals: Mapping[str, int]) -> dict[int, int]:
    """Columns of numbers with how many decimals make sense there."""
    return {
        index: decimals.get(one.name, one.decimals)
        for one in mapping.fields
        if one.decimals is not None and (index := mapping.index(one.name)) is not None
    }


def _columns(mapping: Columns, names: Iterable[str]) -> list[int]:
    return [index for name in names if (index := mapping.index(name)) is not None]


def _read_header(header: str, found: Survey) -> None:
    for pattern, order in _HEADER_ORDERS:
        if pattern.search(header):
            found.orders[order] += 1
            return


def _look_at_date(cell: str, found: Survey) -> None:
    if not cell or cell.isspace():
        return
    try:
        told = told_order(cell)
        doubtful = told is None and is_doubtful_date(cell)
    except CellError:
        return
    if told is not None:
        found.orders[told] += 1
    elif doubtful:
        _keep(found.doubtful_dates, cell)


def _look_at_number(cell: str, decimals: int, found: Survey) -> None:
    if "," not in cell and "." not in cell:
        return
    if _PLAIN.fullmatch(cell):
        found.marks[DecimalMark.POINT] += 1
        return
    try:
        if is_doubtful(cell, decimals):
            _keep(found.doubtful_numbers, cell)
        elif mark := told_mark(cell, decimals):
            found.marks[mark] += 1
            if mark is DecimalMark.COMMA:
                _keep(found.shown_numbers, cell)
    except CellError:
        return


def _look_at_word(name: str, cell: str, row: int, most: int, found: Survey) -> None:
    if not cell or is_empty(cell) or looks_like_date(cell):
        return
    try:
        text = clean_text(cell)
    except CellError:
        return
    _count(found, name, text, row, most)


def _says(row: Row, places: Iterable[int]) -> bool:
    return any(not is_empty(row.cells[place]) for place in places)


def _count(found: Survey, name: str, text: str, row: int, most: int) -> None:
    words, key = found.words.setdefault(name, {}), fold(text)
    word = words.get(key)
    if word is not None:
        word.rows += 1
    elif len(words) < most:
        words[key] = Word(text[:120], 1, row)
    else:
        found.crowded.add(name)


def _keep(kept: list[str], cell: str) -> None:
    text = " ".join(cell.split())
    if len(kept) < SHOWN and text not in kept:
        kept.append(text)
