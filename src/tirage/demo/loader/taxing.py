"""Taxes and fees by their tables: a rate of each state, local ones of Washington, fees that the winery pays."""

from __future__ import annotations

from datetime import date, datetime

from tirage.core.actors import Actor
from tirage.demo import shipping
from tirage.demo.estate import ESTATE
from tirage.taxes.operations import FEES, RATES, RateValues, SetupValues, save_setup, take_over
from tirage.taxes.starting import starting_fees

_SOURCE = "Sample figure for the demo; have it checked before use"
_CHECKED = date(2026, 11, 1)
_FIRST = date(2026, 1, 1)
#: Whose tax, in percent, and the county and the city where it holds.
_WASHINGTON = (
    ("Washington", "6.5", "", ""),
    ("King County", "1.4", "King", ""),
    ("City of Seattle", "2.45", "", "Seattle"),
    ("Spokane County", "1.3", "Spokane", ""),
)


def tax_states(actor: Actor, now: datetime) -> None:
    """Where wine comes from, Washington's rates, and the fees that come with the program but for deposits."""
    _, city, state, postal_code, country = ESTATE.address
    setup = SetupValues(country, state, city=city, postal_code=postal_code)
    save_setup(values=setup, actor=actor, now=now)
    rates = [
        RateValues(
            one.country,
            one.state,
            one.name,
            rate_ppm=one.tax_rate_ppm,
            on_shipping=one.taxes_shipping,
            source=one.source,
            checked_on=one.checked_on,
        )
        for one in shipping.destinations()
        if one.is_open and one.state != "WA"
    ]
    rates += [
        RateValues(
            "US",
            "WA",
            name,
            county=county,
            city=town,
            rate_ppm=round(float(percent) * 10_000),
            on_shipping=True,
            first_day=_FIRST,
            source=_SOURCE,
            checked_on=_CHECKED,
        )
        for name, percent, county, town in _WASHINGTON
    ]
    take_over(table=RATES, rows=rates, stood=[None] * len(rates), actor=actor, now=now)
    fees = [fee for fee in starting_fees() if fee.state != "CA"]
    take_over(table=FEES, rows=fees, stood=[None] * len(fees), actor=actor, now=now)
