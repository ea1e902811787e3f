"""The walls of insights."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.insights.models import DailySales, Placement, PlacingRun
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.plan_models import EventPlan, PlanVenue, Tour, TourStop


def placement(world: World, **changes: Any) -> Placement:
    facts: dict[str, Any] = {"coverage": "not_placed", "reason": "no_address", "placed_at": world.now}
    return Placement.objects.create(customer=world.clara, **{**facts, **changes})


def sales_twice(world: World, **changes: Any) -> None:
    facts: dict[str, Any] = {"day": world.now.date(), "country": "US", "channel": "offer", **changes}
    for _ in range(2):
        DailySales.objects.create(**facts)


def run(world: World, **changes: Any) -> PlacingRun:
    return PlacingRun.objects.create(made_at=world.now, changed_at=world.now, **changes)


def plan(world: World, **changes: Any) -> EventPlan:
    return EventPlan.objects.create(name="Tasting", made_at=world.now, changed_at=world.now, **changes)


def venue(world: World, times: int = 1, **changes: Any) -> None:
    of = plan(world)
    for name in ("Shop", "shop")[:times]:
        PlanVenue.objects.create(plan=of, name=name, **{"latitude": 47, "longitude": -122, **changes})


def tour(world: World, **changes: Any) -> Tour:
    return Tour.objects.create(name="West", made_at=world.now, changed_at=world.now, **changes)


def stop(world: World, times: int = 1, **changes: Any) -> None:
    of = tour(world)
    for _ in range(times):
        TourStop.objects.create(tour=of, position=1, **{"latitude": 47, "longitude": -122, **changes})


def search(world: World, **changes: Any) -> NotesRun:
    facts: dict[str, Any] = {
        "state": "finished",
        "last_day": world.now.date(),
        "actor_kind": "system",
        **changes,
    }
    return NotesRun.objects.create(made_at=world.now, changed_at=world.now, **facts)


def searches(world: World, **changes: Any) -> None:
    for _ in range(2):
        search(world, **changes)


def note(world: World, run: NotesRun | None = None, **changes: Any) -> Note:
    facts: dict[str, Any] = {"subject": "growing:metro:42660", "rank": 1, "fact": {}, **changes}
    return Note.objects.create(run=run or search(world), found_at=world.now, **facts)


def notes(world: World) -> None:
    run = search(world)
    for _ in range(2):
        note(world, run)


BREACHES: dict[str, Breach] = {
    "placement_precision_is_legal": lambda world: placement(world, precision="odd"),
    "placement_coverage_is_legal": lambda world: placement(world, coverage="odd"),
    "placement_reason_is_legal": lambda world: placement(world, reason="odd"),
    "placement_point_on_earth": lambda world: placement(world, coverage="placed", latitude=91, longitude=0),
    "placement_placed_has_its_point": lambda world: placement(world, coverage="placed"),
    "placement_excluded_is_nowhere": lambda world: placement(world, coverage="excluded", country="US"),
    "daily_sales_once": lambda world: sales_twice(world, group=world.premier),
    "daily_sales_once_without_group": sales_twice,
    "daily_sales_channel_is_legal": lambda world: sales_twice(world, channel="odd"),
    "daily_sales_not_negative": lambda world: sales_twice(world, orders=-1),
    "notes_run_state_is_legal": lambda world: search(world, state="odd"),
    "notes_run_one_at_a_time": lambda world: searches(world, state="running"),
    "notes_run_once_a_monday": lambda world: searches(world, monday=world.now.date()),
    "note_state_is_legal": lambda world: note(world, state="odd"),
    "note_open_once_a_subject": notes,
    "note_settled_has_its_time": lambda world: note(world, state="acted"),
    "placing_run_state_is_legal": lambda world: run(world, state="odd"),
    "event_plan_weight_is_legal": lambda world: plan(world, weight="odd"),
    "event_plan_reach_kind_is_legal": lambda world: plan(world, reach_kind="odd"),
    "event_plan_point_on_earth": lambda world: plan(world, latitude=47),
    "event_plan_site_on_earth": lambda world: plan(world, site_latitude=91, site_longitude=0),
    "event_plan_numbers_make_sense": lambda world: plan(world, rate=101),
    "event_plan_moment_is_meant": lambda world: plan(world, begins_at=datetime(2300, 1, 1, tzinfo=UTC)),
    "plan_venue_name_once": lambda world: venue(world, 2),
    "plan_venue_on_earth": lambda world: venue(world, longitude=181),
    "tour_weight_is_legal": lambda world: tour(world, weight="odd"),
    "tour_start_on_earth": lambda world: tour(world, start_longitude=0),
    "tour_numbers_make_sense": lambda world: tour(world, count=0),
    "tour_stop_position_once": lambda world: stop(world, 2),
    "tour_stop_on_earth": lambda world: stop(world, latitude=-91),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
