"""The trend is what a plain count of the orders finds, stretch by stretch."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.insights.crowd import bought, buys
from tests.rooms.insights.places import neighbour, seattle
from tests.world import World
from tirage.core.winery import local_time
from tirage.insights.models import Placement
from tirage.insights.rules.areas import AreaKind
from tirage.insights.rules.periods import Comparison, Period
from tirage.insights.trending import stretches_of, trends_of
from tirage.orders.models import Order


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 4_000))
@pytest.mark.once
def test_stretches_follow_one_another_and_are_the_period(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days - 1))
    found = stretches_of(period)
    assert found[0].first == period.first and found[-1].last == period.last
    for one, following in pairwise(found):
        assert following.first == one.last + timedelta(days=1)
    if days <= 130:
        assert len(found) <= 31
    else:
        assert all(one.first.day == 1 for one in found[1:])


@pytest.mark.parametrize("days", [1, 30, 100, 400])
def test_the_trend_agrees_with_a_plain_count(world: World, days: int) -> None:
    Order.objects.all().delete()
    Placement.objects.all().delete()
    people = [*seattle(world).values(), neighbour(world, "Zoe", "98101")]
    at = [world.now - timedelta(days=number * 13 % 800, hours=number) for number in range(60)]
    bought(
        [buys(people[number % len(people)], one, 100 + number, number % 5) for number, one in enumerate(at)]
    )
    lot = random.Random(days)
    period = Period(local_time(world.now).date() - timedelta(days=days - 1), local_time(world.now).date())
    for kind, keys in ((None, ()), (AreaKind.METRO, ("42660",)), (AreaKind.ZIP, ("98101", "98004"))):
        chosen = Placement.objects.all()
        if kind is AreaKind.METRO:
            chosen = chosen.filter(metro="42660")
        if kind is AreaKind.ZIP:
            chosen = chosen.filter(zip_code__in=keys)
        living = set(chosen.values_list("customer_id", flat=True))
        for ids in (None, [one.pk for one in people[::2]]):
            who = living if ids is None else living & set(ids)
            periods = [period, period.compared(lot.choice(list(Comparison)))]
            found = trends_of(periods, ids, kind=kind, keys=keys)
            assert [[one.days for one in some] for some in found] == [stretches_of(one) for one in periods]
            for one in (one for some in found for one in some):
                mine = [
                    order
                    for order in Order.objects.filter(customer_id__in=who)
                    if order.placed_at and local_time(order.placed_at).date() in one.days
                ]
                assert (one.orders, one.bottles, one.minor, one.people) == (
                    len(mine),
                    sum(order.bottle_count for order in mine),
                    sum(order.wine_minor for order in mine),
                    len({order.customer_id for order in mine}),
                )
