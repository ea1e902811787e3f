"""Job entry points of standing orders."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.standing.acting import work_next
from tirage.standing.models import StandingRun
from tirage.standing.running import plan_run
from tirage.standing.states import RunState

#: Customers between two looks at whether somebody stopped the run, and looks a job.
STEP, STEPS = 5, 20


@task(queue_name="slow")
def order_standing(reference: str) -> None:
    """Goes on with that run until it is over or somebody stopped it."""
    run = StandingRun.objects.select_related("release").filter(reference=reference).first()
    for _ in range(STEPS):
        if run is None or run.state != RunState.RUNNING:
            return
        if not work_next(run=run, limit=STEP, now=read_clock()):
            # Over, or another worker is at the last ones; should it die, the schedule takes the run up.
            return
    order_standing.enqueue(reference)


@task(queue_name="slow")
def plan_standing(reference: str) -> None:
    """Lists who is in that run, works out what each would get, and tells them."""
    run = StandingRun.objects.select_related("release").filter(reference=reference).first()
    if run is not None and run.state in (RunState.PLANNED, RunState.STOPPED):
        plan_run(run=run, now=read_clock())
