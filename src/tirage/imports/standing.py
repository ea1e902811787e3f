"""What one row says of somebody's standing: whether they agree to mail, may buy, are alive.

Several columns of a file may speak of it. A no in any of them counts; a yes counts only where none says no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tirage.imports.asking import word_key
from tirage.imports.meanings import COLUMNS, CONSENT_DATE, Meaning
from tirage.tables.cleaning import DateOrder, clean_text, is_empty, parse_moment
from tirage.tables.errors import CellError
from tirage.tables.staging import RowReader
from tirage.tables.survey import fold, looks_like_date

#: What a date in a column of words says: the day on which it became so.
_DATED = {
    "opted_in": Meaning.AGREED,
    "opted_out": Meaning.LEFT,
    "do_not_contact": Meaning.LEFT,
    "deceased": Meaning.DECEASED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """``agrees`` None: the row says nothing of mail. ``left``: said no for good, or may not be written to."""

    agrees: bool | None = None
    agreed_at: datetime | None = None
    left: bool = False
    left_at: datetime | None = None
    is_active: bool | None = None
    is_deceased: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """How dates are read, and until when they may be."""

    zone: tzinfo
    order: DateOrder
    now: datetime


def read_standing(reader: RowReader, said: Mapping[str, str], clock: Clock) -> Standing:
    """``said``: the answers to the file's questions; notes words that nobody knows as problems."""
    found: dict[str, Meaning] = {}
    dates: dict[str, datetime] = {}
    for name in COLUMNS:
        meaning, at = _cell(reader, name, said, clock)
        if meaning is not None:
            found[name] = meaning
        if at is not None:
            dates[name] = at
    agreed_at = _moment(reader, "opted_in_at", clock) or dates.get("opted_in")
    left_at = _moment(reader, "opted_out_at", clock) or dates.get("opted_out") or dates.get("do_not_contact")
    meanings = set(found.values())
    deceased = Meaning.DECEASED in meanings
    left = (
        deceased
        or Meaning.LEFT in meanings
        or (left_at is not None and not (agreed_at and agreed_at > left_at))
    )
    spoken = {found.get("opted_in"), found.get("status")} - {None, Meaning.ACTIVE, Meaning.SUSPENDED}
    if agreed_at and not spoken and not left:
        # A date by itself: only where the file has no words about mail.
        agrees: bool | None = True if said.get(CONSENT_DATE) == "yes" else None
    else:
        agrees = None if not meanings & {Meaning.AGREED, Meaning.NO} else Meaning.NO not in meanings
    return Standing(
        agrees=False if left else agrees,
        agreed_at=agreed_at,
        left=left,
        left_at=left_at,
        is_active=False
        if deceased or Meaning.SUSPENDED in meanings
        else (Meaning.ACTIVE in meanings or None),
        is_deceased=deceased,
    )


def _cell(
    reader: RowReader, name: str, said: Mapping[str, str], clock: Clock
) -> tuple[Meaning | None, datetime | None]:
    raw = reader.raw(name)
    if not raw or is_empty(raw):
        return None, None
    if name in _DATED and looks_like_date(raw):
        at = _moment(reader, name, clock)
        return (_DATED[name] if at else None), at
    word = reader.get(name, lambda value: _known(value, name, said))
    return word, None


def _known(value: str, name: str, said: Mapping[str, str]) -> Meaning:
    text = clean_text(value)
    word = fold(text)
    answer = said.get(word_key(name, word), COLUMNS[name][0].get(word, ""))
    if not answer:
        raise CellError(f"What does “{text}” mean? Say it for all rows, or correct it.")
    return Meaning(answer)


def _moment(reader: RowReader, name: str, clock: Clock) -> datetime | None:
    at = reader.get(name, lambda value: parse_moment(value, clock.zone, clock.order))
    if at and at > clock.now:
        reader.problem(name, "This date lies ahead. Correct it.")
    return at
