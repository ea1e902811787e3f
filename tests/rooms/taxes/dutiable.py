"""Rows of the duty table, for tests of who asks it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tirage.taxes.duties.models import MILLION, Duty


def duty(**facts: Any) -> Duty:
    """£30.62 a litre of pure alcohol in the United Kingdom, for wine of 8.5 to 22 %, from long ago on."""
    usual: dict[str, Any] = {
        "country": "GB",
        "name": "Alcohol duty",
        "per": "alcohol",
        "amount_micros": 30_620_000,
        "currency": "GBP",
        "exchange_micros": MILLION,
        "from_tenths": 85,
        "to_tenths": 220,
        "first_day": date(2020, 1, 1),
    }
    return Duty.objects.create(**(usual | facts))
