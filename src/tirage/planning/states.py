from enum import StrEnum


class RehearsalState(StrEnum):
    """A rehearsal's life."""

    #: The worker lives through its days, or will.
    RUNNING = "running"
    FINISHED = "finished"
    #: By somebody; what it had found is gone.
    STOPPED = "stopped"


REHEARSAL_STEPS: dict[RehearsalState, frozenset[RehearsalState]] = {
    RehearsalState.RUNNING: frozenset({RehearsalState.FINISHED, RehearsalState.STOPPED}),
    RehearsalState.FINISHED: frozenset(),
    RehearsalState.STOPPED: frozenset(),
}
