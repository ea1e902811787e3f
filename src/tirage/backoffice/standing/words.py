"""How standing orders, their runs and what became of each customer are said."""

from __future__ import annotations

from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount, Outcome, RunState

STATES = {
    RunState.PLANNED: ("Waits for its time", "hollow"),
    RunState.RUNNING: ("Under way", "live"),
    RunState.STOPPED: ("Stopped", "warning"),
    RunState.FINISHED: ("Done", "good"),
}
OUTCOMES = {
    Outcome.WAITING: ("Waits", "hollow"),
    Outcome.ASIDE: ("Set aside", "live"),
    Outcome.ORDERING: ("At the bank", "live"),
    Outcome.ORDERED: ("Ordered", "good"),
    Outcome.COLLECTING: ("Money to collect", "warning"),
    Outcome.SKIPPED: ("Skipped", "hollow"),
    Outcome.LEFT_OUT: ("Left out", "problem"),
    Outcome.RETURNED: ("Bottles went back", "warning"),
}


def amount_words(standing: StandingOrder) -> str:
    """``Full allocation``, ``Suggested quantities``, ``Up to 6 bottles``."""
    if standing.amount == Amount.FULL:
        return "Full allocation"
    if standing.amount == Amount.USUAL:
        return "Suggested quantities"
    return f"Up to {standing.cap} bottle{'' if standing.cap == 1 else 's'}"
