"""The question as the optimiser sees it: kinds of customers who wish for the same, and what binds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import gcd

from tirage.wishes.rules.aims import Aim, Objective
from tirage.wishes.rules.asks import Ask, Caps, Shares


@dataclass(slots=True)
class Kind:
    """Customers whose wishes are alike. All counts but ``least`` and ``levels`` are of the kind, not of a customer."""

    #: For each ask of one customer: its wine, pieces of one step, the most steps, and what a piece is worth.
    skus: list[int]
    steps: list[int]
    most: list[int]
    values: list[int]
    #: Pieces that a level counts: a customer's pieces are so many levels of it.
    unit: int
    #: The fewest levels of who gets any, and the most.
    least: int
    levels: int
    #: For each ask whom it shares a household's cap with; empty where no cap binds several customers.
    homes: list[str]
    #: Each customer's asks in the same order, the oldest customer first.
    asks: list[list[Ask]] = field(default_factory=list)

    @property
    def customers(self) -> int:
        return len(self.asks)


class Model:
    """``kinds`` are those who can have anything at all; ``stock`` is pieces by sku."""

    def __init__(self, asks: Sequence[Ask], stock: Mapping[int, int], caps: Caps, aim: Aim) -> None:
        self.stock = {sku: max(stock.get(sku, 0), 0) for sku in {ask.sku for ask in asks}}
        self.caps, self.aim = caps, aim
        self._members = _members(asks) if caps.household is not None else {}
        self.kinds = [kind for kind in self._sorted(asks) if kind.levels >= kind.least]

    @cached_property
    def is_network(self) -> bool:
        """Whether the linear relaxation has whole answers: single pieces, no minimum."""
        return all(kind.least == 1 and set(kind.steps) == {1} for kind in self.kinds)

    def _sorted(self, asks: Sequence[Ask]) -> list[Kind]:
        of_customer: dict[int, list[Ask]] = {}
        for ask in asks:
            of_customer.setdefault(ask.customer, []).append(ask)
        kinds: dict[object, Kind] = {}
        for customer, wishes in of_customer.items():
            own = sorted(wishes, key=self._alike)
            key = customer if self._is_alone(own) else tuple(self._alike(ask) for ask in own)
            kinds.setdefault(key, self._kind(own)).asks.append(own)
        return list(kinds.values())

    def _alike(self, ask: Ask) -> tuple[int, int, int, int, bool]:
        is_capped = self.caps.household is not None and bool(ask.household)
        return ask.sku, self.caps.step(ask), ask.pieces, self._value(ask), is_capped

    def _value(self, ask: Ask) -> int:
        """What a piece counts by the objective; nought where customers count, not pieces."""
        counted = {Objective.MONEY: ask.price_minor, Objective.LOYALTY: ask.spend_minor}
        return counted.get(self.aim.objective, 0)

    def _is_alone(self, own: Sequence[Ask]) -> bool:
        """Whether a customer's share isn't like another's: bound by a household's cap with others, or in steps that
        can't be spread evenly."""
        mixed = {(self.caps.step(ask), ask.household) for ask in own}
        return len(mixed) > 1 or any(len(self._members.get(ask.household, ())) > 1 for ask in own)

    def _kind(self, own: Sequence[Ask]) -> Kind:
        steps = [self.caps.step(ask) for ask in own]
        most = [min(ask.pieces, self.stock[ask.sku]) // step for ask, step in zip(own, steps, strict=True)]
        unit = gcd(*steps)
        room = sum(step * count for step, count in zip(steps, most, strict=True))
        if self.caps.customer is not None:
            room = min(room, self.caps.customer)
        is_bound = self._is_alone(own)
        if self.caps.household is not None and not is_bound and own[0].household:
            room = min(room, self.caps.household)
        return Kind(
            skus=[ask.sku for ask in own],
            steps=steps,
            most=most,
            values=[self._value(ask) for ask in own],
            unit=unit,
            least=max(-(-self.aim.minimum // unit), 1),
            levels=max(room, 0) // unit,
            homes=[ask.household if is_bound and ask.household in self._members else "" for ask in own],
        )


def _members(asks: Sequence[Ask]) -> dict[str, set[int]]:
    """The customers of each household."""
    members: dict[str, set[int]] = {}
    for ask in asks:
        if ask.household:
            members.setdefault(ask.household, set()).add(ask.customer)
    return members


def spread(kinds: Sequence[Kind], answer: Sequence[tuple[int, Sequence[int]]]) -> Shares:
    """Pieces by ask of an answer: for each kind how many of its customers are served, and steps by ask of all of them.

    Within a kind all who are served have the same number of steps, within one; what is over goes to the oldest first.
    """
    shares: Shares = {}
    for kind, (served, given) in zip(kinds, answer, strict=True):
        next_ = 0
        for place, steps in enumerate(given if served else ()):
            each, over = divmod(steps, served)
            for turn in range(served):
                is_more = (turn - next_) % served < over
                ask = kind.asks[turn][place]
                shares[ask.key] = (each + is_more) * kind.steps[place]
            next_ += over
    return shares
