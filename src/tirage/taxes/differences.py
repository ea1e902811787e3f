"""What rates and fees that were read somewhere would change, before they are taken over; and those to look at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from tirage.core.dated import ENDING, OLD
from tirage.core.differences import RuleDifference
from tirage.taxes.duties.operations import place_name
from tirage.taxes.operations import FEES, RATES, FeeValues, RateValues, Table, tidied


def rate_differences(rows: Sequence[RateValues]) -> list[RuleDifference[RateValues]]:
    """Each row beside what stands; one statement."""
    return _differences(RATES, rows)


def fee_differences(rows: Sequence[FeeValues]) -> list[RuleDifference[FeeValues]]:
    """As rates."""
    return _differences(FEES, rows)


def _differences(table: Table[Any, Any], rows: Sequence[Any]) -> list[RuleDifference[Any]]:
    stand = {table.key_of(row): table.values_of(row) for row in table.model._default_manager.all()}
    return [
        RuleDifference(
            values, stand.get(table.key_of(values)), place_name(values.country, values.state), table.say
        )
        for values in map(tidied, rows)
    ]


def rows_to_look_at(table: Table[Any, Any], today: date) -> QuerySet[Any]:
    """Those that end soon, or that nobody checked for a year, of what is or comes into force."""
    asks = Q(last_day__lt=today + ENDING) | Q(checked_on=None) | Q(checked_on__lt=today - OLD)
    rows: QuerySet[Any] = table.model._default_manager.filter(Q(last_day=None) | Q(last_day__gte=today))
    return rows.filter(asks)
