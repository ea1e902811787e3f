"""Job entry points of moving out."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.language import speaking_the_winerys
from tirage.leaving import exporting


@task(queue_name="slow")
def write_export(reference: str) -> None:
    """Writes everything into its file, unless it is written."""
    with speaking_the_winerys():
        exporting.write_export(reference=reference, now=read_clock())
