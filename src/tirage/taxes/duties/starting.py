"""Duties to start from, as tax authorities publish them. Nothing is asked by them until they are taken over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tirage.taxes.duties.operations import DutyValues
from tirage.taxes.duties.rules import DutyPer, DutyWine

_CHECK = "Starting data, check it"
_BRITISH = f"gov.uk, rates of Alcohol Duty. {_CHECK}"
_IRISH = f"revenue.ie, Alcohol Products Tax. {_CHECK}"
_AUGUST_2023, _FEBRUARY_2025, _FEBRUARY_2026 = date(2023, 8, 1), date(2025, 2, 1), date(2026, 2, 1)
_UNTIL_2025, _UNTIL_2026 = date(2025, 1, 31), date(2026, 1, 31)
#: First and last day; the amounts of wine of 3.5 to 8.4 %, of 8.5 to 22 %, and stronger.
_BRITISH_YEARS = (
    (_FEBRUARY_2025, _UNTIL_2026, ("25.67", "29.54", "32.79")),
    (_FEBRUARY_2026, None, ("26.61", "30.62", "33.99")),
)
_STRENGTHS = ((35, 84), (85, 220), (221, 1_000))
#: Wine of 11.5 to 14.5 % counted as one of 12.5 % until the end of January 2025.
_EASED = (
    (35, 84, "25.67", None),
    (85, 114, "28.50", None),
    (115, 145, "28.50", 125),
    (146, 220, "28.50", None),
)
#: By the hectolitre: which wine, from and to what strength.
_IRISH_ROWS = (
    (DutyWine.ANY, 0, 55, "141.57"),
    (DutyWine.STILL, 56, 150, "424.84"),
    (DutyWine.STILL, 151, 1_000, "616.45"),
    (DutyWine.SPARKLING, 56, 1_000, "849.68"),
)


def starting_duties() -> list[DutyValues]:
    """The United Kingdom since August 2023, and Ireland."""
    return [*_eased(), *_british(), *_irish()]


def _british() -> list[DutyValues]:
    return [
        _by_alcohol(amount, low, high, first, last)
        for first, last, amounts in _BRITISH_YEARS
        for (low, high), amount in zip(_STRENGTHS, amounts, strict=True)
    ]


def _eased() -> list[DutyValues]:
    return [
        _by_alcohol(amount, low, high, _AUGUST_2023, _UNTIL_2025, counts)
        for low, high, amount, counts in _EASED
    ]


def _by_alcohol(
    amount: str, low: int, high: int, first: date, last: date | None, counts_as: int | None = None
) -> DutyValues:
    return DutyValues(
        "GB",
        "",
        "Alcohol duty",
        DutyPer.ALCOHOL,
        Decimal(amount),
        "GBP",
        first,
        last,
        from_tenths=low,
        to_tenths=high,
        counts_as=counts_as,
        source=_BRITISH,
    )


def _irish() -> list[DutyValues]:
    return [
        DutyValues(
            "IE",
            "",
            "Alcohol products tax",
            DutyPer.VOLUME,
            Decimal(amount),
            "EUR",
            date(2013, 10, 16),
            wine=wine,
            from_tenths=low,
            to_tenths=high,
            source=_IRISH,
        )
        for wine, low, high, amount in _IRISH_ROWS
    ]
