"""The simple rules by which bottles are shared out. Each is a few lines about who is next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from heapq import heapify, heappop, heappush

from tirage.wishes.rules.asks import Ask, Caps, Giving, Shares
from tirage.wishes.rules.drawing import draw_order


class Rule(StrEnum):
    EQUAL = "equal"
    ROUND_ROBIN = "round_robin"
    PROPORTIONAL = "proportional"
    OLDEST = "oldest"
    RANK = "rank"
    SPEND = "spend"
    DRAW = "draw"
    OPTIMISER = "optimiser"


def share_simply(
    rule: Rule, asks: Iterable[Ask], stock: Mapping[int, int], caps: Caps, *, seed: str
) -> Shares:
    """Pieces for each ask by any rule but the optimiser."""
    giving = Giving(asks, stock, caps)
    if rule is Rule.DRAW:
        _all_in_line(giving, draw_order(giving.asks, seed))
    else:
        _RULES[rule](giving)
    return giving.shares


def _equal(giving: Giving) -> None:
    """Max-min fair for each wine: whoever has fewest of it is next, down to one bottle.

    Among equals it is who has fewest of all wines so far, then the oldest wish: so the last bottles of four wines go to
    four people rather than to one. Asking for more than one gets changes nothing: only who has all that was asked
    leaves the line.
    """
    for asks in _by_wine(giving.asks):
        have: Counter[int] = Counter()
        line = [(0, giving.of_customer(ask.customer), place) for place, ask in enumerate(asks)]
        heapify(line)
        while line and giving.left(asks[0].sku):
            had, _, place = heappop(line)
            ask = asks[place]
            if had == have[ask.customer]:
                given = giving.give(ask, giving.step(ask))
                if not given:
                    continue
                have[ask.customer] += given
            heappush(line, (have[ask.customer], giving.of_customer(ask.customer), place))


def _round_robin(giving: Giving) -> None:
    """One bottle (or multiple, or case) a customer in each pass, of the oldest wish that can still have one."""
    wishes: dict[int, list[Ask]] = defaultdict(list)
    for ask in giving.asks:
        wishes[ask.customer].append(ask)
    line = list(wishes.values())
    while line:
        line = [own for own in line if _one_of(own, giving)]


def _one_of(wishes: list[Ask], giving: Giving) -> bool:
    """Gives one customer one more; wishes that can't have any leave the line."""
    while wishes:
        if giving.give(wishes[0], giving.step(wishes[0])):
            return True
        wishes.pop(0)
    return False


def _proportional(giving: Giving) -> None:
    """The same part of every wish. What the parts leave over goes to the largest fractions, the oldest first."""
    for asks in _by_wine(giving.asks):
        open_ = asks
        while open_ and giving.left(asks[0].sku):
            open_ = _in_proportion(open_, giving)


def _in_proportion(asks: list[Ask], giving: Giving) -> list[Ask]:
    """One round: whole parts, then one step each by the largest fraction; who may have more than that."""
    stock, asked = giving.left(asks[0].sku), sum(ask.pieces - giving.shares[ask.key] for ask in asks)
    parts = [(ask, stock * (ask.pieces - giving.shares[ask.key]), giving.step(ask)) for ask in asks]
    for ask, part, step in parts:
        giving.give(ask, part // (asked * step) * step)
    by_fraction = sorted(parts, key=lambda one: one[1] % (asked * one[2]) / (asked * one[2]), reverse=True)
    for ask, _, step in by_fraction:
        giving.give(ask, step)
    return [ask for ask in asks if giving.room(ask)]


def _oldest(giving: Giving) -> None:
    """All of the oldest wish, then all of the next."""
    _all_in_line(giving, giving.asks)


def _rank(giving: Giving) -> None:
    """The highest group first; within a group the oldest wish."""
    _all_in_line(giving, sorted(giving.asks, key=lambda ask: ask.rank))


def _spend(giving: Giving) -> None:
    """Who spent most first; of those who spent the same the oldest wish."""
    _all_in_line(giving, sorted(giving.asks, key=lambda ask: -ask.spend_minor))


def _all_in_line(giving: Giving, line: Iterable[Ask]) -> None:
    for ask in line:
        giving.give(ask, ask.pieces)


def _by_wine(asks: Iterable[Ask]) -> list[list[Ask]]:
    """Each wine's asks, in their line."""
    wines: dict[int, list[Ask]] = defaultdict(list)
    for ask in asks:
        wines[ask.sku].append(ask)
    return list(wines.values())


SIMPLE: tuple[Rule, ...] = tuple(rule for rule in Rule if rule is not Rule.OPTIMISER)
_RULES: dict[Rule, Callable[[Giving], None]] = {
    Rule.EQUAL: _equal,
    Rule.ROUND_ROBIN: _round_robin,
    Rule.PROPORTIONAL: _proportional,
    Rule.OLDEST: _oldest,
    Rule.RANK: _rank,
    Rule.SPEND: _spend,
}
