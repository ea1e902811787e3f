"""The demo's taxes and fees."""

from __future__ import annotations

from datetime import date

from tests.world import World
from tirage.demo.loader.taxing import tax_states
from tirage.taxes.book import current_book
from tirage.taxes.models import TaxFee
from tirage.taxes.protocol import TaxPlace


def test_seattle_is_taxed_by_state_county_and_city(world: World) -> None:
    tax_states(world.staff, world.now)
    seattle = TaxPlace("US", "WA", city="Seattle", postal_code="98101")
    rule = current_book().rule(seattle, date(2026, 11, 30))
    assert rule.rate_ppm == 103_500 and not rule.is_statewide
    assert sorted(TaxFee.objects.values_list("state", flat=True)) == ["CO", "CO", "MN"]
