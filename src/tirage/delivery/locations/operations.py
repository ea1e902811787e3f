"""Keeping the list of carriers' locations, and putting one into a customer's address book.

What staff change records ``delivery.saved``; what is put into an address book records ``address.saved``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle, write_changed
from tirage.core.locks import lock_row, lock_rows
from tirage.core.references import new_reference
from tirage.customers.models import Address, Customer
from tirage.customers.operations import save_address
from tirage.delivery.carriers import CARRIERS, carrier_name
from tirage.delivery.limits.queries import TYPED
from tirage.delivery.models import Location
from tirage.places import (
    address_key,
    normalise_country,
    normalise_postal_code,
    normalise_state,
    validate_address_parts,
)

#: No van of the winery's own has counters.
HOLDERS = {word: name for word, name in CARRIERS.items() if word != "own"}
#: How references of locations begin.
COUNTER = "LOC"
_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")


@dataclass(frozen=True, slots=True)
class LocationValues:
    """A location as typed or read; ``code`` is the carrier's own name for it."""

    carrier: str
    code: str
    name: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str = "US"
    opening_hours: str = ""
    is_active: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it one and the same: the carrier's name for it, else where it is."""
        if self.code:
            return self.carrier, self.code.casefold()
        return self.carrier, *address_key(*(getattr(self, part) for part in _PARTS))

    @property
    def words(self) -> str:
        """``FedEx: Main Street Pharmacy, 12 Main Street, Reno, NV 89501``."""
        place = ", ".join(part for part in (self.line1, self.line2, self.city) if part)
        off = "" if self.is_active else " (closed)"
        return f"{carrier_name(self.carrier)}: {self.name}, {place}, {self.state} {self.postal_code}{off}".strip()


def location_values(found: Location) -> LocationValues:
    return LocationValues(
        found.carrier,
        found.code,
        found.name,
        found.line1,
        found.line2,
        found.city,
        found.state,
        found.postal_code,
        found.country,
        found.opening_hours,
        found.is_active,
    )


@transaction.atomic
def save_location(
    *,
    values: LocationValues,
    location: Location | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Location:
    """Makes or changes a location of the winery's list; one that a customer typed is listed by it.

    Addresses and orders keep the address that they were given. Of what was ``shown`` only what differs from it is
    changed. Locks it. Raises DomainError ``location_invalid`` by field, Conflict ``location_gone``, Overtaken.
    """
    saved = Location()
    if location is not None:
        found = lock_row(Location.objects.filter(pk=location.pk))
        if found is None:
            raise Conflict("location_gone", "Somebody else removed this location meanwhile.")
        saved = found
        values = LocationValues(**settle(asdict(values), shown=shown, stands=asdict(location_values(saved))))
    values = tidied(values)
    problems = _problems(values)
    if not problems and any(one.key == values.key for one in _others(saved, values)):
        problems["name"] = f"{carrier_name(values.carrier)} has this location on the list already."
    if problems:
        raise DomainError("location_invalid", "This location can't be saved.", problems)
    _write(saved, values, actor, now)
    return saved


def _others(saved: Location, values: LocationValues) -> list[LocationValues]:
    listed = Location.objects.filter(is_listed=True, carrier=values.carrier).exclude(pk=saved.pk)
    if values.code:
        return [location_values(one) for one in listed.filter(code__iexact=values.code)]
    return [location_values(one) for one in listed.filter(code="", postal_code=values.postal_code)]


def _write(saved: Location, values: LocationValues, actor: Actor, now: datetime) -> bool:
    is_new = saved.pk is None
    if not write_changed(saved, {**asdict(values), "is_listed": True}):
        return False
    said = f"{'added' if is_new else 'changed'} the location {values.words}"
    record_event(EventName.DELIVERY_SAVED, "location", saved.pk, text=said, actor=actor, now=now)
    return True


@transaction.atomic
def take_over(
    *,
    rows: Sequence[LocationValues],
    stood: Sequence[LocationValues | None],
    actor: Actor,
    now: datetime,
) -> int:
    """Makes or changes many locations at once; how many became others. All or none.

    ``stood`` is what was seen to stand for each row: one that somebody changed since is refused. Locks the list. Raises
    DomainError ``location_invalid`` with ``fields`` of row positions (``"0"``…).
    """
    known = {location_values(one).key: one for one in lock_rows(Location.objects.filter(is_listed=True))}
    problems: dict[str, str] = {}
    changed = 0
    for position, (values, seen) in enumerate(zip(map(tidied, rows), stood, strict=True)):
        saved = known.get(values.key)
        found = _problems(values)
        if (location_values(saved) if saved else None) != seen:
            found["stood"] = f"Somebody changed {values.name} meanwhile. Look at it again."
        if found:
            problems[str(position)] = " ".join(found.values())
            continue
        saved = known.setdefault(values.key, saved or Location())
        changed += _write(saved, values, actor, now)
    if problems:
        raise DomainError("location_invalid", "Nothing was taken over.", problems)
    return changed


@transaction.atomic
def hold_for(
    *,
    customer: Customer,
    location: Location | None = None,
    typed: LocationValues | None = None,
    told: LocationValues | None = None,
    actor: Actor,
    now: datetime,
) -> Address:
    """Puts a location into the customer's address book, in their name: one of the winery's list, one as ``typed``, or
    one as its carrier has ``told`` of it.

    One that they have already is taken. Locks the customer. Raises DomainError ``location_invalid`` by field,
    ``location_gone`` and what ``save_address`` refuses with.
    """
    if location is None and typed is not None:
        location = _location_of(tidied(typed), is_typed=True)
    if location is None and told is not None:
        location = _location_of(tidied(told), is_typed=False)
    if location is None or not location.is_active:
        raise DomainError("location_gone", "This location takes no parcels any more. Choose another.")
    values = {part: getattr(location, part) for part in _PARTS}
    return save_address(
        customer=customer,
        address_reference=None,
        values=values | {"company": location.name, "recipient": customer.name, "phone": customer.phone},
        make_default=False,
        location=location.reference,
        actor=actor,
        now=now,
    )


def _location_of(values: LocationValues, *, is_typed: bool) -> Location:
    """The winery's own row where it is on its list, else one that is the customer's. What was typed may be any address;
    what a carrier told is one of its counters, so no such row of somebody's stands for it."""
    if problems := _problems(values):
        raise DomainError("location_invalid", "The location needs another look.", problems)
    near = Location.objects.filter(carrier=values.carrier, postal_code=values.postal_code)
    if not is_typed:
        near = near.exclude(reference__startswith=TYPED)
    same = [one for one in near.order_by("-is_listed", "pk") if _is_same(location_values(one), values)]
    reference = new_reference(TYPED if is_typed else COUNTER)
    return next(iter(same), None) or Location.objects.create(**asdict(values), reference=reference)


def _is_same(one: LocationValues, other: LocationValues) -> bool:
    return replace(one, code="").key == replace(other, code="").key


def tidied(values: LocationValues) -> LocationValues:
    """Spaces and codes as they are kept."""
    clean: dict[str, Any] = {
        name: " ".join(value.split()) for name, value in asdict(values).items() if isinstance(value, str)
    }
    country = normalise_country(clean["country"] or "US")
    return replace(
        values,
        **clean
        | {
            "country": country,
            "state": normalise_state(country, clean["state"]),
            "postal_code": normalise_postal_code(country, clean["postal_code"]),
        },
    )


def _problems(values: LocationValues) -> dict[str, str]:
    problems = {
        one.field: one.message
        for one in validate_address_parts(
            country=values.country,
            line1=values.line1,
            city=values.city,
            state=values.state,
            postal_code=values.postal_code,
        )
    }
    if values.carrier not in HOLDERS:
        problems["carrier"] = "Choose the carrier that holds parcels there."
    if not values.name:
        problems["name"] = gettext("Write what the place is called, such as Main Street Pharmacy.")
    for name, value in asdict(values).items():
        limit = getattr(Location._meta.get_field(name), "max_length", None)
        if limit and len(str(value)) > limit:
            problems[name] = f"Shorten this to {limit} characters."
    return problems
