"""Job entry points of the list."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.runs import actor_of
from tirage.customers.models import MoveRun
from tirage.customers.operations import continue_move, continue_undo
from tirage.customers.states import MoveState

#: Portions a job; long lists are several jobs, each well within a job's lease.
STEPS = 40


@task(queue_name="slow")
def move_group(reference: str) -> None:
    """Goes on with the bulk move of that reference, or with its undoing, until it is over or somebody stopped it."""
    run = MoveRun.objects.filter(reference=reference).first()
    for _ in range(STEPS):
        if run is None or run.state not in (MoveState.RUNNING, MoveState.UNDOING):
            return
        act = continue_move if run.state == MoveState.RUNNING else continue_undo
        run = act(run=run, actor=actor_of(run), now=read_clock())
    move_group.enqueue(reference)
