"""Job entry points of marketing."""

from __future__ import annotations

from typing import Any

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.marketing import leaving, telling
from tirage.marketing.models import SyncRun
from tirage.marketing.syncing import sync

#: Portions of one job; then others have their turn.
PORTIONS = 20


@task(queue_name="slow")
def sync_list(reference: str) -> None:
    """Goes on with that run, unless it is over, waits for its time, or another worker is at it."""
    run = SyncRun.objects.filter(reference=reference).first()
    if run is not None and sync(run=run, portions=PORTIONS, clock=read_clock):
        sync_list.enqueue(reference)


@task
def hear_told(reference: str, told: list[dict[str, Any]]) -> None:
    """Writes down what the service told of that list."""
    telling.hear_told(reference=reference, told=told, now=read_clock())


@task
def leave_lists(customer_id: int) -> None:
    """Tells the service that this customer wants no more mail."""
    leaving.leave_lists(customer_id=customer_id, now=read_clock())
