"""Job entry points of the packing room."""

from __future__ import annotations

from django_tasks import task

from tirage.backoffice.packing.printing import continue_printing
from tirage.core.clock import read_clock
from tirage.fulfilment.models import Batch


@task(queue_name="slow")
def print_papers(reference: str) -> None:
    """Goes on with printing what is asked for of that batch."""
    batch = Batch.objects.filter(reference=reference).first()
    while batch is not None and continue_printing(batch=batch, now=read_clock()):
        pass
