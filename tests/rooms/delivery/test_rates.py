"""Rates count on their day in the winery's zone, for whoever asks; orders keep what they were priced by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event, Winery
from tirage.core.winery import current_winery, forget_winery, start_of_day
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.models import Method, Rate, RateTable
from tirage.delivery.queries import quote_methods
from tirage.delivery.rates.operations import (
    RateValues,
    TableValues,
    begin_table,
    delete_table,
    save_rates,
    save_table,
)
from tirage.delivery.rates.queries import priced_zones, table_on
from tirage.delivery.reach import why_gone
from tirage.delivery.rules import Freight
from tirage.delivery.states import BEGINNING, Basis
from tirage.orders.queries import order_charges


def price(world: World, now: datetime, bottles: int = 3) -> int | None:
    quotes = quote_methods(
        country="US",
        state="CA",
        freight=Freight(bottles * 1000, 300_00),
        free_shipping=False,
        now=now,
    )
    return next((one.shipping_minor for one in quotes if one.reference == world.ground.reference), None)


def begin(world: World, day: date, minor: int) -> RateTable:
    table = begin_table(method=world.ground, first_day=day, actor=world.staff, now=world.now)
    Rate.objects.filter(table=table, zone=world.west, up_to_milli=3_000).update(price_minor=minor)
    return table


def test_a_dated_rate_counts_on_its_day_in_the_winerys_zone(world: World) -> None:
    assert current_winery().time_zone == "America/Los_Angeles"
    begin(world, date(2031, 7, 1), 21_00)
    midnight = start_of_day(date(2031, 7, 1))
    assert midnight == datetime(2031, 7, 1, 7, tzinfo=UTC)
    assert price(world, midnight - timedelta(seconds=1)) == 18_00
    assert price(world, midnight) == 21_00
    assert price(world, midnight + timedelta(days=4000)) == 21_00


def test_of_many_tables_the_latest_that_has_begun_holds_in_whatever_order_they_were_made(
    world: World,
) -> None:
    for day, minor in ((date(2033, 1, 1), 33_00), (date(2031, 1, 1), 31_00), (date(2032, 1, 1), 32_00)):
        begin(world, day, minor)
    years = {year: price(world, start_of_day(date(year, 6, 1))) for year in (2030, 2031, 2032, 2033, 2034)}
    assert years == {2030: 18_00, 2031: 31_00, 2032: 32_00, 2033: 33_00, 2034: 33_00}
    delete_table(table=RateTable.objects.get(first_day=date(2032, 1, 1)), actor=world.staff, now=world.now)
    assert price(world, start_of_day(date(2032, 6, 1))) == 31_00, "the one before it goes on"


def test_a_zone_that_next_years_table_leaves_out_is_not_reached_any_more(world: World) -> None:
    table = begin(world, date(2031, 1, 1), 21_00)
    for other in (world.overnight, world.van):
        Rate.objects.filter(table__method=other).delete()
    save_rates(
        method=world.ground,
        first_day=table.first_day,
        rates=[RateValues(world.east, 3_000, 9_00)],
        actor=world.staff,
        now=world.now,
    )
    late = start_of_day(date(2031, 1, 1))
    assert (price(world, late - timedelta(hours=1)), price(world, late)) == (18_00, None)
    assert word_at_save(world.ana_home, late - timedelta(hours=1)) == ""
    assert "We can't send wine to California" in word_at_save(world.ana_home, late)
    assert (world.ground.pk, world.west.pk) not in priced_zones(date(2031, 1, 1))
    assert (world.ground.pk, world.west.pk) in priced_zones(date(2030, 12, 31))
    assert table_on(world.ground, date(1999, 1, 1)) is None


def test_an_order_changes_by_what_it_was_priced_by_whatever_began_since(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 3})
    owed = order.owed_minor
    begin(world, world.now.date() - timedelta(days=1), 99_00)
    for pieces in (4, 3):
        draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): pieces})
        confirm(world, draft, world.staff)
        order.refresh_from_db()
    assert order.owed_minor == owed, "up and down again ends at the same cent"


@pytest.mark.parametrize(
    "rules",
    [
        {"basis": "value", "minimum_minor": 20_00},
        {"basis": "weight", "maximum_minor": 70_00},
        {"basis": "flat", "included_from_milli": 5_000},
        {"included_from_minor": 400_00, "minimum_minor": 19_00},
    ],
)
def test_up_and_down_again_ends_at_the_same_cent_by_every_kind_of_rates(
    world: World, rules: dict[str, Any]
) -> None:
    RateTable.objects.filter(method=world.ground).update(**rules)
    if "basis" in rules:
        Rate.objects.filter(table__method=world.ground).update(up_to_milli=F("up_to_milli") * 3)
    order = bought(world, world.ana, {"CAB23": 3})
    owed = [order.owed_minor]
    RateTable.objects.filter(method=world.ground).update(
        basis="flat", minimum_minor=66_00, maximum_minor=None
    )
    Winery.objects.update(bottle_formats={"750x1": [3_000, 9_000]})
    forget_winery()
    for pieces in (6, 2, 3):
        draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): pieces})
        confirm(world, draft, world.staff)
        order.refresh_from_db()
        owed.append(order.owed_minor)
    assert owed[-1] == owed[0] and len(set(owed)) == 3


def test_bottles_count_as_the_winery_says(world: World) -> None:
    assert price(world, world.now, 3) == 18_00
    assert (world.magnum.equivalents_milli, world.magnum.grams) == (2_000, 2_722)
    Winery.objects.update(bottle_formats={"1500x1": [3_500, 4_000]})
    forget_winery()
    assert (world.magnum.equivalents_milli, world.magnum.grams) == (3_500, 4_000)
    order = bought(world, world.ben, {"CAB23-MAG": 1})
    assert [one.amount.minor for one in order_charges(order) if one.kind == "shipping"] == [36_00]
    assert order.terms and order.terms["formats"] == {"1500x1": [3_500, 4_000]}


def test_a_table_with_prices_keeps_what_it_counts_in(world: World) -> None:
    values = TableValues(Basis.WEIGHT, 0, None, None, None)
    save: dict[str, Any] = {"method": world.ground, "actor": world.staff, "now": world.now}
    with pytest.raises(DomainError) as refused:
        save_table(first_day=BEGINNING, values=values, **save)
    assert refused.value.fields.keys() == {"basis"}
    table = begin_table(first_day=date(2031, 1, 1), basis=Basis.WEIGHT, **save)
    assert not table.rates.exists(), "bottles are no pounds"
    save_table(first_day=table.first_day, values=replace(values, minimum_minor=5_00), **save)
    with pytest.raises(DomainError) as refused:
        save_table(
            first_day=table.first_day, values=replace(values, minimum_minor=5_00, maximum_minor=1), **save
        )
    assert refused.value.fields.keys() == {"maximum_minor"}


def test_a_method_is_offered_on_its_days_alone(world: World) -> None:
    Method.objects.filter(pk=world.ground.pk).update(
        offered_from=date(2031, 3, 1), offered_until=date(2031, 5, 31)
    )
    days = (date(2031, 2, 28), date(2031, 3, 1), date(2031, 5, 31), date(2031, 6, 1))
    assert [price(world, start_of_day(day)) for day in days] == [None, 18_00, 18_00, None]
    last = start_of_day(date(2031, 6, 1))
    assert price(world, last - timedelta(seconds=1)) == 18_00
    asked: dict[str, Any] = {"country": "US", "state": "CA"}
    early = why_gone(world.ground.reference, [], now=start_of_day(days[0]), **asked)
    assert early == "Ground is offered from March 1, 2031 on."
    assert why_gone(world.ground.reference, [], now=last, **asked) == "Ground was offered until May 31, 2031."


def test_where_wine_is_picked_up_stands_under_the_name(world: World) -> None:
    Method.objects.filter(pk=world.pickup.pk).update(
        description="Bring the mail", pickup_address="12 Mill Road, Philo", opening_hours="Saturday, 10 to 4"
    )
    ways = quote_methods(country="US", state="CA", freight=Freight(1_000), free_shipping=False, now=world.now)
    found = {way.name: way.description for way in ways}
    assert found[world.pickup.name] == "Bring the mail · 12 Mill Road, Philo · Saturday, 10 to 4"


def test_what_was_done_to_rates_is_told(world: World) -> None:
    table = begin(world, date(2031, 1, 1), 21_00)
    save_rates(
        method=world.ground,
        first_day=table.first_day,
        rates=[RateValues(world.west, 3_000, 22_00)],
        actor=world.staff,
        now=world.now,
    )
    delete_table(table=table, actor=world.staff, now=world.now)
    told = list(Event.objects.filter(name="delivery.saved").order_by("pk").values_list("text", flat=True))
    assert told[0] == "began rates of Ground from January 1, 2031"
    assert told[1].startswith("rates of Ground from January 1, 2031: changed West up to 3, removed")
    assert told[2] == "removed the rates of Ground from January 1, 2031"
    with pytest.raises(DomainError) as refused:
        begin_table(method=world.ground, first_day=BEGINNING, actor=world.staff, now=world.now)
    assert refused.value.fields.keys() == {"first_day"}
