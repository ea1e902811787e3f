"""Who comes, when, what they want and how long they take, by chance.

Each draw has a stream of its own, named by the seed, the portion of days, what it is for, the group and the wine. So
the same seed gives the same days, and a plan that differs in one thing meets the same people with the same wishes:
what is different between two rehearsals is then what was changed, hardly chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.planning.simulation.crowd import BOUNDLESS, Crowd, Ints
from tirage.planning.simulation.curve import moment_of
from tirage.planning.simulation.engine import NEVER, Visits
from tirage.planning.simulation.plan import Plan, PlannedItem
from tirage.planning.simulation.sums import any_wine

#: Who wants all of the maximum that is known goes on to each further piece of a higher one with this chance.
MORE = 0.5
#: The share of those who take a wine without taking all of it, at most.
PARTLY = 0.6
#: How much of what is unsure from release to release is the same for all of its wines.
SHARED = 0.5
#: How unequal people's time to pay is: the standard deviation of its logarithm.
PAY_SPREAD = 1.0
#: Days whose carts are made to meet rules together; it takes eight times the memory of what is wanted.
_RULED = 16
_WHOLE = 1 << 16
_COMES, _AT, _PAYS, _WANTS, _DEMAND = range(5)


@dataclass(frozen=True, slots=True)
class Dice:
    """The streams of one portion of days."""

    seed: int
    portion: int

    def words(self, count: int, *names: int) -> NDArray[np.uint16]:
        """So many numbers of 0 to 65,535."""
        source = np.random.SFC64(np.random.SeedSequence(self.seed, spawn_key=(self.portion, *names)))
        found: NDArray[np.uint16] = np.asarray(source.random_raw(-(-count // 4))).view(np.uint16)[:count]
        return found

    def normal(self, count: int, *names: int) -> NDArray[np.float64]:
        """So many numbers of the standard normal distribution."""
        source = np.random.SFC64(np.random.SeedSequence(self.seed, spawn_key=(self.portion, *names)))
        return np.random.Generator(source).standard_normal(count)


def draw_visits(plan: Plan, crowd: Crowd, dice: Dice, days: int) -> Visits:
    """So many days of the plan."""
    people, wines = crowd.kind.size, len(plan.wines)
    most = int(crowd.cap.max(initial=0))
    wanted = np.zeros((days, people, wines), np.uint8 if most < 256 else np.uint16)
    at = np.full((days, people), NEVER, np.int64)
    pays = np.full((days, people), NEVER, np.int64)
    common = dice.normal(days, _DEMAND)
    of_wine = [dice.normal(days, _DEMAND, wine) for wine in range(wines)]
    pay_times = _pay_times(plan)
    for place, (group, members) in enumerate(zip(plan.groups, crowd.members, strict=True)):
        size = members.stop - members.start
        comes = dice.words(days * size, _COMES, place).reshape(days, size) < round(group.comes * _WHOLE)
        arrives = _arrivals(plan, place)
        when = arrives[dice.words(days * size, _AT, place)].reshape(days, size)
        at[:, members] = np.where(comes, when, NEVER)
        # Who doesn't come wants nothing: no word is higher than theirs.
        away = np.where(comes, np.uint16(0), np.uint16(_WHOLE - 1))
        pays[:, members] = pay_times[dice.words(days * size, _PAYS, place)].reshape(days, size)
        for item in group.items:
            demand = np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * of_wine[item.wine]
            taken = _shares(item, group.comes, demand)
            words = dice.words(days * size, _WANTS, place, item.wine).reshape(days, size)
            np.maximum(words, away, out=words)
            _draw_wanted(wanted[:, members, item.wine], crowd, members, item.wine, taken, words)
    for kind in np.flatnonzero(crowd.has_rules):
        who = np.flatnonzero(crowd.kind == kind)
        if who.size:
            span = slice(int(who[0]), int(who[-1]) + 1)
            for first in range(0, days, _RULED):
                _keep_rules(wanted[first : first + _RULED, span], crowd, int(kind))
    at[~any_wine(wanted)] = NEVER
    return Visits(at, pays, wanted)


def _pay_times(plan: Plan) -> Ints:
    """How long after coming somebody pays, by a number of 0 to 65,535; NEVER for those who leave their cart."""
    shares = (np.arange(_WHOLE) + 0.5) / _WHOLE
    knots = np.linspace(0.001, 0.999, 999)
    normal = np.array([NormalDist().inv_cdf(float(share)) for share in knots])
    rest = np.clip((shares - plan.leaves) / max(1 - plan.leaves, 1e-9), 0.001, 0.999)
    times = plan.pays * np.exp(PAY_SPREAD * np.interp(rest, knots, normal))
    found: Ints = np.where(shares < plan.leaves, NEVER, times).astype(np.int64)
    return found


def _arrivals(plan: Plan, place: int) -> Ints:
    """When somebody comes, by a number of 0 to 65,535: along the curve, after ``since``."""
    group = plan.groups[place]
    window = {"opens": group.opens, "closes": group.closes}
    quantiles = np.linspace(0, 1, len(group.curve))
    moments = np.array([moment_of(value, **window) for value in group.curve])
    before = float(np.interp(group.since, moments, quantiles)) if group.since > group.opens else 0.0
    shares = before + (1 - before) * (np.arange(_WHOLE) + 0.5) / _WHOLE
    found: Ints = np.clip(np.interp(shares, quantiles, moments), group.since, group.closes - 1).astype(
        np.int64
    )
    return found


def _shares(item: PlannedItem, comes: float, demand: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the known maximum that those who come want together, on each day."""
    share = min(max(item.rate / comes, 0.0), 0.995) if comes else 0.0
    if share <= 0:
        return np.zeros_like(demand)
    found: NDArray[np.float64] = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + item.spread * demand)))
    return found


def _draw_wanted(
    wanted: NDArray[Any],
    crowd: Crowd,
    members: slice,
    wine: int,
    share: NDArray[np.float64],
    words: NDArray[np.uint16],
) -> None:
    """Writes what people (columns) want of a wine on each day (row): low words want all, high ones nothing."""
    kinds = crowd.kind[members]
    for kind in np.unique(kinds):
        multiple = int(crowd.multiple[kind, wine])
        most = int(crowd.cap[kind, wine]) // multiple
        if not most:
            continue
        known = max(int(crowd.reference[kind, wine]) // multiple, 1)
        span = np.flatnonzero(kinds == kind)
        part = slice(int(span[0]), int(span[-1]) + 1)
        level = np.zeros((len(share), part.stop - part.start), wanted.dtype)
        for step in _steps(share, known, most):
            level += words[:, part] < step[:, None]
        level *= multiple
        least = -(-int(crowd.least[kind, wine]) // multiple) * multiple
        if least > multiple:
            np.maximum(level, least, out=level, where=level > 0)
        wanted[:, part] = level


def _steps(share: NDArray[np.float64], known: int, most: int) -> list[NDArray[np.uint16]]:
    """Below which word somebody wants at least the first multiple, the second and so on, by day.

    Most take all or nothing of what they may; some take a part, each part as likely. On average it is ``share``.
    """
    partly = PARTLY * np.minimum(share, 1 - share) if known > 1 else np.zeros_like(share)
    fully = share - partly / 2
    found = []
    for number in range(1, most + 1):
        if number < known:
            chance = fully + partly * (known - number) / (known - 1)
        else:
            chance = fully * MORE ** (number - known)
        found.append(np.minimum(np.round(chance * _WHOLE), _WHOLE - 1).astype(np.uint16))
    return found


def _keep_rules(wanted: NDArray[Any], crowd: Crowd, kind: int) -> None:
    """Who wants less than a cart must hold fills it up with what they may have, in the order of the wines, or leaves
    where that isn't enough; who wants more than it may hold puts the last wines back.
    """
    most = int(crowd.bottles_maximum[kind])
    if most < BOUNDLESS:
        _put_back(wanted, crowd, kind, wanted.astype(np.int64) @ crowd.bottles - most)
    _fill_up(wanted, crowd, kind, crowd.bottles, int(crowd.bottles_minimum[kind]))
    _fill_up(wanted, crowd, kind, crowd.price[kind], int(crowd.spend_minimum[kind]))
    kinds = np.full(wanted.shape[1], kind)
    for day in wanted:
        day[~crowd.are_met(kinds, day)] = 0


def _put_back(wanted: NDArray[Any], crowd: Crowd, kind: int, over: Ints) -> None:
    for wine in reversed(range(wanted.shape[2])):
        if not (over > 0).any():
            return
        multiple, least = int(crowd.multiple[kind, wine]), int(crowd.least[kind, wine])
        piece = multiple * int(crowd.bottles[wine])
        back = np.minimum(-(-np.maximum(over, 0) // piece) * multiple, wanted[:, :, wine])
        kept = wanted[:, :, wine] - back
        back = np.where(kept < least, wanted[:, :, wine], back)
        wanted[:, :, wine] -= back.astype(wanted.dtype)
        over -= back * int(crowd.bottles[wine])


def _fill_up(wanted: NDArray[Any], crowd: Crowd, kind: int, worth: Ints, target: int) -> None:
    if not target:
        return
    worths = wanted.astype(np.float64) @ worth.astype(np.float64)
    missing = np.where(worths > 0, target - worths, 0).astype(np.int64)
    for wine in range(wanted.shape[2]):
        cap, multiple = int(crowd.cap[kind, wine]), int(crowd.multiple[kind, wine])
        if not cap or not int(worth[wine]):
            continue
        want = -(-np.maximum(missing, 0) // (int(worth[wine]) * multiple)) * multiple
        least = -(-int(crowd.least[kind, wine]) // multiple) * multiple
        want = np.where((want > 0) & (wanted[:, :, wine] + want < least), least - wanted[:, :, wine], want)
        more = np.minimum(want, cap - wanted[:, :, wine])
        wanted[:, :, wine] += more.astype(wanted.dtype)
        missing -= more * int(worth[wine])
