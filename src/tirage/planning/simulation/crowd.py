"""The people of a plan as arrays: in the order of the groups, and of people with the same limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.offers.rules import Limits
from tirage.planning.simulation.plan import Plan, PlannedGroup

Ints = NDArray[np.int64]
#: Stands for no maximum of a cart.
BOUNDLESS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Crowd:
    """``kind`` says for each person which row of the tables is theirs: people of one group with the same limits.

    Tables by kind and wine, in pieces: ``cap`` is the most that a cart may hold (nought where the wine isn't offered),
    ``reference`` the maximum that rates are known for, ``least`` the purchase minimum, ``multiple``; ``price`` minor.
    By kind: ``opens``, ``closes``, ``bottles_minimum``, ``bottles_maximum``, ``spend_minimum``. ``members`` are the
    places of each group's people, ``bottles`` those inside a piece of each wine.
    """

    kind: Ints
    group: Ints
    members: Sequence[slice]
    cap: Ints
    reference: Ints
    least: Ints
    multiple: Ints
    price: Ints
    opens: Ints
    closes: Ints
    bottles_minimum: Ints
    bottles_maximum: Ints
    spend_minimum: Ints
    bottles: Ints

    @property
    def has_rules(self) -> NDArray[np.bool_]:
        """Of each kind, whether a cart can be too small or too large to be ordered."""
        small = (self.bottles_minimum > 0) | (self.spend_minimum > 0)
        return small | (self.bottles_maximum < BOUNDLESS)

    def are_met(self, kinds: Ints, pieces: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether carts of such ``pieces`` (…, wine) of people of these kinds may be ordered; an empty one may not."""
        # Whole numbers, far below what a float holds exactly, and multiplied many times faster.
        bottles = pieces.astype(np.float64) @ self.bottles.astype(np.float64)
        found: NDArray[np.bool_] = (bottles > 0) & (bottles >= self.bottles_minimum[kinds])
        found &= bottles <= self.bottles_maximum[kinds]
        if self.spend_minimum.any():
            found &= (pieces * self.price[kinds]).sum(axis=-1) >= self.spend_minimum[kinds]
        return found


def gather_crowd(plan: Plan) -> Crowd:
    """The people of the plan."""
    rows: list[tuple[int, int, dict[int, tuple[int, int]]]] = []
    for place, group in enumerate(plan.groups):
        rows += [(place, one.people, dict(one.limits)) for one in group.own]
        rows.append((place, group.people - sum(one.people for one in group.own), {}))
    sizes = [people for _, people, _ in rows]
    groups = [plan.groups[place] for place, _, _ in rows]
    tables = [_limits(plan, group, own) for group, (_, _, own) in zip(groups, rows, strict=True)]
    ends = np.cumsum([group.people for group in plan.groups]).tolist()
    starts = [0, *ends[:-1]]
    return Crowd(
        kind=np.repeat(np.arange(len(rows)), sizes),
        group=np.array([place for place, _, _ in rows]),
        members=[slice(start, end) for start, end in zip(starts, ends, strict=True)],
        cap=np.array([[limits.cap(bought=0) for limits, _, _ in table] for table in tables]),
        reference=np.array([[reference for _, reference, _ in table] for table in tables]),
        least=np.array([[limits.minimum for limits, _, _ in table] for table in tables]),
        multiple=np.array([[limits.multiple for limits, _, _ in table] for table in tables]),
        price=np.array([[price for _, _, price in table] for table in tables]),
        opens=np.array([group.opens for group in groups]),
        closes=np.array([group.closes for group in groups]),
        bottles_minimum=np.array([group.rules.bottles_minimum for group in groups]),
        bottles_maximum=np.array([_most(group) for group in groups]),
        spend_minimum=np.array([group.rules.spend_minimum_minor for group in groups]),
        bottles=np.array([wine.bottles for wine in plan.wines]),
    )


def _most(group: PlannedGroup) -> int:
    most = group.rules.bottles_maximum
    return BOUNDLESS if most is None else most


def _limits(
    plan: Plan, group: PlannedGroup, own: dict[int, tuple[int, int]]
) -> list[tuple[Limits, int, int]]:
    """Limits, reference and price of each wine of the plan for people of the group with these limits of their own."""
    found = [(Limits(0, 0, 0, 1), 0, 0) for _ in plan.wines]
    for item in group.items:
        limits, reference = item.limits, item.reference
        if item.wine in own:
            minimum, reference = own[item.wine]
            limits = Limits(minimum, reference, 0, item.limits.multiple)
        found[item.wine] = (limits, reference, item.price_minor)
    return found
