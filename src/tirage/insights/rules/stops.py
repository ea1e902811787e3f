"""Which stops of a tour hold the most together, nobody counted twice, and the shortest way through them.

Choosing is the problem of maximum coverage. Greedily taken, stop after stop, the choice holds at least 1 − 1/e (63.2 %)
of the best (Nemhauser, Wolsey and Fisher, 1978), and usually nearly all of it; how much at least is said with each
choice. The best itself is looked for by branch and bound: with at most four of fifty places every choice that could be
better is weighed, so it is found for certain; with more stops, if it takes no longer than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tirage.places.us import miles_between

#: Of that many places at most is chosen; every choice of four of them is less than ``MOST_LOOKS``.
MOST_PLACES = 50
MOST_LOOKS = 260_000
#: Up to so many stops the shortest way is found for certain.
EXACT_WAY = 9
#: 1 − 1/e, which the greedy choice is never below.
GUARANTEE = 0.632


@dataclass(frozen=True, slots=True)
class Choice:
    """``stops`` are places in the list given, the one that adds most first; ``gains`` what each adds to those before.

    ``possible`` is what no choice of so many can exceed; of an exact one its own ``value``.
    """

    stops: tuple[int, ...]
    gains: tuple[int, ...]
    value: int
    possible: int
    is_exact: bool

    @property
    def share(self) -> float:
        """At least this part of the best possible."""
        return 1.0 if self.is_exact or not self.possible else max(self.value / self.possible, GUARANTEE)


def choose_stops(covers: Sequence[frozenset[int]], worth: Sequence[int], count: int) -> Choice:
    """The ``count`` of these that cover the most; ``covers`` are what each holds, as places in ``worth``."""
    atoms = _atoms(covers, worth)
    greedy = _greedy(atoms, len(covers), count)
    possible = _bound(atoms, len(covers), greedy, count)
    if sum(_gains(atoms, greedy)) == possible:
        return _chosen(atoms, greedy, possible, is_exact=True)
    search = _Search(atoms, len(covers), count, sum(_gains(atoms, greedy)), greedy)
    search.look((), 0, (1 << len(covers)) - 1)
    best = _by_gain(atoms, search.stops)
    return _chosen(atoms, best, possible, is_exact=search.looks < MOST_LOOKS)


#: Value of everything that is held by the same places: places as bits.
_Atoms = dict[int, int]


def _atoms(covers: Sequence[frozenset[int]], worth: Sequence[int]) -> _Atoms:
    holders: dict[int, int] = {}
    for place, cover in enumerate(covers):
        for spot in cover:
            holders[spot] = holders.get(spot, 0) | 1 << place
    atoms: _Atoms = {}
    for spot, bits in holders.items():
        atoms[bits] = atoms.get(bits, 0) + worth[spot]
    return atoms


def _added(atoms: _Atoms, chosen: int, count: int) -> list[int]:
    """What each place would add to those chosen (as bits)."""
    added = [0] * count
    for bits, value in atoms.items():
        if bits & chosen:
            continue
        left = bits
        while left:
            low = left & -left
            added[low.bit_length() - 1] += value
            left ^= low
    return added


def _greedy(atoms: _Atoms, places: int, count: int) -> tuple[int, ...]:
    stops: list[int] = []
    chosen = 0
    for _ in range(min(count, places)):
        added = _added(atoms, chosen, places)
        best = max(range(places), key=lambda place: (added[place], -place))
        if not added[best]:
            break
        stops.append(best)
        chosen |= 1 << best
    return tuple(stops)


def _gains(atoms: _Atoms, stops: Sequence[int]) -> list[int]:
    gains, chosen = [], 0
    for stop in stops:
        bit = 1 << stop
        gains.append(sum(value for bits, value in atoms.items() if bits & bit and not bits & chosen))
        chosen |= bit
    return gains


def _bound(atoms: _Atoms, places: int, greedy: Sequence[int], count: int) -> int:
    """No choice holds more: of each beginning of the greedy one, its value and the most that ``count`` more add."""
    chosen, value, least = 0, 0, sum(atoms.values())
    for stop, gain in zip([*greedy, None], [*_gains(atoms, greedy), 0], strict=True):
        added = sorted(_added(atoms, chosen, places), reverse=True)
        least = min(least, value + sum(added[:count]))
        if stop is not None:
            chosen |= 1 << stop
            value += gain
    return least


def _by_gain(atoms: _Atoms, stops: Sequence[int]) -> tuple[int, ...]:
    """The same stops, the one that adds most first."""
    left, chosen, ordered = set(stops), 0, list[int]()
    while left:
        best = max(
            left,
            key=lambda stop: (
                sum(value for bits, value in atoms.items() if bits >> stop & 1 and not bits & chosen),
                -stop,
            ),
        )
        ordered.append(best)
        chosen |= 1 << best
        left.discard(best)
    return tuple(ordered)


def _chosen(atoms: _Atoms, stops: Sequence[int], possible: int, *, is_exact: bool) -> Choice:
    gains = _gains(atoms, stops)
    value = sum(gains)
    return Choice(tuple(stops), tuple(gains), value, value if is_exact else possible, is_exact)


class _Search:
    """Branch and bound: a place is in or out, the one that adds most first."""

    def __init__(self, atoms: _Atoms, places: int, count: int, value: int, stops: tuple[int, ...]) -> None:
        self.atoms, self.places, self.count = atoms, places, count
        self.value, self.stops, self.looks = value, stops, 0

    def look(self, stops: tuple[int, ...], value: int, open_places: int) -> None:
        """Weighs every choice that has these stops and otherwise only of ``open_places`` (as bits)."""
        if value > self.value:
            self.value, self.stops = value, stops
        if len(stops) == self.count or self.looks >= MOST_LOOKS:
            return
        chosen = sum(1 << stop for stop in stops)
        added = _added(self.atoms, chosen, self.places)
        order = sorted(
            (one for one in range(self.places) if open_places >> one & 1), key=lambda one: -added[one]
        )
        wanted = self.count - len(stops)
        for at, place in enumerate(order):
            if value + sum(added[one] for one in order[at : at + wanted]) <= self.value:
                return
            self.looks += 1
            open_places &= ~(1 << place)
            self.look((*stops, place), value + added[place], open_places)


def shortest_way(
    points: Sequence[tuple[float, float]], start: tuple[float, float] | None = None
) -> list[int]:
    """The order in which all points are visited by the shortest way, from ``start`` if there is one, not back.

    Exact up to ``EXACT_WAY`` points; else the nearest next, and then turned round piece by piece while that helps.
    """
    ways = [[miles_between(*one, *other) for other in points] for one in points]
    begins = [miles_between(*start, *one) if start else 0.0 for one in points]
    if len(points) <= 2 and not start:
        return list(range(len(points)))
    if len(points) <= EXACT_WAY:
        return _exact_way(ways, begins)
    tries = [_turned(_nearest(ways, first), ways, begins) for first in range(len(points))]
    return min(tries, key=lambda order: way_length(order, ways, begins))


def way_length(order: Sequence[int], ways: Sequence[Sequence[float]], begins: Sequence[float]) -> float:
    """Miles from the start through all of them."""
    if not order:
        return 0.0
    return begins[order[0]] + sum(ways[one][other] for one, other in pairwise(order))


def _exact_way(ways: Sequence[Sequence[float]], begins: Sequence[float]) -> list[int]:
    """Held and Karp: the best way to each end through each set of points."""
    count = len(begins)
    best = {(1 << one, one): (begins[one], -1) for one in range(count)}
    for visited in range(1, 1 << count):
        for last in range(count):
            here = best.get((visited, last))
            if here is None:
                continue
            for nxt in range(count):
                if visited >> nxt & 1:
                    continue
                key, length = (visited | 1 << nxt, nxt), here[0] + ways[last][nxt]
                if key not in best or length < best[key][0]:
                    best[key] = (length, last)
    visited = (1 << count) - 1
    last = min(range(count), key=lambda one: best[visited, one][0], default=-1)
    order: list[int] = []
    while last >= 0:
        order.append(last)
        visited, last = visited ^ 1 << last, best[visited, last][1]
    return order[::-1]


def _nearest(ways: Sequence[Sequence[float]], first: int) -> list[int]:
    order, left = [first], set(range(len(ways))) - {first}
    while left:
        nearest = min(left, key=lambda one: (ways[order[-1]][one], one))
        order.append(nearest)
        left.discard(nearest)
    return order


def _turned(order: list[int], ways: Sequence[Sequence[float]], begins: Sequence[float]) -> list[int]:
    better = True
    while better:
        better = False
        for low in range(len(order) - 1):
            for high in range(low + 2, len(order) + 1):
                other = order[:low] + order[low:high][::-1] + order[high:]
                if way_length(other, ways, begins) < way_length(order, ways, begins) - 1e-9:
                    order, better = other, True
    return order
