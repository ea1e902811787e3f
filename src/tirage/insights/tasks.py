"""Job entry points of insights."""

from __future__ import annotations

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.insights import rebuilding
from tirage.insights.models import PlacingRun
from tirage.insights.note_models import NotesRun
from tirage.insights.noting import running


@task(queue_name="slow")
def rebuild(reference: str) -> None:
    """Goes on with that rebuild, unless it is over."""
    found = PlacingRun.objects.filter(reference=reference).first()
    if found is not None:
        rebuilding.rebuild(run=found, clock=read_clock)


@task(queue_name="slow")
def look_for_notes(reference: str) -> None:
    """Works through that search, unless it is over or removed."""
    found = NotesRun.objects.filter(reference=reference).first()
    if found is not None:
        running.look_for_notes(run=found, clock=read_clock)
