"""The optimiser: the shares that serve a stated objective best, found by HiGHS (``scipy.optimize.milp``).

Customers who wish for the same are one class of the model, shared among evenly afterwards. Where everything comes in
single pieces and nobody has a minimum, the model is a flow in a network: its linear relaxation has whole answers. What
HiGHS finds stands beside what every simple rule makes of the same question, and the best of all is taken: so no simple
rule is better, and one of them is there when HiGHS isn't ready in its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tirage.wishes.rules.aims import Aim, worth
from tirage.wishes.rules.asks import Ask, Caps, Giving, Shares
from tirage.wishes.rules.classes import Model, spread
from tirage.wishes.rules.solving import solve


def optimise(
    asks: Iterable[Ask], stock: Mapping[int, int], caps: Caps, aim: Aim, simple: Iterable[Shares]
) -> Shares:
    """The best shares by ``aim``, never worse than any of the ``simple`` rules' shares. The same question has the
    same answer, as long as HiGHS is ready in time.

    A customer gets the aim's minimum or nothing; shares of simple rules that give somebody less are mended first.
    """
    here = sorted(asks, key=lambda ask: (ask.turn, ask.key))
    found = [_completed(here, stock, caps, aim, shares) for shares in simple]
    steps = [caps] if aim.case <= 1 else [caps, caps.in_cases(aim.case)]
    for one in steps:
        model = Model(here, stock, one, aim)
        answer = solve(model)
        if answer is not None:
            found.append(_completed(here, stock, caps, aim, spread(model.kinds, answer)))
    return max(found, key=lambda shares: worth(aim, here, shares))


def _completed(
    asks: list[Ask], stock: Mapping[int, int], caps: Caps, aim: Aim, shares: Mapping[int, int]
) -> Shares:
    """The shares without those who'd have less than the minimum, and with what is left given to those who may have
    it, the oldest wish first."""
    giving = Giving(asks, stock, caps)
    wishes: dict[int, list[Ask]] = {}
    for ask in giving.asks:
        wishes.setdefault(ask.customer, []).append(ask)
    for own in wishes.values():
        if sum(shares.get(ask.key, 0) for ask in own) >= aim.minimum:
            for ask in own:
                giving.give(ask, shares.get(ask.key, 0))
    for own in wishes.values():
        if giving.of_customer(own[0].customer) or _reaches(giving, own, aim.minimum):
            for ask in own:
                giving.give(ask, ask.pieces)
    return giving.shares


def _reaches(giving: Giving, own: list[Ask], minimum: int) -> bool:
    """Whether one customer could have the minimum of what is left."""
    if minimum <= 1:
        return True
    left: dict[int, int] = {}
    room = giving.below_caps(own[0])
    had = 0
    for ask in own:
        free = left.get(ask.sku, giving.left(ask.sku))
        pieces = min(giving.room(ask), free, room - had)
        pieces = max(pieces - pieces % giving.step(ask), 0)
        left[ask.sku] = free - pieces
        had += pieces
    return had >= minimum
