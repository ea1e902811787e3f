"""Job entry points of shipping."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.runs import actor_of
from tirage.fulfilment.models import Batch, ShipRun
from tirage.fulfilment.operations import continue_shipping
from tirage.fulfilment.packing.freezing import continue_freezing
from tirage.fulfilment.states import ShipState

#: Orders between two looks at whether somebody stopped the run, each of which may ask the bank; and looks a job.
STEP, STEPS = 5, 20


@task(queue_name="slow")
def ship_orders(reference: str) -> None:
    """Goes on with marking the orders of that run as shipped, until it is over or somebody stopped it."""
    run = ShipRun.objects.filter(reference=reference).first()
    for _ in range(STEPS):
        if run is None or run.state != ShipState.RUNNING:
            return
        run = continue_shipping(run=run, limit=STEP, actor=actor_of(run), now=read_clock())
    ship_orders.enqueue(reference)


@task(queue_name="slow")
def freeze_orders(reference: str) -> None:
    """Goes on with taking orders into that batch."""
    batch = Batch.objects.filter(reference=reference).first()
    while batch is not None and continue_freezing(batch=batch, now=read_clock()):
        pass
