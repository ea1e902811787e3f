"""Empty quarters: ZIPs that resemble the winery's best and hold few customers; no Django.

What a ZIP resembles is measured by three things that are known of every ZIP: what its household in the middle earns,
how far it is from the winery, and how closely the post has set its ZIPs around it (nobody gives away how many adults a
ZIP has; where many ZIPs stand close, many people live). The ``LIKE`` ZIPs that are most alike say how many customers to
expect; a quarter is empty when it holds half of that at most, and wishes nearby say that there is thirst. How often
chance alone leaves it so empty is said beside it, and doesn't decide: most ZIPs are too small to be certain of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import cos, floor, log, radians, sqrt
from typing import Any

from tirage.insights.rules.chance import fewer_than_expected
from tirage.places import miles_between

#: So many ZIPs that are most alike; so far their centres are around; so far a wish is nearby.
LIKE, AROUND_MILES, NEARBY_MILES = 50, 10.0, 25.0
#: A quarter is told of when it holds this share of what is expected at most, and when one customer at least is.
EMPTY_SHARE, LEAST_EXPECTED, MOST = 0.5, 1.0, 50
#: The best ZIPs are those that, the fullest first, hold this share of all customers.
BEST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Quarter:
    """A ZIP: where it is, what is earned there in dollars a year, who is there, what was wished and not granted."""

    zip: str
    latitude: float
    longitude: float
    income: int
    customers: int = 0
    unmet: int = 0


@dataclass(frozen=True, slots=True)
class EmptyQuarter:
    """``expected`` customers by ``LIKE`` ZIPs most alike, of which ``best_like`` are among the best.

    ``miles`` from the winery (none where nobody knows where it is), ``around`` ZIPs about it, ``unmet`` bottles wished
    nearby. ``p``: how likely chance alone leaves so few.
    """

    zip: str
    income: int
    miles: int | None
    around: int
    customers: int
    expected: float
    best_like: int
    alike: tuple[str, ...]
    unmet: int
    p: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> EmptyQuarter:
        return cls(**{**kept, "alike": tuple(kept["alike"])})


def empty_quarters(
    quarters: Sequence[Quarter], *, winery: tuple[float, float] | None, most: int = MOST
) -> list[EmptyQuarter]:
    """The emptiest first: by customers missing, among those with an unmet wish nearby. Wants SciPy: for the worker."""
    if len(quarters) <= LIKE or not any(one.customers for one in quarters):
        return []
    unmet = unmet_nearby(quarters)
    around = zips_around(quarters)
    asked = [at for at, bottles in enumerate(unmet) if bottles]
    if not asked:
        return []
    best, likes = best_of(quarters), _most_alike(_features(quarters, around, winery), asked)
    expected = {at: sum(quarters[one].customers for one in likes[at]) / LIKE for at in asked}
    found = [
        EmptyQuarter(
            zip=quarters[at].zip,
            income=quarters[at].income,
            miles=_miles(quarters[at], winery),
            around=around[at],
            customers=quarters[at].customers,
            expected=expected[at],
            best_like=sum(one in best for one in likes[at]),
            alike=_fullest(quarters, likes[at]),
            unmet=unmet[at],
            p=fewer_than_expected(quarters[at].customers, expected[at]),
        )
        for at in asked
    ]
    empty = [one for one in found if _is_empty(one)]
    return sorted(empty, key=lambda one: (one.customers - one.expected, -one.unmet, one.zip))[:most]


def _is_empty(one: EmptyQuarter) -> bool:
    return (
        one.expected >= LEAST_EXPECTED and one.customers <= EMPTY_SHARE * one.expected and one.best_like > 0
    )


def _fullest(quarters: Sequence[Quarter], like: Iterable[int]) -> tuple[str, ...]:
    """Three of those alike that hold most: the reader knows them."""
    held = sorted(like, key=lambda at: (-quarters[at].customers, quarters[at].zip))
    return tuple(quarters[at].zip for at in held[:3] if quarters[at].customers)


def best_of(quarters: Sequence[Quarter]) -> set[int]:
    """Places of the ZIPs that, the fullest first, hold half of all customers; none of equals is left out."""
    wanted, least = BEST_SHARE * sum(one.customers for one in quarters), 1
    for held in sorted((one.customers for one in quarters), reverse=True):
        if wanted <= 0:
            break
        wanted, least = wanted - held, held
    return {at for at, one in enumerate(quarters) if one.customers >= max(least, 1)}


def _features(
    quarters: Sequence[Quarter], around: Sequence[int], winery: tuple[float, float] | None
) -> list[tuple[float, ...]]:
    """Income, distance and closeness as logarithms, each in its own spread: twice as much counts alike everywhere."""
    columns = [[log(max(one.income, 1)) for one in quarters], [log(1 + many) for many in around]]
    if winery:
        columns.append([log(10 + miles_between(one.latitude, one.longitude, *winery)) for one in quarters])
    return list(zip(*map(_spread, columns), strict=True))


def _spread(column: list[float]) -> list[float]:
    middle = sum(column) / len(column)
    spread = sqrt(sum((value - middle) ** 2 for value in column) / len(column)) or 1.0
    return [(value - middle) / spread for value in column]


def _most_alike(features: list[tuple[float, ...]], asked: Iterable[int]) -> dict[int, list[int]]:
    """Of each of ``asked`` the places of the ``LIKE`` others that are nearest by their features."""
    from scipy.spatial import KDTree

    tree, order = KDTree(features), list(asked)
    # One more: each is most like itself.
    _, near = tree.query([features[at] for at in order], k=LIKE + 1)
    return {
        at: [int(one) for one in row if one != at][:LIKE]
        for at, row in zip(order, near.tolist(), strict=True)
    }


def zips_around(quarters: Sequence[Quarter]) -> list[int]:
    """How many other ZIPs have their centre within ``AROUND_MILES`` of each."""
    return [len(near) for near in _within(quarters, quarters, AROUND_MILES)]


def unmet_nearby(quarters: Sequence[Quarter]) -> list[int]:
    """Bottles wished and not granted in ZIPs within ``NEARBY_MILES`` of each, its own included."""
    wishing = [one for one in quarters if one.unmet]
    near = _within(quarters, wishing, NEARBY_MILES)
    return [one.unmet + sum(wishing[at].unmet for at in row) for one, row in zip(quarters, near, strict=True)]


def _within(ones: Sequence[Quarter], others: Sequence[Quarter], miles: float) -> Iterable[list[int]]:
    """Of each one the places of the others within so many miles, without itself: by squares of the map."""
    high = miles / 69.0 * 1.01
    squares: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, other in enumerate(others):
        squares[floor(other.latitude / high), floor(other.longitude / high)].append(at)
    for one in ones:
        wide = high / max(0.02, cos(radians(abs(one.latitude) + high)))
        row = floor(one.latitude / high)
        columns = range(floor((one.longitude - wide) / high), floor((one.longitude + wide) / high) + 1)
        near = [
            at for up in (row - 1, row, row + 1) for across in columns for at in squares.get((up, across), ())
        ]
        yield [
            at
            for at in near
            if others[at].zip != one.zip
            and miles_between(one.latitude, one.longitude, others[at].latitude, others[at].longitude) <= miles
        ]


def _miles(one: Quarter, winery: tuple[float, float] | None) -> int | None:
    return round(miles_between(one.latitude, one.longitude, *winery)) if winery else None
