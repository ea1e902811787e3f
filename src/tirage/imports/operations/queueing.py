"""Asking the worker: to look what a file is, to check it, to run it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.jobs import queue_job
from tirage.imports.models import ImportRun
from tirage.imports.operations.steps import refuse_settled, refuse_step
from tirage.imports.states import ImportState


def queue_recognising(*, run: ImportRun, now: datetime) -> ImportRun:
    """Asks the worker to look what the file is; columns that were chosen before are chosen anew.

    Raises Conflict when it is under way or over, or rows are in.
    """
    refuse_settled(run)
    with transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.UPLOADED.value, queued_at=now, changed_at=now
        )
        queue_job("tirage.imports.tasks.recognise_file", run.reference)
    run.refresh_from_db()
    return run


def queue_import(*, run: ImportRun, to_write: bool, skip_bad: bool = False, now: datetime) -> ImportRun:
    """Asks the worker to check the import, or to run it. Raises Conflict when it is under way or over."""
    refuse_step(run, ImportState.RUNNING if to_write else ImportState.CHECKING)
    with transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(queued_at=now, changed_at=now)
        if to_write:
            queue_job("tirage.imports.tasks.import_file", run.reference, skip_bad)
        else:
            queue_job("tirage.imports.tasks.check_file", run.reference)
    run.refresh_from_db()
    return run
