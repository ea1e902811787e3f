"""Where people live, put together by place, for circles, centres and tours. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Count, QuerySet, Sum, When
from django.db.models.functions import Cast

from tirage.core.errors import DomainError
from tirage.insights.models import Placement
from tirage.insights.rules.areas import AreaKind, area_name
from tirage.insights.rules.reach import within
from tirage.insights.rules.sphere import Spot
from tirage.insights.rules.typed import place_name
from tirage.insights.statements import test_groups
from tirage.insights.states import Coverage, Weight
from tirage.places import miles_between
from tirage.segments.queries import find_ids, having_ids
from tirage.segments.rules import Node, parse


def counted(node: Node | None, now: datetime) -> QuerySet[Placement]:
    """The placements of who fits and is a point on the map; members of test groups aren't."""
    rows = Placement.objects.filter(coverage=Coverage.PLACED.value)
    if node is not None:
        rows = having_ids(rows, find_ids(node, now), "customer_id")
    tests = test_groups()
    return rows.exclude(customer__memberships__group_id__in=tests) if tests else rows


def gather_spots(node: Node | None, weight: Weight, now: datetime, *, least_minor: int = 0) -> list[Spot]:
    """Everybody who fits by where they live: several accounts of one household are one of the people.

    ``least_minor``: only who ever spent that much. ``key`` is the ZIP, or the country's two letters. Two or three
    statements. Raises DomainError ``circle``.
    """
    rows = counted(node, now)
    if least_minor > 0:
        rows = rows.filter(customer__lifetime_minor__gte=least_minor)
    household = Case(
        When(household="", then=Cast("customer_id", CharField())),
        default="household",
        output_field=CharField(),
    )
    found = rows.values_list("latitude", "longitude", "zip_code", "country", "metro").annotate(
        people=Count(household, distinct=True), value=Sum("customer__lifetime_minor")
    )
    return [
        Spot(
            latitude,
            longitude,
            people,
            people if weight is Weight.PEOPLE else max(value or 0, 0),
            zip_code or country,
            metro,
        )
        for latitude, longitude, zip_code, country, metro, people, value in found.order_by()
    ]


def value_of_share(node: Node | None, share: float, now: datetime) -> int:
    """What somebody must have spent to be among this share of those who fit and bought anything, in minor units."""
    rows = counted(node, now).filter(customer__lifetime_minor__gt=0)
    count = rows.count()
    if not count:
        return 0
    last = min(max(round(count * share), 1), count) - 1
    values = rows.order_by("-customer__lifetime_minor").values_list("customer__lifetime_minor", flat=True)
    return int(values[last])


def read_definition(text: str) -> Node | None:
    """The filter of a plan; None for everybody. Raises DomainError ``filter``."""
    return parse(text) if text else None


def readable(text: str) -> tuple[Node | None, str]:
    """The filter of a plan, or what is wrong with it: a plan outlives what its filter names."""
    try:
        return read_definition(text), ""
    except DomainError as refused:
        return None, refused.message


@dataclass(frozen=True, slots=True)
class Named:
    """A place by the metro area of those who live there, and by whoever is nearest to its middle."""

    area: str
    near: str


def name_of(latitude: float, longitude: float, spots: Sequence[Spot]) -> Named:
    """How a circle with these people is called: by where most of their value is."""
    by_area: dict[tuple[AreaKind, str], int] = {}
    for spot in spots:
        area = area_of(spot)
        by_area[area] = by_area.get(area, 0) + spot.value
    if not by_area:
        near = place_name(latitude, longitude)
        return Named(near, near)
    middle = min(spots, key=lambda spot: miles_between(latitude, longitude, spot.latitude, spot.longitude))
    near = place_name(middle.latitude, middle.longitude)
    return Named(area_name(*max(by_area, key=lambda area: (by_area[area], area))), near)


def area_of(spot: Spot) -> tuple[AreaKind, str]:
    """The metro area of a spot, outside of all the ZIP itself, abroad the country."""
    if spot.area:
        return AreaKind.METRO, spot.area
    return (AreaKind.ZIP if spot.key.isdigit() else AreaKind.COUNTRY), spot.key


def people_within(latitude: float, longitude: float, spots: Sequence[Spot], miles: float) -> int:
    """How many of these people live within so many miles."""
    return sum(spot.people for spot in within(latitude, longitude, spots, miles))
