"""Carriers' counters near an address, asked of a compliance service that knows them, where the winery has that on.

What it doesn't answer in time is nobody's loss: the winery's own list is shown as ever.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import structlog

from tirage.compliance.protocol import (
    ComplianceService,
    Party,
    Place,
    ServiceBusy,
    ServiceRefused,
    ServiceSilent,
)
from tirage.compliance.services import current_service, current_setup
from tirage.delivery.locations.operations import HOLDERS, LocationValues
from tirage.delivery.locations.queries import FARTHEST, SHOWN, Near
from tirage.delivery.models import Location
from tirage.places import find_zip

_log = structlog.get_logger(__name__)
#: Seconds that a page waits for one carrier's counters.
PATIENCE = 3.0
#: For so many seconds an answer is kept, and a service that failed isn't asked by this process.
FRESH, QUIET = 600.0, 30.0
#: Answers that are kept at most.
MOST_KEPT = 500
#: A street that is in every town, where somebody only gave a ZIP.
ANY_STREET = "General Delivery"

_kept: dict[tuple[str, ...], tuple[float, tuple[Place, ...]]] = {}
_quiet_until = 0.0


def finding_service() -> ComplianceService | None:
    """Who is asked for counters; no statement where no service is connected that knows them, one where one is."""
    service = current_service()
    return service if service and service.finds_places and current_setup().finds_places else None


def counters_near(*, postal_code: str, street: str, carriers: Collection[str]) -> list[Near]:
    """The counters of these carriers near a ZIP, as the service knows them, the nearest first; not saved as locations.

    An empty word among the carriers stands for any. Talks to the service: no transaction may be open. Never raises.
    """
    service, place = finding_service(), find_zip(postal_code)
    if service is None or place is None:
        return []
    near = Party("", "", street or ANY_STREET, "", place.city, place.state, place.zip)
    asked = sorted(HOLDERS) if "" in carriers else sorted(carriers)
    found = [(carrier, one) for carrier in asked for one in _places(service, near, carrier)]
    told = [Near(_location(carrier, one), one.miles) for carrier, one in found if _is_whole(one)]
    return sorted(told, key=lambda one: one.miles or 0)[:SHOWN]


def with_counters(own: Sequence[Near], told: Sequence[Near]) -> list[Near]:
    """The winery's list with what the service knows besides, the nearest first; what both know is the list's."""
    known = {_key(one) for one in own}
    found = [*own, *(one for one in told if _key(one) not in known)]
    return sorted(found, key=lambda one: FARTHEST if one.miles is None else one.miles)[:SHOWN]


def _key(near: Near) -> tuple[str, ...]:
    return counter_values(near.location, code="").key


def counter_values(location: Location, code: str | None = None) -> LocationValues:
    """A location that isn't saved, as it is given to who saves it."""
    names = ("name", "line1", "line2", "city", "state", "postal_code", "country", "opening_hours")
    parts = {name: getattr(location, name) for name in names}
    return LocationValues(location.carrier, location.code if code is None else code, **parts)


def _places(service: ComplianceService, near: Party, carrier: str) -> tuple[Place, ...]:
    """What it knows of one carrier, as it said within the last minutes."""
    global _quiet_until
    key, now = (service.key, carrier, near.line1, near.postal_code), time.monotonic()
    until, kept = _kept.get(key, (0.0, ()))
    if now < until or now < _quiet_until:
        return kept
    try:
        found = tuple(service.places(near, carrier=carrier, miles=FARTHEST, seconds=PATIENCE))
    except (ServiceBusy, ServiceSilent):
        _quiet_until = now + QUIET
        return kept
    except ServiceRefused as refused:
        _log.warning("counters_refused", service=service.key, carrier=carrier, why=str(refused))
        return kept
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = (now + FRESH, found)
    return found


def forget_counters() -> None:
    """Asks anew."""
    global _quiet_until
    _quiet_until = 0.0
    _kept.clear()


def _is_whole(place: Place) -> bool:
    return bool(place.name and place.line1 and place.city and find_zip(place.postal_code))


def _location(carrier: str, place: Place) -> Location:
    return Location(
        carrier=carrier,
        name=place.name[:80],
        line1=place.line1[:200],
        line2=place.line2[:200],
        city=place.city[:120],
        state=place.state,
        postal_code=place.postal_code[:16],
        country=place.country,
        opening_hours=", ".join(_say_day(one) for one in place.hours)[:200],
    )


def _say_day(words: str) -> str:
    """``Mon 9:00 am to 6:00 pm``."""
    day, _, rest = words.partition(" ")
    return f"{day[:3]} {rest}"
