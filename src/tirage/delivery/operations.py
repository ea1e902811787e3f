"""What staff change about where wine may go, how, and for how much.

Every act records ``delivery.saved``. Amounts are minor units of the winery's currency.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError, QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import Clash, Overtaken, say_changed, settle, write_changed
from tirage.core.locks import lock_row, lock_rows
from tirage.core.texts import fitting
from tirage.core.uses import count_uses
from tirage.customers.models import Group
from tirage.delivery.carriers import CARRIERS, MOST_DAYS
from tirage.delivery.models import Destination, Method, RateTable, Zone
from tirage.delivery.pickups import WAITING_DAYS, waiting_problems
from tirage.delivery.states import MethodKind, Visibility
from tirage.places.states import STATES

M = TypeVar("M", bound=models.Model)
LONGEST_ZONE, LONGEST_PLACE = 60, 80
#: Pages have both in their addresses.
_COUNTRY, _STATE = re.compile("[A-Z]{2}"), re.compile("[A-Z0-9-]{0,10}")


@transaction.atomic
def save_zone(
    *,
    zone: Zone | None,
    name: str,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Zone:
    """Makes or renames a zone; ``shown`` is the name that was seen. Locks it. Raises DomainError ``zone_invalid``,
    Overtaken.
    """
    saved = Zone() if zone is None else _locked(Zone.objects.filter(pk=zone.pk), "zone")
    stands = {} if zone is None else {"name": saved.name}
    name = settle({"name": " ".join(name.split())}, shown=shown, stands=stands)["name"]
    if problem := zone_name_problem(name):
        raise DomainError("zone_invalid", problem, {"name": problem})
    if Zone.objects.filter(name__iexact=name).exclude(pk=zone.pk if zone else 0).exists():
        words = f"There is a zone {name} already."
        raise DomainError("zone_invalid", words, {"name": words})
    before = saved.name
    if write_changed(saved, {"name": name}):
        said = f"made the zone {name}" if zone is None else f"renamed the zone {before} to {name}"
        _record(said, "zone", saved.pk, actor, now)
    return saved


def _locked(rows: QuerySet[M], what: str) -> M:
    found = lock_row(rows)
    if found is None:
        raise Conflict(f"{what}_gone", f"Somebody else removed this {what} meanwhile.")
    return found


def zone_name_problem(name: str) -> str:
    """What is wrong with a zone's name; empty when it can be one. Pages have the name in their address."""
    if not name:
        return "Give the zone a name."
    if len(name) > LONGEST_ZONE:
        return f"A zone's name has {LONGEST_ZONE} letters at most."
    if set(name) & set("/\\?#%") or not name.strip(".") or not name.isprintable():
        return "Write the zone's name in letters, such as West or Zone 2."
    return ""


@transaction.atomic
def delete_zone(*, zone: Zone, actor: Actor, now: datetime) -> None:
    """Removes a zone with its rates; its destinations stay, without a zone and so without shipping rates."""
    zone_id = zone.pk
    zone.delete()
    _record(f"removed the zone {zone.name} and its rates", "zone", zone_id, actor, now)


@dataclass(frozen=True, slots=True)
class DestinationValues:
    """A destination as typed or imported; ``zone`` is a name, empty for none."""

    country: str
    state: str
    name: str
    zone: str
    is_open: bool
    source: str = ""
    checked_on: date | None = None


def destination_values(place: Destination) -> DestinationValues:
    """A destination as it stands."""
    return DestinationValues(
        place.country,
        place.state,
        place.name,
        place.zone.name if place.zone else "",
        place.is_open,
        place.source,
        place.checked_on,
    )


@transaction.atomic
def save_destination(
    *,
    values: DestinationValues,
    destination: Destination | None = None,
    is_new: bool = False,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Destination:
    """Makes or changes the destination of that country and state, or ``destination``, whatever its country and state.

    ``is_new`` refuses one that is there already. Of what was ``shown`` only what differs from it is changed. Locks it.
    Raises DomainError ``destination_invalid``, Overtaken.
    """
    place = None
    if destination is not None:
        place = _locked(Destination.objects.filter(pk=destination.pk), "destination")
        stands = asdict(destination_values(place))
        values = DestinationValues(**settle(asdict(values), shown=shown, stands=stands))
    others = Destination.objects.filter(country=values.country, state=values.state)
    problems = destination_problems(values, _zones())
    if (is_new or place) and (other := others.exclude(pk=place.pk if place else 0).first()):
        problems["state" if values.state else "country"] = (
            f"{other.name} is there already: change it on its own page."
        )
    if problems:
        raise DomainError("destination_invalid", "This destination can't be saved.", problems)
    place = place or lock_row(others)
    saved, changed = _write_destination(place or Destination(), values, _zones())
    if changed:
        _record(_say_destinations([(saved, changed if place else [])]), "destination", saved.pk, actor, now)
    return saved


def closing_places(rows: Sequence[DestinationValues]) -> dict[tuple[str, str], str]:
    """The names of places that are open and that ``rows`` close, by country and state."""
    closed = {(row.country, row.state) for row in rows if not row.is_open}
    if not closed:
        return {}
    there = Destination.objects.filter(is_open=True).values_list("country", "state", "name")
    return {(country, state): name for country, state, name in there if (country, state) in closed}


@transaction.atomic
def save_destinations(
    *,
    rows: Sequence[DestinationValues],
    shown: Sequence[Mapping[str, Any] | None] = (),
    actor: Actor,
    now: datetime,
) -> int:
    """Makes or changes many destinations at once; unknown zones are made. All or none.

    ``shown``: for each row what a page showed of it; of that only what differs from it is changed. Locks the
    destinations. Raises DomainError ``destination_invalid`` with ``fields`` of row positions (``"0"``…), Overtaken
    with names ``<position>.<field>``.
    """
    zones = _zones()
    known = {
        (place.country, place.state): place for place in lock_rows(Destination.objects.select_related("zone"))
    }
    rows = _settle_destinations(rows, shown, known)
    new = {row.zone for row in rows if row.zone} - set(zones)
    problems = {}
    for position, row in enumerate(rows):
        found = destination_problems(row, {*zones, *new})
        if row.zone in new and (problem := zone_name_problem(row.zone)):
            found["zone"] = problem
        if found:
            problems[str(position)] = " ".join(found.values())
    if problems:
        raise DomainError("destination_invalid", "Nothing was imported.", problems)
    zones |= {name: Zone.objects.create(name=name) for name in sorted(new)}
    written = []
    for row in rows:
        place = known.get((row.country, row.state))
        saved, changed = _write_destination(place or Destination(), row, zones)
        known[row.country, row.state] = saved
        if changed:
            written.append((saved, changed if place else []))
    if written:
        _record(_say_destinations(written), "destination", 0, actor, now)
    return len(rows)


def _settle_destinations(
    rows: Sequence[DestinationValues],
    shown: Sequence[Mapping[str, Any] | None],
    known: Mapping[tuple[str, str], Destination],
) -> list[DestinationValues]:
    settled: list[DestinationValues] = []
    clashes: dict[str, Clash] = {}
    stands: dict[str, Any] = {}
    for position, row in enumerate(rows):
        place = known.get((row.country, row.state))
        seen = shown[position] if position < len(shown) else None
        if place is None or seen is None:
            settled.append(row)
            continue
        own = asdict(destination_values(place))
        stands |= {f"{position}.{name}": value for name, value in own.items()}
        try:
            settled.append(DestinationValues(**settle(asdict(row), shown=seen, stands=own)))
        except Overtaken as refused:
            clashes |= {f"{position}.{name}": clash for name, clash in refused.clashes.items()}
    if clashes:
        raise Overtaken(clashes, stands)
    return settled


_SAID = {
    "checked_on": "day of the check",
    "qualifies_for_free_shipping": "free shipping",
    "internal_description": "words for the team",
    "days_least": "business days at least",
    "days_most": "business days at most",
    "remind_first_days": "first reminder",
    "remind_again_days": "second reminder",
    "send_after_days": "days until it is sent instead",
    "closed": "places that it doesn't reach",
}


def _say_destinations(written: Sequence[tuple[Destination, Sequence[str]]]) -> str:
    """``closed New York; changed California: zone``: what was made has no names of columns."""
    said = []
    for place, changed in written:
        opened = f"{'opened' if place.is_open else 'closed'} {place.name}"
        rest = [name for name in changed if name != "is_open"]
        words = say_changed(rest, _SAID)
        if not changed:
            said.append(f"added {place.name}, {'open' if place.is_open else 'closed'}")
        elif "is_open" in changed:
            said.append(opened + (f" and changed its {words}" if rest else ""))
        else:
            said.append(f"changed {place.name}: {words}")
    return "; ".join(said)


def destination_problems(values: DestinationValues, zones: Collection[str]) -> dict[str, str]:
    """What is wrong, by field; empty when all is well. ``zones`` are the names there are."""
    problems = {}
    if not _COUNTRY.fullmatch(values.country):
        problems["country"] = "Write the country's two letters, such as US."
    if values.country == "US" and values.state not in STATES:
        problems["state"] = "Write the state's two letters, such as CA."
    elif not _STATE.fullmatch(values.state):
        problems["state"] = "Write the state in at most 10 letters, such as NSW, or leave it empty."
    if not values.name.strip():
        problems["name"] = "Give it the name that customers know."
    elif len(values.name.strip()) > LONGEST_PLACE:
        problems["name"] = f"The name has {LONGEST_PLACE} letters at most."
    if values.zone and values.zone not in zones:
        problems["zone"] = f"There is no zone {values.zone}."
    return problems


def _zones() -> dict[str, Zone]:
    return {zone.name: zone for zone in Zone.objects.all()}


def _write_destination(
    place: Destination, values: DestinationValues, zones: Mapping[str, Zone]
) -> tuple[Destination, list[str]]:
    """The destination and the names of what differs from before."""
    written = {
        "country": values.country,
        "state": values.state,
        "name": values.name.strip(),
        "zone": zones.get(values.zone),
        "is_open": values.is_open,
        "source": fitting(values.source, 200, "source"),
        "checked_on": values.checked_on,
    }
    return place, write_changed(place, written)


#: A method's columns that say which special addresses its carrier takes wine to.
TAKES = ("takes_po_boxes", "takes_military", "takes_territories")


@dataclass(frozen=True, slots=True)
class MethodValues:
    """A method as typed. ``handover`` is where pickup and storage are taxed; ``closed`` the states it doesn't reach."""

    name: str
    description: str
    internal_description: str
    kind: MethodKind
    visibility: Visibility
    qualifies_for_free_shipping: bool
    is_active: bool
    position: int
    handover: Destination | None
    closed: Sequence[Destination] = ()
    #: Whose members may choose it, where it is for groups.
    groups: Sequence[Group] = ()
    takes_po_boxes: bool = False
    takes_military: bool = False
    takes_territories: bool = True
    #: The days between which it is offered, both counted.
    offered_from: date | None = None
    offered_until: date | None = None
    #: Where and when wine is picked up.
    pickup_address: str = ""
    opening_hours: str = ""
    #: Who carries it, by a word of ``carriers``, and how many business days it takes.
    carrier: str = ""
    days_least: int | None = None
    days_most: int | None = None
    #: Of a pickup: when who hasn't come is reminded, and from when on the wine is sent instead.
    remind_first_days: int | None = None
    remind_again_days: int | None = None
    send_after_days: int | None = None


@transaction.atomic
def save_method(
    *,
    method: Method | None,
    values: MethodValues,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Method:
    """Makes or changes a way of delivery; the kind of one that orders go by stays.

    Of what was ``shown`` (by the names of MethodValues, places as ``place_key`` says them) only what differs from it
    is changed. Locks the method. Raises DomainError ``method_invalid``, Overtaken.
    """
    saved = Method() if method is None else _locked(Method.objects.filter(pk=method.pk), "method")
    places = {place_key(place): place for place in Destination.objects.all()}
    typed = {
        "name": values.name.strip(),
        "description": values.description.strip(),
        "internal_description": values.internal_description.strip(),
        "kind": values.kind.value,
        "visibility": values.visibility.value,
        "qualifies_for_free_shipping": values.qualifies_for_free_shipping,
        "is_active": values.is_active,
        "position": values.position,
        **{name: getattr(values, name) for name in TAKES},
        "offered_from": values.offered_from,
        "offered_until": values.offered_until,
        "pickup_address": values.pickup_address.strip(),
        "opening_hours": values.opening_hours.strip(),
        **{name: getattr(values, name) for name in ("carrier", "days_least", "days_most", *WAITING_DAYS)},
        "handover": place_key(values.handover),
        "closed": frozenset(place_key(place) for place in values.closed),
        "groups": frozenset(group.reference for group in values.groups),
    }
    closed_before = (
        frozenset(place_key(place) for place in saved.closed_destinations.all()) if saved.pk else frozenset()
    )
    groups_before = frozenset(saved.groups.values_list("reference", flat=True)) if saved.pk else frozenset()
    stands: dict[str, Any] = {}
    if method is not None:
        stands = {
            name: getattr(saved, name) for name in typed if name not in ("handover", "closed", "groups")
        }
        stands |= {"handover": place_key(saved.handover), "closed": closed_before, "groups": groups_before}
    settled = settle(typed, shown=shown, stands=stands)
    if problems := _method_problems(method, settled):
        raise DomainError("method_invalid", "This method can't be saved.", problems)
    closed, groups = settled.pop("closed"), settled.pop("groups")
    if settled["visibility"] != Visibility.GROUPS:
        groups = frozenset()
    if settled["kind"] != MethodKind.PICKUP:
        settled |= dict.fromkeys(WAITING_DAYS)
    settled["handover"] = None if MethodKind(settled["kind"]).is_sent else places.get(settled["handover"])
    changed = write_changed(saved, settled)
    if closed != closed_before:
        saved.closed_destinations.set([places[key] for key in closed if key in places])
        changed.append("closed")
    if groups != groups_before:
        saved.groups.set(Group.objects.filter(reference__in=groups))
        changed.append("groups")
    if method is None:
        _record(f"made the delivery method {saved.name}", "method", saved.pk, actor, now)
    elif changed:
        text = f"changed the delivery method {saved.name}: {say_changed(changed, _SAID)}"
        _record(text, "method", saved.pk, actor, now)
    return saved


def place_key(place: Destination | None) -> str:
    """``US-CA``; empty for no place."""
    return f"{place.country}-{place.state}" if place else ""


def _method_problems(method: Method | None, values: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    name = values["name"]
    if not name:
        problems["name"] = "Give it the name that customers see."
    elif Method.objects.filter(name__iexact=name).exclude(pk=method.pk if method else 0).exists():
        problems["name"] = f"There is a method {name} already."
    if method is not None and values["kind"] != method.kind and count_uses(method, ignoring=(RateTable,)):
        # What such an order is called, and what its customer is told, hangs on the kind.
        problems["kind"] = (
            f"Orders go by {method.name}, so its kind stays. Make a new method for another kind."
        )
    if values["visibility"] == Visibility.GROUPS and not values["groups"]:
        problems["groups"] = "Choose whose members may take it, or offer it to everybody."
    begins, ends = values["offered_from"], values["offered_until"]
    if begins and ends and ends < begins:
        problems["offered_until"] = "The last day comes before the first."
    if values["carrier"] and values["carrier"] not in CARRIERS:
        problems["carrier"] = "Choose a carrier of the list."
    if values["kind"] == MethodKind.PICKUP:
        problems |= waiting_problems(values)
    problems |= _speed_problems(values["days_least"], values["days_most"])
    if not MethodKind(values["kind"]).is_sent and not values["handover"]:
        problems["handover"] = "Say where the wine is handed over: it is taxed there."
    return problems


def _speed_problems(least: int | None, most: int | None) -> dict[str, str]:
    if any(days is not None and not 1 <= days <= MOST_DAYS for days in (least, most)):
        return {"days_most": f"A parcel takes between 1 and {MOST_DAYS} business days."}
    if least and most and most < least:
        return {"days_most": "It takes at most fewer days than at least."}
    return {}


@transaction.atomic
def delete_method(*, method: Method, actor: Actor, now: datetime) -> None:
    """Removes a method that no order uses. Raises DomainError ``method_in_use``."""
    method_id = method.pk
    try:
        method.delete()
    except ProtectedError:
        raise DomainError("method_in_use", "Orders use this method. Switch it off instead.") from None
    _record(f"removed the delivery method {method.name}", "method", method_id, actor, now)


def _record(text: str, subject: str, subject_id: int, actor: Actor, now: datetime) -> None:
    record_event(EventName.DELIVERY_SAVED, subject, subject_id, text=text, actor=actor, now=now)
