"""Delivery's walls."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.rooms.delivery.holding import counter
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.delivery.models import Destination, Method, Rate, RateTable

BREACHES: dict[str, Breach] = {
    "destination_once": lambda world: Destination.objects.create(
        country="US", state="CA", name="California again"
    ),
    "method_kind_is_legal": lambda world: Method.objects.update(kind="drone", handover=world.california),
    "method_visibility_is_legal": lambda world: Method.objects.update(visibility="nobody"),
    "method_without_shipping_names_handover": lambda world: Method.objects.update(
        kind="pickup", handover=None
    ),
    "rate_once_a_step": lambda world: Rate.objects.filter(table__method=world.ground).update(
        up_to_milli=3000
    ),
    "location_has_its_carrier": lambda world: counter(carrier=""),
    "location_once_a_code": lambda world: [counter(), counter()],
    "method_days_most_not_below_least": lambda world: Method.objects.update(days_least=5, days_most=2),
    "method_only_pickups_wait": lambda world: Method.objects.filter(pk=world.ground.pk).update(
        send_after_days=21
    ),
    "method_reminds_first_then_again": lambda world: Method.objects.filter(pk=world.pickup.pk).update(
        remind_first_days=7, remind_again_days=7
    ),
    "method_reminds_before_it_sends": lambda world: Method.objects.filter(pk=world.pickup.pk).update(
        remind_first_days=7, send_after_days=7
    ),
    "method_offered_until_after_from": lambda world: Method.objects.update(
        offered_from=date(2027, 1, 2), offered_until=date(2027, 1, 1)
    ),
    "rate_table_basis_is_legal": lambda world: RateTable.objects.update(basis="weather"),
    "rate_table_minimum_not_negative": lambda world: RateTable.objects.update(minimum_minor=-1),
    "rate_table_maximum_not_below_minimum": lambda world: RateTable.objects.update(
        minimum_minor=10, maximum_minor=9
    ),
    "rate_table_included_from_some_bottles": lambda world: RateTable.objects.update(included_from_milli=0),
    "rate_table_included_from_some_wine": lambda world: RateTable.objects.update(included_from_minor=0),
    "rate_table_once_a_day": lambda world: RateTable.objects.create(method=world.ground),
    "rate_table_begins_after_the_beginning": lambda world: RateTable.objects.update(
        first_day=date(1999, 12, 31)
    ),
    "rate_price_not_negative": lambda world: Rate.objects.update(price_minor=-1),
    "volume_limit_period_is_legal": lambda world: limited(world.oregon, 6, period="week"),
    "volume_limit_subject_is_legal": lambda world: limited(world.oregon, 6, subject="dog"),
    "volume_limit_unit_is_legal": lambda world: limited(world.oregon, 6, unit="gallon"),
    "volume_limit_in_bounds": lambda world: limited(world.oregon, 0),
    "volume_limit_permit_year_begins": lambda world: limited(world.oregon, 6, period="permit_year"),
    "volume_limit_begins_before_it_ends": lambda world: limited(world.oregon, 6, last_day=date(2019, 12, 31)),
    "volume_limit_once_a_day": lambda world: [
        limited(world.oregon, 6, last_day=date(2020, day, 28)) for day in (1, 2)
    ],
    "volume_limit_one_without_end": lambda world: [
        limited(world.oregon, 6, first_day=date(2020, day, 28)) for day in (1, 2)
    ],
    "law_kind_is_legal": lambda world: law(world.oregon, "gravity"),
    "law_ceiling_of_alcohol": lambda world: law(world.oregon, "alcohol"),
    "law_names_what_it_bars": lambda world: law(world.oregon, "dry_zips"),
    "law_due_is_of_a_report": lambda world: law(world.oregon, "closed", due_on=date(2027, 1, 20)),
    "law_begins_before_it_ends": lambda world: law(world.oregon, last_day=date(2019, 12, 31)),
    "rate_step_positive": lambda world: Rate.objects.filter(
        table__method=world.van, zone=world.west, up_to_milli=3000
    ).update(up_to_milli=0),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
