"""Reading the duty table, and the wines that it asks about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from tirage.catalog.models import Sku
from tirage.catalog.states import Colour
from tirage.core.dated import ENDING, OLD
from tirage.core.money import exponent
from tirage.core.winery import current_winery
from tirage.taxes.duties.models import MILLION, Duty
from tirage.taxes.duties.rules import (
    DutiableWine,
    DutyPer,
    DutyRow,
    DutyUnknown,
    DutyWine,
    Rounding,
    duties_on,
    rows_for,
)


class DutyTable:
    """All rows of a day in memory, for many places; one statement."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._rows = [as_row(one) for one in Duty.objects.filter(first_day__lte=day).order_by("pk")]

    def rows(self, country: str, state: str) -> tuple[DutyRow, ...]:
        """As ``duty_rows`` says them."""
        there = [row for row in self._rows if row.country == country and row.state in ("", state)]
        return rows_for(there, (country, state), self._day)


def duty_rows(country: str, state: str, day: date) -> tuple[DutyRow, ...]:
    """The rows that hold at a place on a day of the winery's clock; one statement."""
    found = Duty.objects.filter(country=country, state__in=["", state], first_day__lte=day).order_by("pk")
    return rows_for(map(as_row, found), (country, state), day)


def as_row(duty: Duty) -> DutyRow:
    return DutyRow(
        duty.country,
        duty.state,
        duty.name,
        DutyPer(duty.per),
        Decimal(duty.amount_micros) / MILLION,
        duty.currency,
        duty.first_day,
        duty.last_day,
        DutyWine(duty.wine),
        duty.from_tenths,
        duty.to_tenths,
        duty.counts_as,
        Decimal(duty.exchange_micros) / MILLION,
        Rounding(duty.rounding),
        duty.source,
    )


def dutiable_wines(pieces: Mapping[int, int], paid_minor: Mapping[int, int]) -> list[DutiableWine]:
    """Pieces by sku id, and what was paid for them without tax, as the table asks about them; one statement."""
    skus = Sku.objects.filter(pk__in=list(pieces)).select_related("vintage__wine").order_by("pk")
    return [dutiable(sku, pieces[sku.pk], paid_minor.get(sku.pk, 0)) for sku in skus]


def dutiable(sku: Sku, pieces: int, paid_minor: int) -> DutiableWine:
    """One sku that was loaded with its vintage and wine, as the table asks about it."""
    percent = sku.vintage.alcohol_percent
    return DutiableWine(
        str(sku.pk),
        f"{sku.name}, {sku.format_name}",
        pieces,
        sku.units,
        sku.millilitres,
        paid_minor,
        None if percent is None else int(percent * 10),
        sku.vintage.wine.colour == Colour.SPARKLING,
    )


def duties_to_look_at(today: date) -> QuerySet[Duty]:
    """Those that end soon with none that follows, or that nobody checked for a year, of what holds or will."""
    asks = Q(last_day__lt=today + ENDING) | Q(checked_on=None) | Q(checked_on__lt=today - OLD)
    return Duty.objects.filter(Q(last_day=None) | Q(last_day__gte=today)).filter(asks)


def excise_in(place: tuple[str, str], day: date, pieces: Mapping[int, int]) -> list[tuple[str, int]]:
    """The excise that is in the price of pieces by sku id where the place has one: names and minor units.

    Nothing where the strength of a wine isn't known: a guess is no answer. Duty on the value is no excise. Two
    statements, one where the place has none.
    """
    rows = tuple(row for row in duty_rows(*place, day) if row.per is not DutyPer.VALUE)
    if not rows:
        return []
    sums: dict[str, int] = {}
    try:
        for line in duties_on(dutiable_wines(pieces, {}), rows, decimals=exponent(current_winery().currency)):
            sums[line.row.name] = sums.get(line.row.name, 0) + line.minor
    except DutyUnknown:
        return []
    return list(sums.items())
