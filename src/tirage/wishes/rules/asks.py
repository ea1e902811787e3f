"""What is asked, what there is to give, and the walls that every rule keeps to: never more than wished, never more
than there is, never beyond a cap, only whole multiples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import lcm

#: Pieces by an ask's ``key``; asks that get nothing are in it with nought.
Shares = dict[int, int]
#: More pieces than anybody can ask for: where there is no cap.
MOST = 2**31


@dataclass(frozen=True, slots=True)
class Ask:
    """What is open of one customer's wish for one wine, in pieces."""

    key: int
    #: The name that a draw is made by; it is published.
    reference: str
    sku: int
    customer: int
    pieces: int
    #: Who lives together; empty for somebody of whom nobody knows where.
    household: str = ""
    #: Its place in the line of all wishes, the oldest first.
    turn: int = 0
    #: The rank of the customer's group; the lowest comes first.
    rank: int = 0
    spend_minor: int = 0
    #: Odds in a draw, beside the others'.
    weight: int = 1
    price_minor: int = 0
    #: Sold in 1s, 3s, 6s.
    multiple: int = 1


@dataclass(frozen=True, slots=True)
class Caps:
    """The most pieces for one customer and for one household over all wines; ``case`` gives whole cases of so many."""

    customer: int | None = None
    household: int | None = None
    case: int = 1

    def step(self, ask: Ask) -> int:
        """The fewest pieces that can be given at once."""
        return lcm(ask.multiple, self.case)

    def in_cases(self, case: int) -> Caps:
        """The same caps, and whole cases of so many pieces besides."""
        return Caps(self.customer, self.household, lcm(self.case, case))


class Giving:
    """Pieces on their way to those who asked. A rule decides who is next; what may be given is decided here."""

    def __init__(self, asks: Iterable[Ask], stock: Mapping[int, int], caps: Caps) -> None:
        self.asks = sorted(asks, key=lambda ask: (ask.turn, ask.key))
        self.caps = caps
        self.shares: Shares = {ask.key: 0 for ask in self.asks}
        self._left = {sku: max(pieces, 0) for sku, pieces in stock.items()}
        self._of_customer: Counter[int] = Counter()
        self._of_household: Counter[str] = Counter()

    def step(self, ask: Ask) -> int:
        return self.caps.step(ask)

    def room(self, ask: Ask) -> int:
        """The most that may still be given for this ask, in whole steps."""
        most = min(ask.pieces - self.shares[ask.key], self._left.get(ask.sku, 0))
        most = max(min(most, self.below_caps(ask)), 0)
        return most - most % self.step(ask)

    def below_caps(self, ask: Ask) -> int:
        """What the caps still let the ask's customer have, over all wines."""
        most = self.caps.customer if self.caps.customer is not None else MOST
        most -= self._of_customer[ask.customer]
        if self.caps.household is not None and ask.household:
            most = min(most, self.caps.household - self._of_household[ask.household])
        return most

    def give(self, ask: Ask, pieces: int) -> int:
        """Gives as many of ``pieces`` as may be given, in whole steps; how many."""
        given = min(pieces - pieces % self.step(ask), self.room(ask))
        if given > 0:
            self.shares[ask.key] += given
            self._left[ask.sku] -= given
            self._of_customer[ask.customer] += given
            if ask.household:
                self._of_household[ask.household] += given
        return max(given, 0)

    def of_customer(self, customer: int) -> int:
        """What a customer has so far, over all wines."""
        return self._of_customer[customer]

    def left(self, sku: int) -> int:
        return self._left.get(sku, 0)
