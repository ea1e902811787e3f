"""Rates and fees of the world, as the team would have typed them."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from tests.world import World
from tirage.taxes.models import TaxFee, TaxRate, TaxSetup
from tirage.taxes.operations import FEES, RATES, FeeValues, RateValues, SetupValues, save_row, save_setup
from tirage.taxes.protocol import TaxKind
from tirage.taxes.states import FeeUnit


def rate(world: World, state: str, name: str, percent: float, **more: Any) -> TaxRate:
    """A rate of a state of the United States, or of the country that ``more`` names."""
    values: dict[str, Any] = {"country": "US", "rate_ppm": round(percent * 10_000)} | more
    return save_row(
        table=RATES, values=RateValues(state=state, name=name, **values), actor=world.staff, now=world.now
    )


def fee(world: World, state: str, name: str, amount_minor: int, **more: Any) -> TaxFee:
    values = FeeValues("US", state, name, amount_minor, **more)
    return save_row(table=FEES, values=values, actor=world.staff, now=world.now)


def deposits(world: World) -> None:
    """What California asks for containers since 2024: five cents, ten from 24 ounces on."""
    more = {"kind": TaxKind.DEPOSIT, "unit": FeeUnit.CONTAINER, "only_shipped": False}
    fee(world, "CA", "CRV", 5, most_millilitres=709, first_day=date(2024, 1, 1), **more)
    fee(world, "CA", "CRV", 10, least_millilitres=710, first_day=date(2024, 1, 1), **more)


def setup(world: World, country: str = "US", **more: Any) -> TaxSetup:
    return save_setup(values=SetupValues(country, **more), actor=world.staff, now=world.now)


def only_rate(country: str, state: str, percent: float) -> None:
    """The one rate of a place becomes another; nought takes it away."""
    rows = TaxRate.objects.filter(country=country, state=state)
    if percent:
        assert rows.update(rate_ppm=round(percent * 10_000)) == 1
    else:
        rows.delete()
    TaxSetup.objects.update(revision=f"only {secrets.token_hex(8)}")
