"""What the page of an event says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.frame.who import with_filter
from tirage.backoffice.insights.ground import Mark, ground
from tirage.backoffice.insights.whom import WEIGHTS
from tirage.insights.events import Candidate, Weighed, reach_of, weigh_plan
from tirage.insights.gathering import readable
from tirage.insights.inviting import Guests, guests_at, nearest_filter
from tirage.insights.plan_models import EventPlan
from tirage.insights.rules.reach import DETOUR, expected_guests
from tirage.insights.rules.typed import place_name
from tirage.insights.states import ReachKind, Weight
from tirage.segments.naming import say_filter

#: What stands on the marks of proposed places; venues have letters.
_SIGNS = {"disc": "1", "centre": "2", "site": "★"}


@dataclass(frozen=True, slots=True)
class Row:
    """A place for the event; ``part`` is its value's share of all that was looked at."""

    sign: str
    one: Candidate
    part: Decimal
    guests: int
    is_site: bool


def crumbs() -> list[tuple[str, str]]:
    return [
        ("Insights", reverse("backoffice:insights")),
        ("Events", reverse("backoffice:event_plans")),
    ]


def reach_words(plan: EventPlan) -> str:
    if plan.reach_kind == ReachKind.MILES:
        return f"{plan.reach} miles"
    return f"{plan.reach} minutes by car"


def assumption_of(plan: EventPlan) -> str:
    """What is assumed of minutes; empty for miles."""
    if plan.reach_kind == ReachKind.MILES:
        return ""
    return (
        f"{plan.reach} minutes at {plan.speed} miles an hour, on roads {DETOUR} times as long as the crow flies: "
        f"{reach_of(plan):.1f} miles."
    )


def shown(plan: EventPlan, now: datetime) -> dict[str, Any]:
    """The context of the page; statements as ``weigh_plan``, and those of the guests once there is a place."""
    weighed = weigh_plan(plan, now)
    rows = _rows(plan, weighed)
    node, _ = readable(plan.definition)
    context: dict[str, Any] = {
        "crumbs": [*crumbs(), (plan.name, "")],
        "plan": plan,
        "said": say_filter(node) if node is not None else "",
        "weighed": weighed,
        "rows": rows,
        "is_money": plan.weight == Weight.VALUE,
        "weight_words": dict(WEIGHTS)[plan.weight],
        "reach_words": reach_words(plan),
        "assumption": assumption_of(plan),
        "drawing": _drawing(plan, weighed, rows),
        "around": _around(plan, weighed),
    }
    if plan.site_latitude is not None and plan.site_longitude is not None:
        context |= _guests(plan, guests_at(plan, plan.site_latitude, plan.site_longitude, now))
    return context


def _around(plan: EventPlan, weighed: Weighed) -> str:
    if plan.around:
        return plan.around
    disc = weighed.find("disc")
    return place_name(disc.site.latitude, disc.site.longitude) if disc else ""


def _rows(plan: EventPlan, weighed: Weighed) -> list[Row]:
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    site = (plan.site_latitude, plan.site_longitude)
    return [
        Row(
            sign=_SIGNS.get(one.key) or next(letters),
            one=one,
            part=Decimal(one.site.value) / weighed.value if weighed.value else Decimal(0),
            guests=expected_guests(one.site.people, plan.rate),
            is_site=(one.site.latitude, one.site.longitude) == site,
        )
        for one in weighed.candidates
        # Where it is held is often one of the others, which then says so.
        if one.key != "site" or not _stands_among(weighed, one)
    ]


def _stands_among(weighed: Weighed, site: Candidate) -> bool:
    at = (site.site.latitude, site.site.longitude)
    return any(
        other.key != "site" and (other.site.latitude, other.site.longitude) == at
        for other in weighed.candidates
    )


def _drawing(plan: EventPlan, weighed: Weighed, rows: Sequence[Row]) -> SafeString:
    marks = [
        Mark(
            row.one.site.latitude,
            row.one.site.longitude,
            row.sign,
            row.one.name,
            kind="site" if row.is_site else "venue" if row.one.venue else "mark",
            miles=weighed.miles if row.is_site or row.one.key == "disc" else 0,
        )
        for row in rows
    ]
    title = f"{weighed.people:,} people around {_around(plan, weighed)}, and places for the event; the table says which"
    return ground(weighed.spots, marks, title=title)


def _guests(plan: EventPlan, guests: Guests) -> dict[str, Any]:
    definition = nearest_filter(plan, plan.site_latitude or 0.0, plan.site_longitude or 0.0)
    context: dict[str, Any] = {
        "guests": guests,
        "segment_url": with_filter(reverse("backoffice:new_segment"), definition),
        "calendar_url": reverse("backoffice:event_calendar", args=[plan.reference]) if plan.begins_at else "",
    }
    if plan.guests is not None:
        text = f"list(list:{plan.guests.reference})"
        context |= {"list_url": with_filter(reverse("backoffice:customers"), text)}
    return context
