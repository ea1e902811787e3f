"""What staff change about where wine may go, how, and for how much.

Every act records ``delivery.saved``. Amounts are minor units of the winery's currency, tax rates millionths.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import ProtectedError

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.texts import fitting
from tirage.delivery.models import Destination, Method, Rate, Zone
from tirage.delivery.states import MethodKind, Visibility
from tirage.places.states import STATES

LONGEST_ZONE, LONGEST_PLACE = 60, 80
#: Pages have both in their addresses.
_COUNTRY, _STATE = re.compile("[A-Z]{2}"), re.compile("[A-Z0-9-]{0,10}")
#: Thousandths of a bottle in one step, and minor units for it.
MOST_MILLI, MOST_PRICE = 10_000_000, 10**9


@transaction.atomic
def save_zone(*, zone: Zone | None, name: str, actor: Actor, now: datetime) -> Zone:
    """Makes or renames a zone. Raises DomainError ``zone_invalid``."""
    name = " ".join(name.split())
    if problem := zone_name_problem(name):
        raise DomainError("zone_invalid", problem, {"name": problem})
    if Zone.objects.filter(name__iexact=name).exclude(pk=zone.pk if zone else 0).exists():
        words = f"There is a zone {name} already."
        raise DomainError("zone_invalid", words, {"name": words})
    saved = zone or Zone()
    saved.name = name
    saved.save()
    _record(f"saved the zone {name}", "zone", saved.pk, actor, now)
    return saved


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
    tax_rate_ppm: int
    taxes_shipping: bool
    source: str = ""
    checked_on: date | None = None


@transaction.atomic
def save_destination(*, values: DestinationValues, actor: Actor, now: datetime) -> Destination:
    """Makes or changes the destination of that country and state. Raises DomainError ``destination_invalid``."""
    if problems := destination_problems(values, _zones()):
        raise DomainError("destination_invalid", "This destination can't be saved.", problems)
    saved = _write_destination(values, _zones())
    said = "opened" if saved.is_open else "closed"
    _record(
        f"saved {saved.name}: {said}, tax {saved.tax_rate_ppm / 10_000:g} %",
        "destination",
        saved.pk,
        actor,
        now,
    )
    return saved


@transaction.atomic
def save_destinations(*, rows: Sequence[DestinationValues], actor: Actor, now: datetime) -> int:
    """Makes or changes many destinations at once; unknown zones are made. All or none.

    Raises DomainError ``destination_invalid`` with ``fields`` of row positions (``"0"``…).
    """
    zones = _zones()
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
    for row in rows:
        _write_destination(row, zones)
    said = rows[0].name if len(rows) == 1 else f"{len(rows)} destinations"
    _record(f"saved {said}", "destination", 0, actor, now)
    return len(rows)


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
    if not 0 <= values.tax_rate_ppm <= 1_000_000:
        problems["tax_rate"] = "A tax rate is between 0 and 100 %."
    if values.zone and values.zone not in zones:
        problems["zone"] = f"There is no zone {values.zone}."
    return problems


def _zones() -> dict[str, Zone]:
    return {zone.name: zone for zone in Zone.objects.all()}


def _write_destination(values: DestinationValues, zones: Mapping[str, Zone]) -> Destination:
    saved, _ = Destination.objects.update_or_create(
        country=values.country,
        state=values.state,
        defaults={
            "name": values.name.strip(),
            "zone": zones.get(values.zone),
            "is_open": values.is_open,
            "tax_rate_ppm": values.tax_rate_ppm,
            "taxes_shipping": values.taxes_shipping,
            "source": fitting(values.source, 200, "source"),
            "checked_on": values.checked_on,
        },
    )
    return saved


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
    takes_po_boxes: bool = False
    takes_military: bool = False
    takes_territories: bool = True


@transaction.atomic
def save_method(*, method: Method | None, values: MethodValues, actor: Actor, now: datetime) -> Method:
    """Makes or changes a way of delivery. Raises DomainError ``method_invalid``."""
    problems = {}
    if not values.name.strip():
        problems["name"] = "Give it the name that customers see."
    elif (
        Method.objects.filter(name__iexact=values.name.strip())
        .exclude(pk=method.pk if method else 0)
        .exists()
    ):
        problems["name"] = f"There is a method {values.name.strip()} already."
    if values.kind is not MethodKind.SHIP and values.handover is None:
        problems["handover"] = "Say where the wine is handed over: it is taxed there."
    if problems:
        raise DomainError("method_invalid", "This method can't be saved.", problems)
    saved = method or Method()
    for name in ("name", "description", "internal_description"):
        setattr(saved, name, getattr(values, name).strip())
    for name in ("qualifies_for_free_shipping", "is_active", "position", *TAKES):
        setattr(saved, name, getattr(values, name))
    saved.kind, saved.visibility = values.kind.value, values.visibility.value
    saved.handover = None if values.kind is MethodKind.SHIP else values.handover
    saved.save()
    saved.closed_destinations.set(values.closed)
    _record(f"saved the delivery method {saved.name}", "method", saved.pk, actor, now)
    return saved


@transaction.atomic
def delete_method(*, method: Method, actor: Actor, now: datetime) -> None:
    """Removes a method that no order uses. Raises DomainError ``method_in_use``."""
    method_id = method.pk
    try:
        method.delete()
    except ProtectedError:
        raise DomainError("method_in_use", "Orders use this method. Switch it off instead.") from None
    _record(f"removed the delivery method {method.name}", "method", method_id, actor, now)


@dataclass(frozen=True, slots=True)
class RateValues:
    """The price into ``zone`` for up to ``up_to_milli`` thousandths of a 750 ml bottle."""

    zone: Zone
    up_to_milli: int
    price_minor: int


@transaction.atomic
def save_rates(*, method: Method, rates: Sequence[RateValues], actor: Actor, now: datetime) -> None:
    """Replaces all rates of a method. Raises DomainError ``rates_invalid``."""
    seen = set()
    for rate in rates:
        step = (rate.zone.pk, rate.up_to_milli)
        if not 0 < rate.up_to_milli <= MOST_MILLI or not 0 <= rate.price_minor <= MOST_PRICE:
            words = (
                "Steps are above nought and at most 10,000 bottles, prices not below nought and no fortune."
            )
            raise DomainError("rates_invalid", words)
        if step in seen:
            bottles = f"{rate.up_to_milli / 1000:g}"
            raise DomainError(
                "rates_invalid", f"{rate.zone.name} has two prices for up to {bottles} bottles."
            )
        seen.add(step)
    method.rates.all().delete()
    Rate.objects.bulk_create(
        Rate(method=method, zone=rate.zone, up_to_milli=rate.up_to_milli, price_minor=rate.price_minor)
        for rate in rates
    )
    _record(f"saved {len(rates)} rates of {method.name}", "method", method.pk, actor, now)


def _record(text: str, subject: str, subject_id: int, actor: Actor, now: datetime) -> None:
    record_event(EventName.DELIVERY_SAVED, subject, subject_id, text=text, actor=actor, now=now)
