"""How grant runs, their rules and what becomes of wishes are said."""

from __future__ import annotations

from tirage.wishes.models import GrantRun
from tirage.wishes.rules import Rule
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
}
STATES = {
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
    return RULES[Rule(run.rule)][0]
