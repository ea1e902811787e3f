"""How grant runs, their rules and what becomes of wishes are said."""

from __future__ import annotations

from tirage.wishes.granting.planning import aim_of
from tirage.wishes.models import GrantRun
from tirage.wishes.rules import Objective, Rule
from tirage.wishes.states import GrantOutcome, GrantState

RULES = {
    Rule.EQUAL: (
        "Equal share",
        "Of each wine whoever has fewest is next, down to one bottle. Asking for more doesn’t help.",
    ),
    Rule.ROUND_ROBIN: ("Round-robin", "One bottle a customer in each pass, the oldest wish first."),
    Rule.PROPORTIONAL: ("Proportional", "The same part of every wish."),
    Rule.OLDEST: ("Oldest first", "All of the oldest wish, then all of the next."),
    Rule.RANK: ("Group rank", "The highest group first, the oldest wish within it."),
    Rule.SPEND: ("Spend", "Who spent most first."),
    Rule.DRAW: (
        "Weighted draw",
        "A line drawn by lot, with odds; each in turn gets all of the wish that is left.",
    ),
    Rule.OPTIMISER: (
        "Optimiser",
        "The best for a goal of yours, of all ways there are. Say below for which.",
    ),
}
OBJECTIVES = {
    Objective.EQUAL: (
        "As equal as possible",
        "As many customers as possible get one bottle, then as many as possible two, and so on, over all wines.",
    ),
    Objective.MONEY: ("Most money", "The wine that is granted comes to as much as possible."),
    Objective.LOYALTY: ("Loyalty", "Each bottle counts what its customer has spent; the sum is the largest."),
    Objective.SERVED: ("Most customers", "As many customers as possible get something."),
}
STATES = {
    GrantState.SHARING: ("Being shared out", "live"),
    GrantState.DRAFT: ("Draft", "hollow"),
    GrantState.RUNNING: ("Under way", "live"),
    GrantState.STOPPED: ("Stopped", "warning"),
    GrantState.FINISHED: ("Done", "good"),
}
OUTCOMES = {
    GrantOutcome.WAITING: ("Not reached", "hollow"),
    GrantOutcome.GRANTING: ("At the bank", "live"),
    GrantOutcome.GRANTED: ("Granted", "good"),
    GrantOutcome.COLLECTING: ("Money to collect", "warning"),
    GrantOutcome.OFFERED: ("Set aside", "live"),
    GrantOutcome.RETURNED: ("Bottles came back", "warning"),
    GrantOutcome.REFUSED: ("Left as it was", "problem"),
}


def say_rule(run: GrantRun) -> str:
    name = RULES[Rule(run.rule)][0]
    return f"{name}: {say_aim(run)}" if run.rule == Rule.OPTIMISER else name


def say_aim(run: GrantRun) -> str:
    """What the optimiser is after: ``as equal as possible, 3 at least for whoever gets any``."""
    aim = aim_of(run)
    words = OBJECTIVES[aim.objective][0].lower()
    if aim.minimum > 1:
        words += f", {aim.minimum} at least for whoever gets any"
    return f"{words}, in cases of {aim.case} where it costs nothing" if aim.case > 1 else words
