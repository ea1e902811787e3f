"""What a release will take, from the ledger's past."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.planning.past import DAY, add_members, order, plan_again
from tests.world import World
from tirage.customers.models import Customer
from tirage.inventory.models import Stock
from tirage.offers.models import Offer, Release
from tirage.planning.forecasting import ItemForecast, ReleaseForecast, forecast_release

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def members(world: World) -> list[Customer]:
    """Sixty of Estate; half of them took two of three Cabernets, and a few a magnum."""
    members = add_members(world, world.estate, 59)
    for number, member in enumerate(members[:30]):
        pieces = {world.cabernet: 2} | ({world.magnum: 1} if number < 5 else {})
        # Twenty within the first hour.
        order(member, world.estate_offer, world.now + (number // 20) * DAY, pieces)
    return members


@pytest.fixture
def again(world: World, members: list[Customer]) -> Release:
    return plan_again(world, world.now + 20 * DAY)


def cabernets(forecast: ReleaseForecast, offer: Offer) -> ItemForecast:
    """Those offered to Estate: 180 for sixty people."""
    return next(one for one in forecast.items if one.item.offer_id == offer.pk and one.cell.entitled == 180)


def test_what_was_taken_is_expected_of_the_same_people(world: World, again: Release) -> None:
    """60 of 180 Cabernets were taken: about as many again, within the band; the sums are those of the wines."""
    forecast = forecast_release(again, world.now + 10 * DAY)
    estate = again.offers.get(group=world.estate)
    cabernet = cabernets(forecast, estate)
    assert 45 < cabernet.band.expected < 80
    assert cabernet.band.low < 60 < cabernet.band.high
    assert (cabernet.basis.own, cabernet.basis.customers) == (1, 60)
    magnum = next(one for one in forecast.items if one.item.offer_id == estate.pk and one.cell.entitled == 60)
    assert magnum.rate.expected < cabernet.rate.expected
    offers = {offer.pk: sums for offer, _, sums in forecast.groups}
    assert offers[estate.pk].band.expected == pytest.approx(
        sum(one.band.expected for one in forecast.items if one.item.offer_id == estate.pk)
    )
    assert forecast.total.band.expected == pytest.approx(sum(one.band.expected for one in forecast.items))
    assert forecast.by_item[cabernet.item.pk] is cabernet
    money = offers[estate.pk].money
    assert money[1] < money[0] < money[2]


def test_a_wine_of_which_there_is_little_is_likely_to_run_out(world: World, again: Release) -> None:
    """No more is sold than there is, whatever is wanted."""
    Stock.objects.filter(sku=world.cabernet).update(on_hand=10)
    Stock.objects.filter(sku=world.chardonnay).update(on_hand=5_000)
    forecast = forecast_release(again, world.now + 10 * DAY)
    wines = {one.sku_id: one for one in forecast.wines}
    assert wines[world.cabernet.pk].stock == 10
    assert wines[world.cabernet.pk].chance_out > 0.95
    assert wines[world.chardonnay.pk].chance_out == 0
    assert forecast.sold.band.expected < forecast.total.band.expected


def test_an_open_offer_expects_what_is_left_of_those_who_still_come(
    world: World, members: list[Customer], again: Release
) -> None:
    """Two thirds came within the first hour last time. When as many took much more now, more is expected in all."""
    again.offers.update(is_active=True)
    estate = again.offers.get(group=world.estate)
    opened = world.now + 20 * DAY
    before = forecast_release(again, opened - HOUR)
    for member in members[:40]:
        order(member, estate, opened + HOUR / 2, {world.cabernet: 2})
    later = forecast_release(again, opened + 2 * HOUR)

    then, now = cabernets(before, estate), cabernets(later, estate)
    assert (then.taken, now.taken) == (0, 80)
    assert now.band.low >= 80
    assert now.band.expected > then.band.expected + 20
    assert 0 < now.further.expected == pytest.approx(now.band.expected - 80)


def test_a_closed_offer_has_taken_what_it_has(world: World, members: list[Customer]) -> None:
    forecast = forecast_release(world.release, world.now + 10 * DAY)
    assert all(one.further.high == 0 for one in forecast.items)
    assert forecast.total.taken == forecast.total.band.expected == 65


def test_without_any_past_it_says_so(world: World, members: list[Customer]) -> None:
    forecast = forecast_release(world.release, world.now - HOUR / 2)
    assert forecast.past == ()
    assert all(one.basis.releases == 0 for one in forecast.items)
    assert forecast.tried() == []


def test_a_release_without_offers_takes_nothing(world: World) -> None:
    empty = Release.objects.create(name="Empty", made_at=world.now)
    forecast = forecast_release(empty, world.now)
    assert forecast.items == () and forecast.total.band.expected == 0 and forecast.wines == []
