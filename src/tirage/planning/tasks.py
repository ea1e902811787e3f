"""Job entry points of planning."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.planning import rehearsing
from tirage.planning.models import Rehearsal


@task(queue_name="slow")
def rehearse(reference: str) -> None:
    """Lives through that rehearsal, unless it is over or removed."""
    found = Rehearsal.objects.filter(reference=reference).first()
    if found is not None:
        rehearsing.rehearse(rehearsal=found, clock=read_clock)
