"""Choosing the maximums of one wine: as small as sells the wanted share, never so large that it is gone too soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tirage.planning.forecast.predicting import Band, band_of

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Choice:
    """One group's item: ``takes`` are draws of the pieces it takes by each maximum that may be chosen, ascending.

    ``present`` is the maximum that stands, whose proportions to those of other groups are kept. ``competes`` says that
    its pieces may be gone while the first group can still buy.
    """

    key: int
    present: int
    takes: Mapping[int, np.ndarray]
    competes: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """``maximums`` by key, and what they come to: pieces ``sold``, the share of stock, and the two chances."""

    maximums: dict[int, int]
    sold: Band
    sell_through: float
    chance_out: float
    chance_kept: float


def choose(choices: Sequence[Choice], *, stock: int, sell_through: float, chance: float) -> Chosen:
    """Raises the maximums bottle by bottle, the group furthest below its proportion first, until ``sell_through`` of
    the stock is expected to be sold or the ``chance`` that the first group finds some to its end would be missed.
    """
    at = {choice.key: 0 for choice in choices}
    stuck: set[int] = set()
    while True:
        now = _come_to(choices, at, stock)
        free = [choice for choice in choices if choice.key not in stuck]
        if now.sell_through >= sell_through or not free:
            return now
        choice = min(free, key=lambda one: _share(one, at[one.key] + 1))
        at[choice.key] += 1
        if at[choice.key] >= len(choice.takes) or _come_to(choices, at, stock).chance_kept < chance:
            at[choice.key] -= 1
            stuck.add(choice.key)


def _share(choice: Choice, place: int) -> float:
    steps = list(choice.takes)
    return steps[min(place, len(steps) - 1)] / max(choice.present, 1)


def _come_to(choices: Sequence[Choice], at: Mapping[int, int], stock: int) -> Chosen:
    import numpy as np

    maximums = {choice.key: list(choice.takes)[at[choice.key]] for choice in choices}
    wanted = sum(choice.takes[maximums[choice.key]] for choice in choices)
    early = sum(choice.takes[maximums[choice.key]] for choice in choices if choice.competes)
    sold = np.minimum(wanted, stock)
    return Chosen(
        maximums,
        band_of(sold),
        float(sold.mean()) / stock if stock else 0.0,
        float(np.mean(wanted >= stock)),
        float(np.mean(early <= stock)),
    )
