"""The figures of a report, added up and compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """A wine of an offer, or several added up, in bottles: ``offered`` = ``taken`` + ``held`` + ``left``.

    ``taken`` was bought within the maximums, ``beyond`` besides them. ``wine_minor`` is what the bottles cost.
    """

    offered: int = 0
    taken: int = 0
    beyond: int = 0
    held: int = 0
    left: int = 0
    wished: int = 0
    granted: int = 0
    wine_minor: int = 0

    @property
    def bought(self) -> int:
        return self.taken + self.beyond

    @property
    def take_rate(self) -> Decimal | None:
        """Bottles bought ÷ bottles offered; None where nothing was offered."""
        return Decimal(self.bought) / self.offered if self.offered else None

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Figures)))


def add_up(many: Iterable[Figures]) -> Figures:
    total = Figures()
    for one in many:
        total += one
    return total


@dataclass(frozen=True, slots=True)
class People:
    """Customers, each once: whom a release was offered to, and of those how many were invited, saw it, have bottles in
    the cart now, bought.
    """

    offered: int = 0
    invited: int = 0
    seen: int = 0
    in_cart: int = 0
    bought: int = 0

    @property
    def not_yet(self) -> int:
        return self.offered - self.bought

    def __add__(self, other: People) -> People:
        return People(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(People)))


@dataclass(frozen=True, slots=True)
class Sold:
    """Bottles and what they cost."""

    bottles: int = 0
    wine_minor: int = 0

    def __add__(self, other: Sold) -> Sold:
        return Sold(self.bottles + other.bottles, self.wine_minor + other.wine_minor)


def run_up(by_day: Mapping[date, Sold], first: date, last: date) -> list[Sold]:
    """What was sold until the end of each day of a release's life; what was sold before ``first`` counts to it."""
    found: list[Sold] = []
    so_far = Sold()
    for one, sold in by_day.items():
        if one < first:
            so_far += sold
    for number in range((last - first).days + 1):
        so_far += by_day.get(first + timedelta(days=number), Sold())
        found.append(so_far)
    return found


def reached(is_there: int, goal: int | None) -> Decimal | None:
    """The share of a goal that is reached; None without a goal."""
    return Decimal(is_there) / goal if goal else None


def growth(now: int, before: int) -> Decimal | None:
    """How much more than before, as a share of before; None where there was nothing."""
    return Decimal(now - before) / before if before else None


def longest(*curves: Sequence[object]) -> int:
    return max((len(curve) for curve in curves), default=0)
