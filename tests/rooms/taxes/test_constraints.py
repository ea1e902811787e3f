"""The walls of taxes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.rooms.taxes.dutiable import duty
from tests.rooms.taxes.tables import deposits, rate
from tests.world import World
from tirage.taxes.models import BusinessNumber, TaxFee, TaxRate, TaxSetup


def _numbered(world: World, number: str) -> BusinessNumber:
    return BusinessNumber.objects.create(customer=world.ana, country="DE", number=number, saved_at=world.now)


BREACHES: dict[str, Breach] = {
    "duty_per_is_legal": lambda world: duty(per="bottle"),
    "duty_wine_is_legal": lambda world: duty(wine="beer"),
    "duty_rounding_is_legal": lambda world: duty(rounding="up"),
    "duty_amount_not_negative": lambda world: duty(amount_micros=-1),
    "duty_strengths_in_order": lambda world: duty(from_tenths=150, to_tenths=149),
    "duty_begins_before_it_ends": lambda world: duty(last_day=date(2019, 12, 31)),
    "duty_row_once": lambda world: [duty(), duty()],
    "tax_setup_is_one": lambda world: TaxSetup.objects.create(id=2, revision="other"),
    "tax_rate_kind_is_legal": lambda world: TaxRate.objects.update(kind="whim"),
    "tax_rate_at_most_all": lambda world: TaxRate.objects.update(rate_ppm=1_000_001),
    "tax_rate_begins_before_it_ends": lambda world: TaxRate.objects.update(last_day=date(1999, 1, 1)),
    "tax_rate_once_a_day": lambda world: write_again(
        TaxRate.objects.filter(state="NY").get(), reference="TXR-OTHER"
    ),
    "tax_fee_kind_is_legal": lambda world: TaxFee.objects.update(kind="whim"),
    "tax_fee_unit_is_legal": lambda world: TaxFee.objects.update(unit="bottle"),
    "tax_fee_not_negative": lambda world: TaxFee.objects.update(amount_minor=-1),
    "tax_fee_in_bounds": lambda world: TaxFee.objects.update(amount_minor=10**17),
    "tax_fee_sizes_in_order": lambda world: TaxFee.objects.update(least_millilitres=2, most_millilitres=1),
    "tax_fee_begins_before_it_ends": lambda world: TaxFee.objects.update(last_day=date(2023, 1, 1)),
    "tax_fee_once_a_day": lambda world: TaxFee.objects.update(least_millilitres=1, most_millilitres=None),
    "business_number_is_there": lambda world: _numbered(world, ""),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    rate(world, "CA", "California", 7.25)
    deposits(world)
    assert_refused(name, lambda: BREACHES[name](world))
