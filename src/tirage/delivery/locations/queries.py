"""Finding a carrier's location: near an address, by its reference, and whether any is offered at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from tirage.core.winery import local_time
from tirage.customers.models import Membership
from tirage.delivery.carriers import carrier_name
from tirage.delivery.models import Location, Method
from tirage.delivery.states import MethodKind, Visibility
from tirage.places import find_zip, miles_between

#: Farther away nobody fetches wine.
FARTHEST = 60
#: So many are offered at most.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Near:
    """A location and how many miles it is away; None where nobody knows."""

    location: Location
    miles: float | None

    @property
    def carrier(self) -> str:
        return carrier_name(self.location.carrier)

    @property
    def distance(self) -> str:
        """``2 miles away``; empty where nobody knows."""
        if self.miles is None:
            return ""
        whole = max(round(self.miles), 1)
        return "in this ZIP" if self.miles == 0 else f"{whole} mile{'' if whole == 1 else 's'} away"


def holding_carriers(now: datetime, *, customer_id: int = 0, staff: bool = False) -> set[str]:
    """The carriers by whose locations wine may go now; an empty word among them stands for any. One statement.

    Ways of groups count for a customer who is in one of them; for the team every way does.
    """
    return set(holding_ways(now, customer_id=customer_id, staff=staff).values_list("carrier", flat=True))


def holding_ways(now: datetime, *, customer_id: int = 0, staff: bool = False) -> QuerySet[Method]:
    """The ways by which wine is held, that the customer (or the team) may choose now."""
    today = local_time(now).date()
    found = Method.objects.filter(
        Q(offered_from=None) | Q(offered_from__lte=today),
        Q(offered_until=None) | Q(offered_until__gte=today),
        kind=MethodKind.HOLD.value,
        is_active=True,
    )
    if staff:
        return found
    own = Membership.objects.filter(customer_id=customer_id).values("group_id")
    of_own_groups = Method.groups.through.objects.filter(group_id__in=own).values("method_id")
    is_theirs = Q(visibility=Visibility.GROUPS.value, pk__in=of_own_groups)
    return found.filter(Q(visibility=Visibility.ALL.value) | is_theirs)


def nearest_locations(*, postal_code: str, state: str = "", carriers: Collection[str]) -> list[Near]:
    """The listed locations of these carriers near a ZIP, the nearest first; of a ``state`` where the ZIP is unknown.

    An empty word among the carriers stands for any. Distances are between the middles of ZIPs; one statement.
    """
    listed = Location.objects.filter(is_listed=True, is_active=True, country="US").order_by("name", "pk")
    if "" not in carriers:
        listed = listed.filter(carrier__in=list(carriers))
    place = find_zip(postal_code)
    if place is None or place.latitude is None or place.longitude is None:
        return [Near(one, None) for one in listed.filter(state=state)[:SHOWN]] if state else []
    found = []
    for one in listed:
        miles = _miles(place.latitude, place.longitude, one.postal_code)
        if miles is not None and miles <= FARTHEST:
            found.append(Near(one, miles))
    return sorted(found, key=lambda near: (near.miles, near.location.name))[:SHOWN]


def _miles(latitude: float, longitude: float, postal_code: str) -> float | None:
    there = find_zip(postal_code)
    if there is None or there.latitude is None or there.longitude is None:
        return None
    return miles_between(latitude, longitude, there.latitude, there.longitude)


def location_of(reference: str) -> Location | None:
    """The location of an address or order; None where it is none. One statement where there is a reference."""
    return Location.objects.filter(reference=reference).first() if reference else None
