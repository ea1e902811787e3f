"""Job entry points for imports too large to wait for. The queue may run a job twice: each claims its run first."""

from __future__ import annotations

from contextlib import suppress

from django_tasks import task

from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.language import speaking_the_winerys
from tirage.core.runs import actor_of
from tirage.imports.models import ImportRun
from tirage.imports.operations import check_import, recognise_import, run_import


@task(queue_name="slow")
def recognise_file(reference: str) -> None:
    """Looks what the file of the import of that reference is."""
    if ImportRun.objects.filter(reference=reference).exists():
        with suppress(DomainError), speaking_the_winerys():
            recognise_import(reference=reference)


@task(queue_name="slow")
def check_file(reference: str) -> None:
    """Checks the import of that reference."""
    _quietly(reference, run=False)


@task(queue_name="slow")
def import_file(reference: str, skip_bad: bool) -> None:
    """Runs the import of that reference."""
    _quietly(reference, run=True, skip_bad=skip_bad)


def _quietly(reference: str, *, run: bool, skip_bad: bool = False) -> None:
    """A refusal is on the run for people to read; the queue has nothing to try again."""
    found = ImportRun.objects.filter(reference=reference).first()
    if found is None:
        return
    try:
        with speaking_the_winerys():
            if run:
                run_import(reference=reference, skip_bad=skip_bad, actor=actor_of(found), now=read_clock())
            else:
                check_import(reference=reference, actor=actor_of(found), now=read_clock())
    except Conflict as conflict:
        # Busy with another import: the queue's retry brings it back. Anything else is somebody else's run.
        if conflict.code == "import_busy":
            raise
    except DomainError:
        return
