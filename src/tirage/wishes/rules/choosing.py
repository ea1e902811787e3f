"""One way in to all rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tirage.wishes.rules.aims import Aim
from tirage.wishes.rules.asks import Ask, Caps, Shares
from tirage.wishes.rules.optimising import optimise
from tirage.wishes.rules.sharing import SIMPLE, Rule, share_simply


def share_out(
    rule: Rule,
    asks: Iterable[Ask],
    stock: Mapping[int, int],
    caps: Caps | None = None,
    *,
    seed: str = "",
    aim: Aim | None = None,
) -> Shares:
    """Pieces for each ask by its key, of ``stock`` (pieces to give by sku). The same question has the same answer.

    ``seed`` decides a draw, ``aim`` what the optimiser is after. Whatever the rule, nobody gets more than asked, than a
    cap allows or than there is, and only whole multiples and cases; nothing is kept back that somebody could still
    have.
    """
    return share_by_all(asks, stock, caps, seed=seed, aim=aim, rules=[rule])[rule]


def share_by_all(
    asks: Iterable[Ask],
    stock: Mapping[int, int],
    caps: Caps | None = None,
    *,
    seed: str = "",
    aim: Aim | None = None,
    rules: Collection[Rule] = tuple(Rule),
) -> dict[Rule, Shares]:
    """The same question by several rules, each as ``share_out`` has it."""
    here, caps = list(asks), caps or Caps()
    needed = SIMPLE if Rule.OPTIMISER in rules else [rule for rule in SIMPLE if rule in rules]
    found = {rule: share_simply(rule, here, stock, caps, seed=seed) for rule in needed}
    if Rule.OPTIMISER in rules:
        found[Rule.OPTIMISER] = optimise(here, stock, caps, aim or Aim(), found.values())
    return {rule: found[rule] for rule in rules}
