"""The month-end: what was shipped and taxed by state and month, and that months add up to the ledger."""

from __future__ import annotations

from datetime import date, timedelta

from tests.rooms.changes.journey import bought
from tests.rooms.changes.test_returning import give_back, shipped
from tests.rooms.taxes.tables import deposits, rate
from tests.world import World
from tirage.changes.rules import Bottles
from tirage.orders.models import Order, OrderChange
from tirage.reports.shipped import shipped_by_state, taxes_by_jurisdiction

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def test_a_month_has_what_left_in_it_and_less_what_came_back_later(world: World) -> None:
    """Ana: two Cabernets for 216.00, 7.25 % in California, 1.375 % in San Francisco, two deposits; one comes back."""
    rate(world, "CA", "California", 7.25)
    rate(world, "CA", "San Francisco", 1.375, county="San Francisco")
    deposits(world)
    ana = shipped(world, bought(world, world.ana, {"CAB23": 2}))
    shipped(world, bought(world, world.ben, {"CAB23": 1}))
    california, new_york = shipped_by_state(*OCTOBER)
    assert (california.state, california.orders, california.bottles, california.litres) == ("CA", 1, 2, 1.5)
    assert (california.wine, california.tax, california.deposits, california.cases) == (
        216_00,
        18_63,
        20,
        0.17,
    )
    assert (new_york.state, new_york.wine, new_york.shipping, new_york.tax) == ("NY", 120_00, 28_00, 11_84)
    lines = [
        (one.jurisdiction, one.rate_ppm, one.base, one.amount) for one in taxes_by_jurisdiction(*OCTOBER)
    ]
    assert lines == [
        ("CA", 0, 0, 20),
        ("California", 72_500, 216_00, 15_66),
        ("San Francisco", 13_750, 216_00, 2_97),
        ("New York", 80_000, 148_00, 11_84),
    ]
    give_back(world, ana, {world.cabernet: 1}, Bottles.BACK)
    OrderChange.objects.filter(order=ana, number=2).update(at=world.now + timedelta(days=40))
    assert shipped_by_state(*OCTOBER)[0] == california
    (back,) = shipped_by_state(*NOVEMBER)
    assert (back.orders, back.bottles, back.wine, back.tax, back.deposits) == (0, -1, -108_00, -9_31, -10)
    months = [one for span in (OCTOBER, NOVEMBER) for one in shipped_by_state(*span)]
    assert sum(one.total for one in months) == sum(Order.objects.values_list("owed_minor", flat=True))


def test_what_has_not_left_is_in_no_month(world: World) -> None:
    bought(world, world.ana, {"CAB23": 2})
    assert shipped_by_state(date(2000, 1, 1), date(2100, 1, 1)) == []
