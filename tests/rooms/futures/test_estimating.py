"""What may come later: figures that public pages print, and none that pretends to be a price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.world import World
from tirage.futures.estimating import Bought, Estimated, current_estimates, estimate, place_name
from tirage.futures.models import CostEstimate

BRITAIN = CostEstimate(
    country="GB",
    first_day=date(2026, 2, 1),
    delivery_low_minor=1_25,
    delivery_high_minor=1_25,
    duty_minor=30_62,
    tax_bp=2000,
    source="HMRC",
)


def a_case(percent: str | None) -> Estimated:
    strength = Decimal(percent) if percent else None
    return estimate(BRITAIN, [Bought(600_00, 12_000, 9_000, strength)], "GBP")


def test_a_case_to_britain_is_what_its_merchants_reckon() -> None:
    """£600 in bond, 13.5 %, £15 delivery: duty £37.20, VAT £130.44. The range is half a degree each way."""
    low, high = a_case("14.0").duty.low.minor, a_case("13.0").duty.high.minor
    assert low == high == 37_20
    assert a_case("14.0").tax.low.minor == 130_44 and a_case("14.0").delivery.low.minor == 15_00


def test_what_nobody_knows_makes_the_range_wider() -> None:
    known, unknown = a_case("13.5"), a_case(None)
    assert unknown.duty.low < known.duty.low and known.duty.high < unknown.duty.high
    assert unknown.all.low.minor == 15_00 + unknown.duty.low.minor + unknown.tax.low.minor


@pytest.mark.django_db
def test_the_newest_row_of_a_place_that_has_begun_counts(world: World) -> None:
    facts = {"country": "GB", "delivery_low_minor": 1_00, "delivery_high_minor": 2_00, "source": "HMRC"}
    for day, duty in ((date(2025, 2, 1), 29_54), (date(2026, 2, 1), 30_62), (date(2027, 2, 1), 99_00)):
        CostEstimate.objects.create(first_day=day, duty_minor=duty, **facts)
    assert [one.duty_minor for one in current_estimates(world.now)] == [30_62]
    assert [one.duty_minor for one in current_estimates(world.now - timedelta(days=365))] == [29_54]
    assert place_name("GB", "") == "United Kingdom" and place_name("US", "NY") == "New York"
