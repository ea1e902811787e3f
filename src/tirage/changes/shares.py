"""Which part of an order's discounts goes with bottles whose money is given back. Pure, in minor units.

What names a line has gone with its bottles before (``named``). A discount on all the wine goes with it in proportion:
the group's by price, any other by what the wine still comes to. What was given back before without naming wine (a late
parcel, a courtesy) stays with the wine that stays, as long as that is worth it: nobody is given the same money twice,
and nobody too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tirage.core.money import share_minor


@dataclass(frozen=True, slots=True)
class Discount:
    """``minor`` is negative; ``stays`` when it was given back before, ``by_price`` when it is a rate on the price."""

    description: str
    minor: int
    stays: bool
    by_price: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line's wine at its price, how much of that is given back, and the same of its own discounts (negative)."""

    wine_minor: int
    taken_minor: int
    named_minor: int = 0
    named_taken_minor: int = 0


class _Worth:
    """What each line's taken and staying bottles still come to, as discounts are shared over them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.taken = [line.taken_minor + line.named_taken_minor for line in lines]
        self.left = [
            line.wine_minor - line.taken_minor + line.named_minor - line.named_taken_minor for line in lines
        ]


def discount_shares(discounts: Sequence[Discount], lines: Sequence[Line]) -> list[list[int]]:
    """What of each discount (in their order) goes with what is taken of each line; negative like the discounts.

    Never more than what is taken is worth: giving wine back makes no order dearer.
    """
    worth = _Worth(lines)
    shares: dict[int, list[int]] = {}
    for index in sorted(range(len(discounts)), key=lambda i: (discounts[i].stays, not discounts[i].by_price)):
        discount = discounts[index]
        if discount.stays:
            shares[index] = _staying(discount.minor, worth)
        else:
            shares[index] = _proportional(discount, lines, worth)
    _leave_excess(discounts, lines, shares)
    return [shares[index] for index in range(len(discounts))]


def _leave_excess(discounts: Sequence[Discount], lines: Sequence[Line], shares: dict[int, list[int]]) -> None:
    """Where more was forgiven than the wine came to (its delivery too), that stays forgiven: back before first."""
    excess = -sum(_Worth(lines).taken) - sum(sum(of_lines) for of_lines in shares.values())
    for index in sorted(shares, key=lambda i: not discounts[i].stays):
        for i, share in enumerate(shares[index]):
            stays = min(max(excess, 0), -share)
            shares[index][i] += stays
            excess -= stays


def _proportional(discount: Discount, lines: Sequence[Line], worth: _Worth) -> list[int]:
    """Over what is taken and what stays, by price or by worth."""
    if discount.by_price:
        taken = [line.taken_minor for line in lines]
        left = [line.wine_minor - line.taken_minor for line in lines]
    else:
        taken = [max(minor, 0) for minor in worth.taken]
        left = [max(minor, 0) for minor in worth.left]
    if sum(taken) + sum(left) <= 0:
        return [0] * len(lines)
    parts = share_minor(discount.minor, [*taken, *left])
    shares, stays = parts[: len(lines)], parts[len(lines) :]
    for i in range(len(lines)):
        worth.taken[i] += shares[i]
        worth.left[i] += stays[i]
    return shares


def _staying(minor: int, worth: _Worth) -> list[int]:
    """Stays with what is left as far as that is worth it; only the rest goes with what is taken."""
    shares, missing = [0] * len(worth.left), -minor
    for i in range(len(worth.left)):
        used = min(max(worth.left[i], 0), missing)
        worth.left[i] -= used
        missing -= used
    weights = [max(taken, 0) for taken in worth.taken]
    if missing and sum(weights) > 0:
        for i, part in enumerate(share_minor(-missing, weights)):
            shares[i] = part
            worth.taken[i] += part
    return shares
