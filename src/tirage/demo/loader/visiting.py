"""An evening with guests to be invited, and two tours: one on the road, one on screens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.insights.events import add_venue, choose_site, save_plan, weigh_plan
from tirage.insights.inviting import keep_guests
from tirage.insights.rules.typed import TypedPlace
from tirage.insights.tours import save_tour

_BUYERS = "orders(from:1)"
_VENUES = (("A loft downtown", "98101"), ("The wine room", "Bellevue, WA"), ("The old cannery", "Tacoma, WA"))
_TOURS: tuple[dict[str, Any], ...] = (
    {"name": "Four cities in winter", "count": 4, "is_virtual": False, "start": "95448", "days_apart": 2},
    {"name": "Tasting on screens", "count": 7, "is_virtual": True, "start": "", "days_apart": 7},
)


def plan_visits(now: datetime, actor: Actor) -> None:
    """Once everybody is on the map; where nobody is (a very small demo) there are none."""
    try:
        _plan_evening(now, actor)
        _plan_tours(now, actor)
    except DomainError:
        return


def _plan_evening(now: datetime, actor: Actor) -> None:
    begins = local_time(now + timedelta(days=45)).replace(hour=18, minute=30, second=0, microsecond=0)
    values: dict[str, Any] = {
        "name": "An evening in Seattle",
        "definition": _BUYERS,
        "weight": "value",
        "around": "Seattle, WA",
        "radius": 60,
        "reach_kind": "miles",
        "reach": 20,
        "speed": 30,
        "rate": 18,
        "begins_at": begins,
    }
    plan = save_plan(plan=None, values=values, actor=actor, now=now)
    for name, place in _VENUES:
        add_venue(plan=plan, name=name, place=place, actor=actor, now=now)
    chosen = next((one for one in weigh_plan(plan, now).candidates if one.venue), None)
    if chosen is None:
        return
    name = f"{chosen.name}, {chosen.words}"
    site = TypedPlace(name, chosen.site.latitude, chosen.site.longitude)
    choose_site(plan=plan, site=site, actor=actor, now=now)
    plan.refresh_from_db()
    keep_guests(plan=plan, name="Guests in Seattle", actor=actor, now=now)


def _plan_tours(now: datetime, actor: Actor) -> None:
    for facts in _TOURS:
        values = {
            "definition": _BUYERS,
            "weight": "value",
            "miles": 25,
            "rate": 15,
            "begins_on": local_time(now + timedelta(days=60)).date(),
            **facts,
        }
        save_tour(tour=None, values=values, actor=actor, now=now)
