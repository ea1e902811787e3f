"""Criteria as of an earlier day: periods cut at it, groups of it, and what can't look back is named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.winery import local_time
from tirage.customers.models import Customer, Group
from tirage.customers.operations import move_to_group
from tirage.orders.models import Order
from tirage.segments.rules import parse, serialise
from tirage.tiers.comparing import compare_as_of
from tirage.tiers.criteria import save_criteria
from tirage.tiers.rules.lookback import look_back

DAY = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("spent(from:5000)", "spent(from:5000,until:2026-04-01)"),
        ("spent(from:5000,since:2022-01-01)", "spent(from:5000,since:2022-01-01,until:2026-04-01)"),
        ("orders(from:2,last:24months)", "orders(from:2,since:2024-04-01,until:2026-04-01)"),
        ("first_order(until:2030-01-01)", "first_order(until:2026-04-01)"),
        ("last_order(last:24months)", "orders(from:1,since:2024-04-01,until:2026-04-01)"),
        (
            "last_order(until:2025-12-31)",
            "all(orders(from:1,until:2025-12-31),not(orders(from:1,since:2026-01-01,until:2026-04-01)))",
        ),
        ("not(group(group:GRP-2H8KM4PR))", "not(group(group:GRP-2H8KM4PR,on:2026-04-01))"),
        ("any(state(state:CA),tier())", "any(state(state:CA),tier())"),
    ],
)
def test_a_filter_looks_back_from_its_day(now: str, then: str) -> None:
    assert serialise(look_back(parse(now), DAY)) == then


def write(world: World, group: Group, criteria: str) -> None:
    facts: dict[str, Any] = {"keeps_members": False, "actor": world.staff, "now": world.now}
    save_criteria(group=group, criteria=criteria, **facts)


def test_people_and_money_that_would_have_been_elsewhere(world: World) -> None:
    """On the day before, Ben had bought and was in Estate; since then he bought again and came to Premier."""
    day = local_time(world.now).date() + timedelta(days=1)
    buy(world, world.ben, {"CAB23": 1}, world.now)
    first = Order.objects.get()
    later = world.now + timedelta(days=3)
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=later)
    buy(world, world.ben, {"CHA24": 3}, later)
    Customer.objects.create(email="eva@example.com", first_name="Eva", signed_up_at=later)
    write(world, world.premier, "all(orders(from:1,to:1),not(opted_in()))")
    write(world, world.estate, f"group(group:{world.estate.reference})")
    Customer.objects.update(marketing_consent_at=None)
    found = compare_as_of(day, later)
    second = Order.objects.exclude(pk=first.pk).get()
    moved = {(one.origin, one.target): (one.people, one.spent_minor) for one in found.moved}
    assert moved[world.estate, world.premier] == (1, second.wine_minor)
    assert moved[world.premier, None] == (1, 0), "Ana never bought"
    assert found.people == 2 and found.staying == 2, "Clara in none, Dora in Estate; Eva came later"
    assert [one.word for one in found.as_of_now] == ["opted_in"]
