"""Job entry points of moving out."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.language import speaking_the_winerys
from tirage.leaving import exporting
from tirage.leaving.erasing import sweeping


@task(queue_name="slow")
def write_export(reference: str) -> None:
    """Writes everything into its file, unless it is written."""
    with speaking_the_winerys():
        exporting.write_export(reference=reference, now=read_clock())


@task(queue_name="slow")
def go_on_erasing(reference: str) -> None:
    """Looks through everything else for whom that erasing made unrecognisable."""
    with speaking_the_winerys():
        sweeping.go_on(reference=reference, clock=read_clock)
