"""Tours: stops that hold the most within reach, nobody counted twice, and the way through them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import days_after
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle, write_changed
from tirage.core.locks import lock_row
from tirage.insights.events import KEPT_DAYS, checked_filter, placed
from tirage.insights.gathering import area_of, gather_spots, readable
from tirage.insights.plan_models import Tour, TourStop
from tirage.insights.rules.areas import AreaKind, area_name
from tirage.insights.rules.discs import RIM_MILES, Near
from tirage.insights.rules.reach import expected_guests
from tirage.insights.rules.sphere import Spot, arc_of_miles
from tirage.insights.rules.stops import MOST_PLACES, choose_stops, shortest_way
from tirage.insights.rules.typed import place_name
from tirage.insights.states import Weight
from tirage.places import miles_between

MOST_STOPS = 12
_NAME = 80


def save_tour(
    *,
    tour: Tour | None,
    values: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Tour:
    """Plans a tour and chooses its stops, or changes ``tour`` and chooses them anew.

    Locks the tour and what its filter names. Records ``tour.saved``. Raises DomainError ``name_missing``,
    ``unknown_place``, ``filter``, ``nobody``, ``not_found``, Overtaken.
    """
    with transaction.atomic():
        saved = _locked(tour) if tour else Tour(made_at=now, changed_at=now, actor_label=actor.label[:200])
        stands = {name: getattr(saved, name) for name in values}
        found = dict(settle(dict(values), shown=shown, stands=stands))
        found |= _checked(found)
        write_changed(saved, found | {"changed_at": now})
        _choose(saved, now)
        _record(EventName.TOUR_PLANNED, saved, f"planned the tour {saved.name}", actor, now)
    return saved


def _locked(tour: Tour) -> Tour:
    found = lock_row(Tour.objects.filter(pk=tour.pk, removed_at=None))
    if found is None:
        raise DomainError("not_found", "Somebody removed this tour meanwhile.")
    return found


def _record(name: EventName, tour: Tour, words: str, actor: Actor, now: datetime) -> None:
    record_event(name, "tour", tour.pk, text=words, actor=actor, now=now)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    name = " ".join(str(values["name"]).split())[:_NAME]
    if not name:
        raise DomainError("name_missing", "Name the tour.", {"name": "Name the tour."})
    start = placed("start", values["start"], "start_latitude", "start_longitude")
    return {"name": name, **checked_filter(values["definition"]), **start}


def choose_again(*, tour: Tour, actor: Actor, now: datetime) -> Tour:
    """Chooses the stops anew, by where people live now. Records ``tour.saved``. Raises DomainError ``nobody``."""
    with transaction.atomic():
        saved = _locked(tour)
        _choose(saved, now)
        write_changed(saved, {"changed_at": now})
        _record(EventName.TOUR_PLANNED, saved, f"chose the stops of the tour {saved.name} anew", actor, now)
    return saved


def _choose(tour: Tour, now: datetime) -> None:
    node, problem = readable(tour.definition)
    if problem:
        raise DomainError("filter", problem, {"definition": problem})
    spots = gather_spots(node, Weight(tour.weight), now)
    places = proposed_stops(spots, tour.miles)
    choice = choose_stops([one.holds for one in places], [spot.value for spot in spots], tour.count)
    if not choice.stops:
        words = "Nobody of these is on the map, or nobody bought anything yet."
        raise DomainError("nobody", words, {"definition": words})
    stops = [places[one] for one in choice.stops]
    if not tour.is_virtual:
        has_start = tour.start_latitude is not None and tour.start_longitude is not None
        start = (tour.start_latitude or 0.0, tour.start_longitude or 0.0) if has_start else None
        order = shortest_way([(stop.latitude, stop.longitude) for stop in stops], start)
        stops = [stops[one] for one in order]
    tour.stops.all().delete()
    TourStop.objects.bulk_create(
        TourStop(tour=tour, position=at, name=one.name[:160], latitude=one.latitude, longitude=one.longitude)
        for at, one in enumerate(stops, start=1)
    )
    Tour.objects.filter(pk=tour.pk).update(
        assured=1000 if choice.is_exact else math.floor(choice.share * 1000)
    )


@dataclass(frozen=True, slots=True)
class Proposed:
    """The best stop of a metro area, and which spots it holds."""

    name: str
    latitude: float
    longitude: float
    holds: frozenset[int]


def proposed_stops(spots: Sequence[Spot], miles: float) -> list[Proposed]:
    """Of each of the metro areas worth most the ZIP that holds the most within reach, whosever it is.

    Who lives outside of all metro areas is a stop of their own ZIP; abroad, their country's best city is.
    """
    areas: dict[tuple[AreaKind, str], list[int]] = {}
    for at, spot in enumerate(spots):
        if spot.value > 0:
            areas.setdefault(area_of(spot), []).append(at)
    worth = {area: sum(spots[at].value for at in some) for area, some in areas.items()}
    best = sorted(worth, key=lambda area: (-worth[area], area))[:MOST_PLACES]
    arc = arc_of_miles(miles + RIM_MILES)
    near = Near(spots, math.degrees(arc))
    return [_best_of(area, areas[area], spots, near, arc) for area in best]


def _best_of(
    area: tuple[AreaKind, str], some: Sequence[int], spots: Sequence[Spot], near: Near, arc: float
) -> Proposed:
    def most(at: int) -> int:
        return near.most(spots[at].latitude, spots[at].longitude, arc)

    best, held, value = some[0], frozenset[int](), -1
    for bound, at in sorted(((most(at), at) for at in some), reverse=True):
        if bound <= value:
            break
        found = frozenset(one for _, one in near.around(spots[at].latitude, spots[at].longitude, arc))
        worth = sum(spots[one].value for one in found)
        if worth > value:
            best, held, value = at, found, worth
    spot = spots[best]
    name = area_name(*area)
    around = place_name(spot.latitude, spot.longitude)
    called = name if area[0] is AreaKind.ZIP else f"{name}: {around}"
    return Proposed(called, spot.latitude, spot.longitude, held)


def remove_tour(*, tour: Tour, actor: Actor, now: datetime) -> None:
    """Takes a tour out of sight; ``restore_tour`` brings it back for a month. Those removed before are forgotten."""
    with transaction.atomic():
        locked = _locked(tour)
        Tour.objects.filter(removed_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
        write_changed(locked, {"removed_at": now})
        _record(EventName.TOUR_REMOVED, locked, f"removed the tour {locked.name}", actor, now)


def restore_tour(*, tour: Tour, actor: Actor, now: datetime) -> None:
    """Puts a removed tour back; one that wasn't removed stays as it is."""
    with transaction.atomic():
        locked = lock_row(Tour.objects.filter(pk=tour.pk))
        if locked is None:
            raise DomainError("not_found", "This tour was removed too long ago.")
        if write_changed(locked, {"removed_at": None}):
            _record(EventName.TOUR_PUT_BACK, locked, f"put the tour {locked.name} back", actor, now)


def tours_that_name(text: str) -> list[str]:
    """Tours whose filter has this text in it, as a sentence names them."""
    found = Tour.objects.filter(definition__contains=text, removed_at=None).order_by("name")
    return [f"the tour {one.name}" for one in found]


@dataclass(frozen=True, slots=True)
class StopShown:
    """A stop with who is nearest to it of those within reach of any; ``away`` is miles from the stop before."""

    stop: TourStop
    day: date | None
    people: int
    value: int
    guests: int
    away: float | None


@dataclass(frozen=True, slots=True)
class TourShown:
    stops: Sequence[StopShown]
    spots: Sequence[Spot]
    problem: str = ""

    @property
    def people(self) -> int:
        return sum(one.people for one in self.stops)

    @property
    def value(self) -> int:
        return sum(one.value for one in self.stops)

    @property
    def guests(self) -> int:
        return sum(one.guests for one in self.stops)

    @property
    def everybody(self) -> int:
        return sum(spot.people for spot in self.spots)

    @property
    def all_value(self) -> int:
        return sum(spot.value for spot in self.spots)

    @property
    def away(self) -> float:
        return sum(one.away or 0 for one in self.stops)


def show_tour(tour: Tour, now: datetime) -> TourShown:
    """The stops with whom each is for; everybody counts at the nearest stop, once. Three statements or four."""
    node, problem = readable(tour.definition)
    spots = [] if problem else gather_spots(node, Weight(tour.weight), now)
    stops = list(tour.stops.order_by("position"))
    held = _shared(stops, spots, tour.miles)
    shown: list[StopShown] = []
    before: tuple[float, float] | None = None
    if tour.start_latitude is not None and tour.start_longitude is not None:
        before = (tour.start_latitude, tour.start_longitude)
    for at, stop in enumerate(stops):
        here = (stop.latitude, stop.longitude)
        people = sum(spot.people for spot in held[at])
        shown.append(
            StopShown(
                stop=stop,
                day=day_of_stop(tour, at),
                people=people,
                value=sum(spot.value for spot in held[at]),
                guests=expected_guests(people, tour.rate),
                away=miles_between(*before, *here) if before and not tour.is_virtual else None,
            )
        )
        before = here
    return TourShown(shown, spots, problem)


def _shared(stops: Sequence[TourStop], spots: Sequence[Spot], miles: float) -> list[list[Spot]]:
    """Each spot within reach of any stop goes to the nearest."""
    held: list[list[Spot]] = [[] for _ in stops]
    arc = arc_of_miles(miles + RIM_MILES)
    near = Near(spots, math.degrees(arc))
    nearest: dict[int, tuple[float, int]] = {}
    for at, stop in enumerate(stops):
        for closeness, spot in near.around(stop.latitude, stop.longitude, arc):
            if spot not in nearest or closeness > nearest[spot][0]:
                nearest[spot] = (closeness, at)
    for spot, (_, at) in nearest.items():
        held[at].append(spots[spot])
    return held


def day_of_stop(tour: Tour, at: int) -> date | None:
    """The day of the stop at this place, from 0."""
    return days_after(tour.begins_on, at * tour.days_apart) if tour.begins_on else None
