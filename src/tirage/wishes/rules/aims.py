"""What the optimiser is after, and how good a way to share out is by that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from tirage.wishes.rules.asks import Ask


class Objective(StrEnum):
    #: As many customers as possible have one piece, then as many as possible two, and so on.
    EQUAL = "equal"
    #: As much wine as possible, in money.
    MONEY = "money"
    #: Each piece counts what its customer has spent.
    LOYALTY = "loyalty"
    #: As many customers as possible have anything.
    SERVED = "served"


@dataclass(frozen=True, slots=True)
class Aim:
    """An objective; ``minimum`` is the fewest pieces for a customer who gets any, over all wines; of ways that are
    equally good the one with the most whole cases of ``case`` pieces is taken, where it is more than 1."""

    objective: Objective = Objective.EQUAL
    minimum: int = 1
    case: int = 1


#: To compare: the larger is the better. The objective's own figures, whole cases, pieces, then how evenly.
Worth = tuple[tuple[int, ...], int, int, tuple[int, ...]]


def worth(aim: Aim, asks: Iterable[Ask], shares: Mapping[int, int]) -> Worth:
    """How good these shares (pieces by ask's key) are by the aim."""
    of_customer: dict[int, int] = {}
    pieces = money = loyalty = cases = 0
    for ask in asks:
        got = shares.get(ask.key, 0)
        of_customer[ask.customer] = of_customer.get(ask.customer, 0) + got
        pieces += got
        money += got * ask.price_minor
        loyalty += got * ask.spend_minor
        cases += got // aim.case if aim.case > 1 else 0
    levels = _levels(of_customer.values())
    own = {
        Objective.EQUAL: levels,
        Objective.MONEY: (money,),
        Objective.LOYALTY: (loyalty,),
        Objective.SERVED: levels[:1],
    }[aim.objective]
    return own, cases, pieces, levels


def _levels(counts: Iterable[int]) -> tuple[int, ...]:
    """How many have at least one piece, at least two, and so on.

    The larger of two such rows is the fairer one: fewer have nothing, then fewer have one only (leximin).
    """
    spread: dict[int, int] = {}
    for count in counts:
        spread[count] = spread.get(count, 0) + 1
    most = max(spread, default=0)
    return tuple(accumulate(spread.get(count, 0) for count in range(most, 0, -1)))[::-1]
