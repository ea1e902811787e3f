"""Which part of an order's discounts goes with bottles whose money is given back. Pure, in minor units.

A discount on the wine goes with it in proportion. What was given back before (a corked bottle, a courtesy) stays with
the wine that stays, as long as that is worth it: nobody is given the same money twice, and nobody too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tirage.core.money import share_minor


@dataclass(frozen=True, slots=True)
class Discount:
    """``minor`` is negative; ``sku_id`` when it is for one wine; ``stays`` when it was given back before."""

    sku_id: int | None
    description: str
    minor: int
    stays: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line's wine at its price, and how much of that is given back."""

    sku_id: int
    wine_minor: int
    taken_minor: int


def discount_shares(discounts: Sequence[Discount], lines: Sequence[Line]) -> list[list[int]]:
    """What of each discount (in their order) goes with what is taken of each line; negative like the discounts.

    Never more than what is taken is worth: giving wine back makes no order dearer.
    """
    left = [line.wine_minor - line.taken_minor for line in lines]
    shares: dict[int, list[int]] = {}
    for index in sorted(
        range(len(discounts)), key=lambda i: (discounts[i].stays, discounts[i].sku_id is None)
    ):
        discount = discounts[index]
        scope = [i for i, line in enumerate(lines) if discount.sku_id in (None, line.sku_id)]
        part = _staying if discount.stays else _proportional
        shares[index] = part(discount.minor, scope, lines, left)
    _leave_excess(discounts, lines, shares)
    return [shares[index] for index in range(len(discounts))]


def _leave_excess(discounts: Sequence[Discount], lines: Sequence[Line], shares: dict[int, list[int]]) -> None:
    """Where more was forgiven than the wine came to (its delivery too), that stays forgiven: back before first."""
    excess = -sum(line.taken_minor for line in lines) - sum(sum(of_lines) for of_lines in shares.values())
    for index in sorted(shares, key=lambda i: not discounts[i].stays):
        for i, share in enumerate(shares[index]):
            stays = min(max(excess, 0), -share)
            shares[index][i] += stays
            excess -= stays


def _proportional(minor: int, scope: Sequence[int], lines: Sequence[Line], left: list[int]) -> list[int]:
    """By price, over what is taken and what stays; ``left`` becomes what the rest is worth."""
    shares = [0] * len(lines)
    kept = {i: lines[i].wine_minor - lines[i].taken_minor for i in scope}
    weights = [*(lines[i].taken_minor for i in scope), *kept.values()]
    if sum(weights) <= 0:
        return shares
    parts = share_minor(minor, weights)
    for i, taken, stays in zip(scope, parts[: len(scope)], parts[len(scope) :], strict=True):
        shares[i] = taken
        left[i] += stays
    return shares


def _staying(minor: int, scope: Sequence[int], lines: Sequence[Line], left: list[int]) -> list[int]:
    """Stays with what is left as far as that is worth it; only the rest goes with what is taken."""
    shares, missing = [0] * len(lines), -minor
    for i in scope:
        used = min(max(left[i], 0), missing)
        left[i] -= used
        missing -= used
    weights = [lines[i].taken_minor for i in scope]
    if missing and sum(weights) > 0:
        for i, part in zip(scope, share_minor(-missing, weights), strict=True):
            shares[i] = part
    return shares
