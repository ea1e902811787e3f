"""What duty wine bears where it goes, by dated rows of a table. Pure; alcohol in tenths of a percent, volumes in ml.

A row holds for a place, from a strength to a strength, for still or sparkling wine or both, from a day to a day. Of
rows that hold each is due; of a wine that no row of its place covers, or whose strength nobody wrote down, it isn't
known what is due (``DutyUnknown``), and a guess is no answer. A place without rows has no duty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum


class DutyPer(StrEnum):
    #: A litre of pure alcohol.
    ALCOHOL = "alcohol"
    #: A hectolitre of wine.
    VOLUME = "volume"
    #: A hundred of what was paid for the wine.
    VALUE = "value"


class DutyWine(StrEnum):
    ANY = "any"
    STILL = "still"
    SPARKLING = "sparkling"


class Rounding(StrEnum):
    """How the exact figure becomes an amount, and of what it is rounded."""

    LINE = "line"
    BOTTLE = "bottle"
    LINE_DOWN = "line_down"
    BOTTLE_DOWN = "bottle_down"

    @property
    def by_bottle(self) -> bool:
        return self in (Rounding.BOTTLE, Rounding.BOTTLE_DOWN)

    @property
    def mode(self) -> str:
        return ROUND_DOWN if self in (Rounding.LINE_DOWN, Rounding.BOTTLE_DOWN) else ROUND_HALF_UP


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A row of the table. ``amount`` is in ``currency``, of which one is worth ``exchange`` of the winery's.

    ``counts_as`` is the strength that all of the row's wines are taken to have, where the law says so.
    """

    country: str
    state: str
    name: str
    per: DutyPer
    amount: Decimal
    currency: str
    first_day: date
    last_day: date | None = None
    wine: DutyWine = DutyWine.ANY
    from_tenths: int = 0
    to_tenths: int = 1_000
    counts_as: int | None = None
    exchange: Decimal = Decimal(1)
    rounding: Rounding = Rounding.LINE
    source: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.country, self.state

    def is_in_force(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def covers(self, wine: DutiableWine, tenths: int) -> bool:
        is_of_kind = self.wine is DutyWine.ANY or (self.wine is DutyWine.SPARKLING) is wine.is_sparkling
        return is_of_kind and self.from_tenths <= tenths <= self.to_tenths


@dataclass(frozen=True, slots=True)
class DutiableWine:
    """Pieces of a sku, ``units`` bottles of ``millilitres`` each, and what was paid for all of them without tax."""

    key: str
    name: str
    pieces: int
    units: int
    millilitres: int
    paid_minor: int
    tenths: int | None = None
    is_sparkling: bool = False

    @property
    def bottles(self) -> int:
        return self.pieces * self.units


@dataclass(frozen=True, slots=True)
class DutyLine:
    """What is due of one wine by one row: ``measure`` litres of pure alcohol, hectolitres, or units of money paid.

    ``exact`` is the unrounded figure in whole units of the winery's currency, ``minor`` what is asked.
    """

    wine: DutiableWine
    row: DutyRow
    measure: Decimal
    exact: Decimal
    minor: int


class DutyUnknown(ValueError):
    """Of these wines it isn't known what is due."""

    def __init__(self, wines: Sequence[DutiableWine]) -> None:
        super().__init__(", ".join(wine.name for wine in wines))
        self.wines = tuple(wines)


def rows_for(rows: Iterable[DutyRow], place: tuple[str, str], day: date) -> tuple[DutyRow, ...]:
    """The rows of a place that hold on a day: those of the state where it has its own, else the country's."""
    held = [row for row in rows if row.is_in_force(day)]
    own = tuple(row for row in held if place[1] and row.place == place)
    return own or tuple(row for row in held if row.place == (place[0], ""))


def duties_on(
    wines: Sequence[DutiableWine], rows: Sequence[DutyRow], *, decimals: int = 2
) -> tuple[DutyLine, ...]:
    """What is due by rows that hold (``rows_for``), wine by wine; ``decimals`` are those of the winery's currency.

    Raises DutyUnknown with all wines of which it isn't known.
    """
    if not rows:
        return ()
    unknown = [wine for wine in wines if wine.tenths is None or not _covering(wine, wine.tenths, rows)]
    if unknown:
        raise DutyUnknown(unknown)
    return tuple(
        _line(wine, row, wine.tenths or 0, decimals)
        for wine in wines
        for row in _covering(wine, wine.tenths or 0, rows)
    )


def duty_range(
    wine: DutiableWine, rows: Sequence[DutyRow], *, low: int, high: int, decimals: int = 2
) -> tuple[int, int] | None:
    """The least and the most that is due, in minor units, of a wine that will have between ``low`` and ``high``.

    None where a strength in between isn't covered.
    """
    if not rows:
        return 0, 0
    sums = []
    for tenths in range(low, high + 1):
        covering = _covering(wine, tenths, rows)
        if not covering:
            return None
        sums.append(sum(_line(wine, row, tenths, decimals).minor for row in covering))
    return min(sums), max(sums)


def _covering(wine: DutiableWine, tenths: int, rows: Sequence[DutyRow]) -> list[DutyRow]:
    return [row for row in rows if row.covers(wine, tenths)]


def _line(wine: DutiableWine, row: DutyRow, tenths: int, decimals: int) -> DutyLine:
    with localcontext(prec=60):
        strength = row.counts_as if row.counts_as is not None else tenths
        measure = _measure(wine, row.per, strength, decimals)
        rate = row.amount / 100 if row.per is DutyPer.VALUE else row.amount
        exact = measure * rate * (Decimal(1) if row.per is DutyPer.VALUE else row.exchange)
        return DutyLine(wine, row, measure, exact, _rounded(exact, wine.bottles, row.rounding, decimals))


def _measure(wine: DutiableWine, per: DutyPer, tenths: int, decimals: int) -> Decimal:
    litres = Decimal(wine.bottles * wine.millilitres) / 1_000
    if per is DutyPer.ALCOHOL:
        return litres * tenths / 1_000
    return litres / 100 if per is DutyPer.VOLUME else Decimal(wine.paid_minor).scaleb(-decimals)


def _rounded(exact: Decimal, bottles: int, rounding: Rounding, decimals: int) -> int:
    """In minor units; exact where nothing was bought."""
    if not bottles:
        return 0
    parts = bottles if rounding.by_bottle else 1
    one = (exact / parts).quantize(Decimal(1).scaleb(-decimals), rounding=rounding.mode)
    return int((one * parts).scaleb(decimals))
