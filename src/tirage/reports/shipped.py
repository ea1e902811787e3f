"""What was shipped where, and what was taxed, by state and period: the figures that reports to states ask for.

Every entry of the ledger of a shipped order is counted once: on the day on which it shipped, or, entered later (money
given back, bottles that came back), on that day. So months add up to the ledger, which the doctor proves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tirage.core.sql import fetch_all
from tirage.core.winery import start_of_day
from tirage.reports.entries import ENTRIES

#: Millilitres of a case of twelve bottles.
_CASE = 9_000

_WITHIN = "e.at >= %(first)s AND e.at < %(end)s"
_BY_STATE = f"""
SELECT e.country, e.state, count(DISTINCT CASE WHEN e.bottles > 0 THEN e.order_id END) AS orders,
       sum(e.bottles) AS bottles, sum(e.millilitres) AS millilitres, sum(e.wine) AS wine, sum(e.shipping) AS shipping,
       sum(e.other) AS other, sum(e.tax) AS tax, sum(e.fees) AS fees, sum(e.deposits) AS deposits,
       sum(e.inside) AS inside, sum(e.absorbed) AS absorbed
FROM ({ENTRIES}) e WHERE {_WITHIN} GROUP BY e.country, e.state ORDER BY e.country, e.state
"""  # noqa: S608 - pieces of this module
_BY_JURISDICTION = f"""
SELECT e.country, e.state, e.jurisdiction, e.tax_kind AS kind, e.rate_ppm, sum(e.base) AS base,
       sum(e.tax + e.fees + e.deposits) AS amount, sum(e.inside + e.absorbed) AS inside
FROM ({ENTRIES}) e WHERE {_WITHIN} AND e.tax_kind <> ''
GROUP BY e.country, e.state, e.jurisdiction, e.tax_kind, e.rate_ppm
HAVING sum(e.base) <> 0 OR sum(e.tax + e.fees + e.deposits) <> 0 OR sum(e.inside + e.absorbed) <> 0
ORDER BY e.country, e.state, e.tax_kind, e.jurisdiction, e.rate_ppm
"""  # noqa: S608 - pieces of this module


@dataclass(frozen=True, slots=True)
class ShippedTo:
    """What went to a state, less what came back; amounts in minor units. ``inside`` is tax that prices had in them."""

    country: str
    state: str
    orders: int
    bottles: int
    millilitres: int
    wine: int
    shipping: int
    other: int
    tax: int
    fees: int
    deposits: int
    inside: int
    absorbed: int

    @property
    def litres(self) -> float:
        return self.millilitres / 1000

    @property
    def cases(self) -> float:
        """Of 9 l."""
        return round(self.millilitres / _CASE, 2)

    @property
    def total(self) -> int:
        return self.wine + self.shipping + self.other + self.tax + self.fees + self.deposits


@dataclass(frozen=True, slots=True)
class TaxedBy:
    """What one jurisdiction is owed at one rate; ``kind`` is ``hand`` for what staff corrected."""

    country: str
    state: str
    jurisdiction: str
    kind: str
    rate_ppm: int
    base: int
    amount: int
    inside: int

    @property
    def percent(self) -> float | None:
        return self.rate_ppm / 10_000 if self.rate_ppm else None


def shipped_by_state(first: date, last: date) -> list[ShippedTo]:
    """By state, of days of the winery's clock, both counted; one statement."""
    return [ShippedTo(**_whole(row)) for row in fetch_all(_BY_STATE, _span(first, last))]


def taxes_by_jurisdiction(first: date, last: date) -> list[TaxedBy]:
    """By state, jurisdiction and rate, of days of the winery's clock, both counted; one statement."""
    return [TaxedBy(**_whole(row)) for row in fetch_all(_BY_JURISDICTION, _span(first, last))]


def _span(first: date, last: date) -> dict[str, Any]:
    return {"first": start_of_day(first), "end": start_of_day(last + timedelta(days=1))}


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """Sums are decimals on one engine."""
    texts = ("country", "state", "jurisdiction", "kind")
    return {name: value or "" if name in texts else int(value or 0) for name, value in row.items()}
