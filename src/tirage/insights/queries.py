"""Figures by area, and points: what pages, clusters, planners and notes ask for. Reads only.

Whoever is excluded (``Coverage.EXCLUDED``) and members of test groups count nowhere but in ``coverage_of``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tirage.core.money import exponent
from tirage.core.winery import current_winery
from tirage.insights import statements
from tirage.insights.rules.areas import ELSEWHERE, AreaFigures, AreaKind, Sums, add_up, area_name
from tirage.insights.rules.hexagons import hexagon_at
from tirage.insights.rules.metrics import Metric, figure_of
from tirage.insights.rules.periods import Period
from tirage.insights.rules.residents import residents_of
from tirage.insights.rules.spending import assumed_spending
from tirage.insights.states import Coverage, Reason
from tirage.places import find_zip
from tirage.segments.queries import find_ids
from tirage.segments.rules import Node


class Spot(NamedTuple):
    """Where all customers of one ZIP are, or of one city abroad, or of a state or country where no more is known."""

    country: str
    state: str
    zip_code: str
    county: str
    metro: str
    latitude: float | None
    longitude: float | None

    @property
    def is_point(self) -> bool:
        return self.latitude is not None


class CustomerPoint(NamedTuple):
    """A customer who is placed; ``value`` in the metric's unit (money in minor units)."""

    customer_id: int
    latitude: float
    longitude: float
    value: int


@dataclass(frozen=True, slots=True)
class ZipPoint:
    """All customers of a spot; ``value`` is the metric's, None where nothing can be said."""

    zip_code: str
    name: str
    latitude: float
    longitude: float
    customers: int
    value: float | None


@dataclass(frozen=True, slots=True)
class CoverageLine:
    coverage: Coverage
    reason: Reason
    customers: int
    #: Of orders that stand, ever.
    lifetime_minor: int


@dataclass(frozen=True, slots=True)
class CoverageFigures:
    """How many of the customers are on the map, and why the others aren't; ``waiting``: not looked at yet."""

    lines: tuple[CoverageLine, ...]
    waiting: int

    @property
    def customers(self) -> int:
        return sum(line.customers for line in self.lines) + self.waiting

    def count(self, coverage: Coverage) -> int:
        return sum(line.customers for line in self.lines if line.coverage is coverage)

    @property
    def placed_share(self) -> Decimal | None:
        """Placed ÷ everybody."""
        return Decimal(self.count(Coverage.PLACED)) / self.customers if self.customers else None


#: What one statement finds of everybody, in its order.
_OF_PEOPLE = (
    "customers",
    "active",
    "active_before",
    "new",
    "lapsed",
    "retained",
    "sales_minor",
    "sales_before_minor",
    "orders",
    "orders_before",
    "bottles",
    "bottles_before",
)
#: What needs a statement of its own.
_OF_MONEY, _OF_DELIVERY = frozenset({Metric.REFUND_RATIO}), frozenset({Metric.SHIPPING_SHARE})
_OF_HOUSEHOLDS = frozenset({Metric.WALLET_SHARE})
_OF_WISHES, _OF_OFFERS = frozenset({Metric.WISHES_UNMET}), frozenset({Metric.TAKE_RATE})


def figures_by_area(
    kind: AreaKind,
    period: Period,
    compared: Period,
    filter: Node | None = None,
    *,
    now: datetime,
    metrics: Collection[Metric] | None = None,
) -> list[AreaFigures]:
    """Every area of a kind that has customers, with the most first; whose area isn't known come last, together.

    ``filter``: only customers who fit it now. ``metrics``: those that are needed, where not all of them are: the sums
    of others may be nought. Two to five statements.
    """
    spots = sums_by_spot(period, compared, filter, now=now, metrics=metrics)
    return fold(kind, spots)


def fold(kind: AreaKind, spots: dict[Spot, Sums], hexagon_miles: float | None = None) -> list[AreaFigures]:
    """The figures of spots put together by area."""
    key_of = _KEYS[kind] if hexagon_miles is None else lambda spot: _hexagon(spot, hexagon_miles)
    parts: dict[str, list[tuple[Spot, Sums]]] = defaultdict(list)
    for spot, sums in spots.items():
        parts[key_of(spot)].append((spot, sums))
    areas = [_area(kind, key, some) for key, some in parts.items()]
    return sorted(areas, key=lambda area: (area.key == ELSEWHERE, -area.sums.customers, area.name))


def sums_by_spot(
    period: Period,
    compared: Period,
    filter: Node | None = None,
    *,
    now: datetime,
    metrics: Collection[Metric] | None = None,
) -> dict[Spot, Sums]:
    """What ``figures_by_area`` adds up: a few thousand spots, however many customers there are."""
    ids = None if filter is None else find_ids(filter, now)
    return sums_of_ids(ids, period, compared, now=now, metrics=metrics)


def sums_of_ids(
    ids: Collection[int] | None,
    period: Period,
    compared: Period,
    *,
    now: datetime,
    metrics: Collection[Metric] | None = None,
) -> dict[Spot, Sums]:
    """The same of customers who were looked up already; None for everybody."""
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(Sums._fields))
    _add(found, _OF_PEOPLE, statements.people_by_spot(period, compared, ids))
    for asked, columns, read in _FURTHER:
        if metrics is None or asked & set(metrics):
            _add(found, columns, read(period, ids, now))
    return {Spot._make(spot): Sums._make(sums) for spot, sums in found.items()}


def _add(
    found: dict[tuple[Any, ...], list[int]], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Puts columns of rows, after their spot, where ``Sums`` has them."""
    width = len(statements.SPOT)
    places = [(at, Sums._fields.index(name)) for at, name in enumerate(columns, width)]
    for row in rows:
        sums = found[tuple(row[:width])]
        for at, place in places:
            sums[place] = row[at]


def _households(period: Period, ids: Collection[int] | None, _: datetime) -> list[tuple[Any, ...]]:
    """Households, and what those in which somebody bought may spend on wine."""
    per_dollar = 10 ** exponent(current_winery().currency)
    where = statements.SPOT.index("zip_code")
    return [
        (*row[:-1], assumed_spending(row[where], int(row[-1]), period.days, per_dollar))
        for row in statements.households_by_spot(period, ids)
    ]


def _money(period: Period, ids: Collection[int] | None, _: datetime) -> list[tuple[Any, ...]]:
    return statements.money_by_spot(period, ids)


def _deliveries(period: Period, ids: Collection[int] | None, _: datetime) -> list[tuple[Any, ...]]:
    return statements.deliveries_by_spot(period, ids)


def _wishes(period: Period, ids: Collection[int] | None, _: datetime) -> list[tuple[Any, ...]]:
    return statements.wishes_by_spot(period, ids)


_FURTHER: tuple[tuple[frozenset[Metric], tuple[str, ...], Callable[..., list[tuple[Any, ...]]]], ...] = (
    (_OF_MONEY, ("gross_minor", "refunded_minor"), _money),
    (_OF_DELIVERY, ("shipping_minor",), _deliveries),
    (_OF_WISHES, ("wished", "unmet"), _wishes),
    (_OF_OFFERS, ("offered", "taken"), statements.offers_by_spot),
    (_OF_HOUSEHOLDS, ("households", "spending_minor"), _households),
)


def _hexagon(spot: Spot, miles: float | None = None) -> str:
    if spot.latitude is None or spot.longitude is None or spot.country != "US":
        return ELSEWHERE
    point = (spot.latitude, spot.longitude)
    return hexagon_at(*point) if miles is None else hexagon_at(*point, miles)


_KEYS: dict[AreaKind, Callable[[Spot], str]] = {
    AreaKind.STATE: lambda spot: spot.state if spot.country == "US" else ELSEWHERE,
    AreaKind.COUNTY: lambda spot: spot.county,
    AreaKind.METRO: lambda spot: spot.metro,
    AreaKind.ZIP: lambda spot: spot.zip_code,
    AreaKind.HEXAGON: _hexagon,
    AreaKind.COUNTRY: lambda spot: spot.country,
}


def _area(kind: AreaKind, key: str, some: list[tuple[Spot, Sums]]) -> AreaFigures:
    latitude, longitude = _middle(some) if key != ELSEWHERE else (None, None)
    return AreaFigures(
        kind=kind,
        key=key,
        name=area_name(kind, key),
        sums=add_up(sums for _, sums in some),
        residents=residents_of(kind, key),
        latitude=latitude,
        longitude=longitude,
    )


def _middle(some: Iterable[tuple[Spot, Sums]]) -> tuple[float | None, float | None]:
    weight, north, east = 0, 0.0, 0.0
    for spot, sums in some:
        if spot.latitude is not None and spot.longitude is not None:
            weight += sums.customers
            north += spot.latitude * sums.customers
            east += spot.longitude * sums.customers
    return (north / weight, east / weight) if weight else (None, None)


def zip_points(
    filter: Node | None,
    metric: Metric,
    period: Period,
    compared: Period | None = None,
    *,
    now: datetime,
) -> list[ZipPoint]:
    """The points of a map: one for each ZIP, and each city abroad, that has customers."""
    spots = sums_by_spot(period, compared or period.previous(), filter, now=now, metrics=[metric])
    return [
        ZipPoint(
            zip_code=spot.zip_code,
            name=_spot_name(spot),
            latitude=spot.latitude,
            longitude=spot.longitude,
            customers=sums.customers,
            value=figure_of(
                metric,
                AreaFigures(AreaKind.ZIP, spot.zip_code, "", sums, residents_of(AreaKind.ZIP, spot.zip_code)),
            ).value,
        )
        for spot, sums in spots.items()
        if spot.latitude is not None and spot.longitude is not None
    ]


def _spot_name(spot: Spot) -> str:
    place = find_zip(spot.zip_code) if spot.zip_code else None
    return f"{place.city}, {place.state}" if place else area_name(AreaKind.COUNTRY, spot.country)


#: What can be said of one customer.
OF_CUSTOMERS = (Metric.CUSTOMERS, Metric.SALES, Metric.AVERAGE_VALUE, Metric.ORDERS, Metric.BOTTLES)


def customer_points(
    filter: Node | None,
    metric: Metric = Metric.SALES,
    period: Period | None = None,
    *,
    now: datetime,
) -> list[CustomerPoint]:
    """Everybody who is placed, by id, with what they bought in a period, or ever. ``metric`` is of ``OF_CUSTOMERS``."""
    if metric not in OF_CUSTOMERS:
        raise ValueError(f"{metric} says nothing of one customer")
    ids = None if filter is None else find_ids(filter, now)
    return [CustomerPoint(*row) for row in statements.points(metric, period, ids)]


def coverage_of(ids: Collection[int] | None = None) -> CoverageFigures:
    """How many of these customers (None: of all) are on the map, and why others aren’t; not members of test groups."""
    lines, waiting = [], 0
    for coverage, reason, customers, minor in statements.coverage(ids):
        if coverage is None:
            waiting += int(customers)
        else:
            lines.append(CoverageLine(Coverage(coverage), Reason(reason), int(customers), int(minor)))
    order = list(Coverage)
    lines.sort(key=lambda line: (order.index(line.coverage), -line.customers, line.reason.value))
    return CoverageFigures(tuple(lines), waiting)
