"""What a way to share out comes to: bottles, money, people served, and how evenly."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tirage.wishes.rules.asks import Ask


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one way to share out; ``gini`` is of the pieces of all who asked, 0 where all have the same."""

    pieces: int
    money_minor: int
    customers: int
    with_nothing: int
    in_full: int
    gini: float
    #: How many customers get so many pieces, from nought on.
    spread: tuple[int, ...]


def measure(asks: Iterable[Ask], shares: Mapping[int, int]) -> Outcome:
    """The figures of these shares (pieces by ask's key); customers count once over all wines."""
    given: dict[int, int] = {}
    asked: dict[int, int] = {}
    money = 0
    for ask in asks:
        pieces = shares.get(ask.key, 0)
        given[ask.customer] = given.get(ask.customer, 0) + pieces
        asked[ask.customer] = asked.get(ask.customer, 0) + ask.pieces
        money += pieces * ask.price_minor
    counts = list(given.values())
    spread = [0] * (max(counts, default=0) + 1)
    for pieces in counts:
        spread[pieces] += 1
    return Outcome(
        pieces=sum(counts),
        money_minor=money,
        customers=sum(1 for pieces in counts if pieces),
        with_nothing=sum(1 for pieces in counts if not pieces),
        in_full=sum(1 for customer, pieces in given.items() if pieces and pieces >= asked[customer]),
        gini=gini(counts),
        spread=tuple(spread),
    )


def gini(counts: Sequence[int]) -> float:
    """The Gini coefficient: 0 when all have the same, towards 1 when one has all; 0 for nobody and for nothing.

    >>> gini([2, 2, 2]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    total, many = sum(counts), len(counts)
    if not total:
        return 0.0
    weighted = sum(place * count for place, count in enumerate(sorted(counts), start=1))
    return round(2 * weighted / (many * total) - (many + 1) / many, 6)


def lorenz(spread: Sequence[int]) -> list[tuple[float, float]]:
    """The Lorenz curve of ``Outcome.spread``, from those with fewest on: (part of the customers, their part of the
    pieces), from (0, 0) to (1, 1); none where nobody has anything. The Gini is twice the area between it and evenness.

    >>> lorenz([3, 0, 0, 0, 1])
    [(0.0, 0.0), (0.75, 0.0), (1.0, 1.0)]
    """
    many, total = sum(spread), sum(pieces * people for pieces, people in enumerate(spread))
    if not total:
        return []
    points, customers, pieces = [(0.0, 0.0)], 0, 0
    for each, people in enumerate(spread):
        customers, pieces = customers + people, pieces + each * people
        if people:
            points.append((customers / many, pieces / total))
    return points


def part_of_fewest(points: Sequence[tuple[float, float]], customers: float) -> float:
    """What part of the pieces the ``customers`` (a part of all) with fewest have, on a Lorenz curve.

    >>> part_of_fewest(lorenz([0, 2, 0, 2]), 0.5)
    0.25
    """
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        if customers <= next_x:
            return y + (next_y - y) * (customers - x) / (next_x - x)
    return 0.0
