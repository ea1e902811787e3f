"""Job entry points of acts on many rows."""

from __future__ import annotations

from django_tasks import task

from tirage.core.bulk import continue_run
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.core.states import BulkState

#: Rows between two looks at whether somebody stopped the run, each of which may ask the bank; and looks a job.
STEP, STEPS = 5, 20


@task(queue_name="slow")
def go_on_with_bulk(reference: str) -> None:
    """Goes on with that run until it is over or somebody stopped it."""
    run = BulkRun.objects.filter(reference=reference).first()
    for _ in range(STEPS):
        if run is None or run.state != BulkState.RUNNING:
            return
        run = continue_run(run=run, limit=STEP, now=read_clock())
    go_on_with_bulk.enqueue(reference)
