"""A standing order's life, and that of a release's run with what became of each customer."""

from enum import StrEnum


class StandingState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


#: A customer has at most one of these.
LIVE = (StandingState.ACTIVE, StandingState.PAUSED)


class Amount(StrEnum):
    """What of an allocation is ordered."""

    FULL = "full"
    #: The quantities that the winery suggests.
    USUAL = "usual"
    #: Up to so many bottles in all, in the order of the offer.
    CAPPED = "capped"


class RunState(StrEnum):
    #: It begins by itself at its time.
    PLANNED = "planned"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


RUN_STEPS: dict[RunState, frozenset[RunState]] = {
    RunState.PLANNED: frozenset({RunState.RUNNING, RunState.STOPPED}),
    RunState.RUNNING: frozenset({RunState.STOPPED, RunState.FINISHED}),
    RunState.STOPPED: frozenset({RunState.RUNNING}),
    RunState.FINISHED: frozenset({RunState.RUNNING}),
}


class Outcome(StrEnum):
    WAITING = "waiting"
    #: The bottles are held, the order comes next.
    ASIDE = "aside"
    #: The order is placed, and its card is being asked.
    ORDERING = "ordering"
    ORDERED = "ordered"
    #: The card was declined; the bottles are kept until a date.
    COLLECTING = "collecting"
    #: The customer wants nothing of this release by the standing order.
    SKIPPED = "skipped"
    LEFT_OUT = "left_out"
    #: The money didn't come, or the bottles went back before they were ordered.
    RETURNED = "returned"


#: Bottles are held or promised.
UNDER_WAY = (Outcome.ASIDE, Outcome.ORDERING, Outcome.COLLECTING)
#: What a run that is over may try once more.
AGAIN = (Outcome.LEFT_OUT, Outcome.RETURNED)
