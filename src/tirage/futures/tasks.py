"""Job entry points of wine that is sold before it is bottled."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.futures.cutting.running import continue_cut
from tirage.futures.models import Cut

#: Orders between two looks at the clock, each of which may ask the bank; and looks a job.
STEP, STEPS = 5, 20


@task(queue_name="slow")
def go_on_with_cut(reference: str) -> None:
    """Goes on with that cut until nothing of it waits."""
    cut = Cut.objects.select_related("lot").filter(reference=reference).first()
    if cut is None:
        return
    for _ in range(STEPS):
        if not continue_cut(cut=cut, limit=STEP, now=read_clock()):
            return
    go_on_with_cut.enqueue(reference)
