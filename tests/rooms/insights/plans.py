"""An event and a tour, planned, for pages that show them."""

from __future__ import annotations

from datetime import date

from tests.rooms.insights.places import settle_at
from tests.world import World
from tirage.insights.events import add_venue, choose_site, save_plan
from tirage.insights.inviting import keep_guests
from tirage.insights.plan_models import EventPlan, Tour
from tirage.insights.rules.typed import TypedPlace
from tirage.insights.tours import save_tour


def planned_event(world: World) -> EventPlan:
    """With a venue, a place, and Ana on its list of guests."""
    settle_at(world, world.ana, "94110", spent=900_00)
    settle_at(world, world.ben, "94301", spent=400_00)
    type(world.ana).objects.filter(pk=world.ana.pk).update(marketing_consent_at=world.now)
    values = {
        "name": "Evening by the bay", "definition": "", "weight": "value", "around": "", "radius": 60,
        "reach_kind": "minutes", "reach": 60, "speed": 30, "rate": 50, "begins_at": world.now,
    }  # fmt: skip
    plan = save_plan(plan=None, values=values, actor=world.staff, now=world.now)
    add_venue(plan=plan, name="Wine shop", place="94110", actor=world.staff, now=world.now)
    site = TypedPlace("Wine shop, San Francisco", 37.7509, -122.4153)
    choose_site(plan=plan, site=site, actor=world.staff, now=world.now)
    plan.refresh_from_db()
    keep_guests(plan=plan, name="Guests by the bay", actor=world.staff, now=world.now)
    plan.refresh_from_db()
    return plan


def planned_tour(world: World) -> Tour:
    """Two stops at most, after ``planned_event`` has put people on the map."""
    values = {
        "name": "Down the coast", "definition": "", "weight": "value", "miles": 20, "count": 2, "rate": 20,
        "is_virtual": False, "begins_on": date(2026, 11, 2), "days_apart": 1, "start": "95448",
    }  # fmt: skip
    return save_tour(tour=None, values=values, actor=world.staff, now=world.now)
