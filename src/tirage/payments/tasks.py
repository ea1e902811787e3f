"""Job entry points for what takes long. The queue may run a job twice: each goes on where the work stands."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.jobs import queue_job
from tirage.payments.models import Comparison
from tirage.payments.operations.comparing import STEPS, continue_comparison


@task(queue_name="slow")
def go_on_comparing(reference: str) -> None:
    """Compares on for a while, then makes way: the rest is another job. A silent gateway fails it."""
    found = Comparison.objects.filter(reference=reference, finished_at__isnull=True).first()
    if found is None:
        return
    compared = continue_comparison(comparison=found, steps=STEPS, now=read_clock())
    if compared.finished_at is None:
        queue_job("tirage.payments.tasks.go_on_comparing", reference)
