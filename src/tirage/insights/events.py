"""Events: planned, given a place, and removed; who lives within reach of them, and who of those may be invited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle, write_changed
from tirage.core.locks import lock_row
from tirage.insights.gathering import gather_spots, read_definition, readable
from tirage.insights.plan_models import EventPlan, PlanVenue
from tirage.insights.rules.centres import central_point
from tirage.insights.rules.discs import best_disc
from tirage.insights.rules.reach import (
    LEAST_MILES,
    LEAST_MINUTES,
    MOST_MILES,
    MOST_MINUTES,
    Site,
    miles_of_minutes,
    site_at,
    within,
)
from tirage.insights.rules.sphere import Spot
from tirage.insights.rules.typed import TypedPlace, find_typed, place_name
from tirage.insights.states import ReachKind, Weight
from tirage.segments.keeping import hold_named
from tirage.segments.rules import serialise

MOST_VENUES = 12
#: How long a removed plan can be put back.
KEPT_DAYS = 30
_NAME = 80
UNKNOWN_PLACE = (
    "This place isn’t in the tables. Type a ZIP, a city with its state or country such as “Bellevue, WA”, "
    "or two coordinates."
)


def save_plan(
    *,
    plan: EventPlan | None,
    values: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> EventPlan:
    """Plans an event, or changes ``plan``; ``values`` are columns of it by name, ``shown`` what the form showed.

    Locks the plan and what its filter names. Records ``event_plan.saved``. Raises DomainError ``name_missing``,
    ``unknown_place``, ``reach``, ``filter``, ``not_found``, Overtaken.
    """
    with transaction.atomic():
        saved = (
            _locked(plan) if plan else EventPlan(made_at=now, changed_at=now, actor_label=actor.label[:200])
        )
        stands = {name: getattr(saved, name) for name in values}
        found = dict(settle(dict(values), shown=shown, stands=stands))
        found |= _checked(found)
        if write_changed(saved, found | {"changed_at": now}):
            _record(EventName.EVENT_PLANNED, saved, f"planned the event {saved.name}", actor, now)
    return saved


def _locked(plan: EventPlan) -> EventPlan:
    found = lock_row(EventPlan.objects.filter(pk=plan.pk, removed_at=None))
    if found is None:
        raise DomainError("not_found", "Somebody removed this plan meanwhile.")
    return found


def _record(name: EventName, plan: EventPlan, words: str, actor: Actor, now: datetime) -> None:
    record_event(name, "event_plan", plan.pk, text=words, actor=actor, now=now)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns that follow from what was typed. Raises DomainError."""
    name = " ".join(str(values["name"]).split())[:_NAME]
    if not name:
        raise DomainError("name_missing", "Name the event.", {"name": "Name the event."})
    _refuse_reach(values)
    return {"name": name, **checked_filter(values["definition"]), **placed("around", values["around"])}


def _refuse_reach(values: Mapping[str, Any]) -> None:
    in_miles = values["reach_kind"] == ReachKind.MILES
    least, most = (LEAST_MILES, MOST_MILES) if in_miles else (LEAST_MINUTES, MOST_MINUTES)
    if not least <= values["reach"] <= most:
        words = f"Choose {least} to {most} {'miles' if in_miles else 'minutes'}."
        raise DomainError("reach", words, {"reach": words})
    miles = miles_of_minutes(values["reach"], values["speed"])
    if not in_miles and not LEAST_MILES <= miles <= MOST_MILES:
        come = f"So many minutes at this speed are {miles:.0f} miles"
        words = f"{come}; choose what comes to {LEAST_MILES} to {MOST_MILES}."
        raise DomainError("reach", words, {"reach": words})


def checked_filter(text: str) -> dict[str, str]:
    """The filter in its own spelling; what it names stays while it is kept. Raises DomainError ``filter``."""
    node = read_definition(text)
    if node is not None:
        hold_named(node)
    return {"definition": serialise(node) if node is not None else ""}


def placed(
    field: str, typed: str, latitude: str = "latitude", longitude: str = "longitude"
) -> dict[str, Any]:
    """The columns of a place that was typed. Raises DomainError ``unknown_place``."""
    text = " ".join(typed.split())
    if not text:
        return {field: "", latitude: None, longitude: None}
    found = find_typed(text)
    if found is None:
        raise DomainError("unknown_place", UNKNOWN_PLACE, {field: UNKNOWN_PLACE})
    return {field: text[:160], latitude: found.latitude, longitude: found.longitude}


def add_venue(*, plan: EventPlan, name: str, place: str, actor: Actor, now: datetime) -> PlanVenue:
    """A place that could take the event. Raises DomainError ``name_missing``, ``unknown_place``, ``too_many``,
    ``name_taken``, ``not_found``.
    """
    wanted, found = " ".join(name.split())[:_NAME], find_typed(place)
    if not wanted:
        raise DomainError("name_missing", "Name the venue.", {"venue": "Name the venue."})
    if found is None:
        raise DomainError("unknown_place", UNKNOWN_PLACE, {"place": UNKNOWN_PLACE})
    with transaction.atomic():
        locked = _locked(plan)
        if locked.venues.count() >= MOST_VENUES:
            raise Conflict("too_many", f"{MOST_VENUES} venues can be compared. Remove one first.")
        if locked.venues.filter(name__iexact=wanted).exists():
            words = f"There is a venue {wanted} already."
            raise DomainError("name_taken", words, {"venue": words})
        made = PlanVenue.objects.create(
            plan=locked,
            name=wanted,
            place=found.name[:160],
            latitude=found.latitude,
            longitude=found.longitude,
        )
        words = f"added the venue {wanted} to the event {locked.name}"
        _record(EventName.EVENT_PLANNED, locked, words, actor, now)
    return made


def remove_venue(*, plan: EventPlan, venue: PlanVenue, actor: Actor, now: datetime) -> None:
    """Takes a venue off the comparison; an event that was given this place keeps it."""
    with transaction.atomic():
        locked = _locked(plan)
        if PlanVenue.objects.filter(pk=venue.pk, plan=locked).delete()[0]:
            words = f"removed the venue {venue.name} from the event {locked.name}"
            _record(EventName.EVENT_PLANNED, locked, words, actor, now)


def choose_site(*, plan: EventPlan, site: TypedPlace, actor: Actor, now: datetime) -> None:
    """Decides where the event is held. Records ``event_plan.placed``. Raises DomainError ``not_found``."""
    with transaction.atomic():
        locked = _locked(plan)
        values = {
            "site": site.name[:160],
            "site_latitude": site.latitude,
            "site_longitude": site.longitude,
            "changed_at": now,
        }
        if (locked.site_latitude, locked.site_longitude) != (site.latitude, site.longitude):
            values["guests"] = None  # the list that was kept is of another place
        write_changed(locked, values)
        _record(EventName.EVENT_PLACED, locked, f"put the event {locked.name} at {site.name}", actor, now)


def remove_plan(*, plan: EventPlan, actor: Actor, now: datetime) -> None:
    """Takes a plan out of sight; ``restore_plan`` brings it back for a month. Those removed before are forgotten."""
    with transaction.atomic():
        locked = _locked(plan)
        EventPlan.objects.filter(removed_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
        write_changed(locked, {"removed_at": now})
        _record(EventName.EVENT_REMOVED, locked, f"removed the plan of the event {locked.name}", actor, now)


def restore_plan(*, plan: EventPlan, actor: Actor, now: datetime) -> None:
    """Puts a removed plan back; one that wasn't removed stays as it is."""
    with transaction.atomic():
        locked = lock_row(EventPlan.objects.filter(pk=plan.pk))
        if locked is None:
            raise DomainError("not_found", "This plan was removed too long ago.")
        if write_changed(locked, {"removed_at": None}):
            _record(
                EventName.EVENT_PUT_BACK, locked, f"put the plan of the event {locked.name} back", actor, now
            )


def events_that_name(text: str) -> list[str]:
    """Events whose filter has this text in it, as a sentence names them."""
    found = EventPlan.objects.filter(definition__contains=text, removed_at=None).order_by("name")
    return [f"the event {one.name}" for one in found]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place for an event with how it does; ``key`` chooses it: ``disc``, ``centre``, ``site`` or ``venue-12``."""

    key: str
    name: str
    words: str
    site: Site
    venue: PlanVenue | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A plan with its people: ``spots`` of the region that was looked at, and the places that were weighed."""

    miles: float
    spots: Sequence[Spot]
    candidates: Sequence[Candidate]
    problem: str = ""

    @property
    def people(self) -> int:
        return sum(spot.people for spot in self.spots)

    @property
    def value(self) -> int:
        return sum(spot.value for spot in self.spots)

    def find(self, key: str) -> Candidate | None:
        return next((one for one in self.candidates if one.key == key), None)


def reach_of(plan: EventPlan) -> float:
    """The reach in miles as the crow flies."""
    if plan.reach_kind == ReachKind.MINUTES:
        return miles_of_minutes(plan.reach, plan.speed)
    return float(plan.reach)


def weigh_plan(plan: EventPlan, now: datetime) -> Weighed:
    """Finds the best places and compares them with those typed in; three statements or four."""
    miles = reach_of(plan)
    node, problem = readable(plan.definition)
    everybody = [] if problem else gather_spots(node, Weight(plan.weight), now)
    spots = _region(plan, everybody, miles)
    found = [*_proposed(spots, miles), *_venues(plan, spots, miles)]
    if plan.site_latitude is not None and plan.site_longitude is not None:
        site = site_at(plan.site_latitude, plan.site_longitude, spots, miles)
        found.append(Candidate("site", plan.site, "Where the event is held", site))
    return Weighed(miles, spots, found, problem)


def _region(plan: EventPlan, everybody: Sequence[Spot], miles: float) -> list[Spot]:
    """Who lives around the place that was typed, or around where the most value is."""
    if plan.latitude is not None and plan.longitude is not None:
        return within(plan.latitude, plan.longitude, everybody, max(plan.radius, miles))
    best = best_disc(everybody, miles)
    return within(best.latitude, best.longitude, everybody, max(plan.radius, miles)) if best else []


def _proposed(spots: Sequence[Spot], miles: float) -> list[Candidate]:
    found = []
    disc, centre = best_disc(spots, miles), central_point(spots)
    if disc is not None:
        site = site_at(disc.latitude, disc.longitude, spots, miles)
        words = "The circle that holds the most"
        found.append(Candidate("disc", place_name(disc.latitude, disc.longitude), words, site))
    if centre is not None:
        site = site_at(*centre, spots, miles)
        found.append(Candidate("centre", place_name(*centre), "The shortest ways for all together", site))
    return found


def _venues(plan: EventPlan, spots: Sequence[Spot], miles: float) -> list[Candidate]:
    return [
        Candidate(
            f"venue-{one.pk}", one.name, one.place, site_at(one.latitude, one.longitude, spots, miles), one
        )
        for one in plan.venues.order_by("pk")
    ]
