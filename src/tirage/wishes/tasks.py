"""Job entry points of wishes."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.wishes import granting
from tirage.wishes.models import GrantRun
from tirage.wishes.states import GrantState

#: Customers between two looks at whether somebody stopped the run, each of whose banks is asked; and looks a job.
STEP, STEPS = 5, 20


@task(queue_name="slow")
def grant_wishes(reference: str) -> None:
    """Goes on with that grant run until it is over or somebody stopped it."""
    run = GrantRun.objects.select_related("release").filter(reference=reference).first()
    for _ in range(STEPS):
        if run is None or run.state != GrantState.RUNNING:
            return
        run = granting.continue_granting(run=run, limit=STEP, now=read_clock())
    grant_wishes.enqueue(reference)


@task(queue_name="slow")
def share_wishes(reference: str) -> None:
    """Shares that draft out, or tries the optimiser on it."""
    run = GrantRun.objects.select_related("release").filter(reference=reference).first()
    if run is not None:
        granting.share_wishes(run=run, now=read_clock())
