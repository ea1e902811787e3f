"""Everything as one file, made by the worker while the shop goes on: begun, written, fetched, forgotten.

A worker that dies leaves nothing: the next one begins anew from a moment of its own, since half of one moment and half
of another would be books that nobody ever had.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import IO

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.portions import delete_in_portions
from tirage.core.runs import SILENCE, actor_of, in_the_name_of, take_up
from tirage.imports.progress import Telling, read_progress, telling
from tirage.leaving.models import EverythingExport, EverythingPart
from tirage.leaving.states import ExportState
from tirage.leaving.writing import Written, write_everything

TASK = "tirage.leaving.tasks.write_export"
PART_BYTES = 1 << 20
#: How long a file waits to be fetched.
KEEP = timedelta(days=7)
#: What kills its worker again and again isn't begun again for ever.
MOST_ATTEMPTS = 5


def begin_export(*, queue: bool = True, actor: Actor, now: datetime) -> EverythingExport:
    """Lets the worker write a file of everything. Raises Conflict ``under_way``."""
    export = EverythingExport(made_at=now, changed_at=now, **in_the_name_of(actor))
    try:
        with transaction.atomic():
            export.save(force_insert=True)
            if queue:
                queue_job(TASK, export.reference)
    except IntegrityError:
        raise Conflict(
            "under_way", "A file of everything is being written. Wait for it: it is as good."
        ) from None
    return export


def write_export(*, reference: str, now: datetime) -> EverythingExport:
    """Writes the file and keeps it. No transaction may be open. Nothing is done for one that is over."""
    export = _claim(reference, now)
    if export.state != ExportState.RUNNING:
        return export
    try:
        with tempfile.TemporaryFile() as file, telling(reference) as progress:
            written = write_everything(file, now=now, told=partial(_tell, progress))
            _keep(export, file, written)
    except Exception as problem:
        EverythingExport.objects.filter(pk=export.pk, attempt=export.attempt).update(
            problem=f"{type(problem).__name__}: {problem}"[:300], changed_at=read_clock()
        )
        raise
    export.refresh_from_db()
    return export


def _tell(progress: Telling, done: int, total: int) -> None:
    progress.tell("writing", done, total)


@transaction.atomic
def _claim(reference: str, now: datetime) -> EverythingExport:
    """From here on it is this worker's: what another one still writes of it isn't kept."""
    export = lock_row(EverythingExport.objects.filter(reference=reference))
    if export is None:
        raise EverythingExport.DoesNotExist(reference)
    if export.state == ExportState.RUNNING:
        export.attempt, export.changed_at = export.attempt + 1, now
        if export.attempt > MOST_ATTEMPTS:
            export.state = ExportState.FAILED.value
            export.problem = export.problem or "Its worker died each time."
        export.save(update_fields=["attempt", "changed_at", "state", "problem"])
    return export


def _keep(export: EverythingExport, file: IO[bytes], written: Written) -> None:
    """Part by part, each on its own; the file is there with the last step, whole."""
    delete_in_portions(EverythingPart.objects.filter(export=export).exclude(attempt=export.attempt))
    digest, size, number = hashlib.sha256(), 0, 0
    file.seek(0)
    while data := file.read(PART_BYTES):
        EverythingPart.objects.create(export=export, attempt=export.attempt, number=number, data=data)
        digest.update(data)
        size, number = size + len(data), number + 1
    now = read_clock()
    with transaction.atomic():
        here = EverythingExport.objects.filter(
            pk=export.pk, attempt=export.attempt, state=ExportState.RUNNING.value
        )
        if here.update(
            state=ExportState.READY.value,
            rows=written.rows,
            tables=len(written.tables),
            size=size,
            digest=digest.hexdigest(),
            problem="",
            changed_at=now,
            finished_at=now,
            keep_until=now + KEEP,
        ):
            _record(EventName.EVERYTHING_EXPORTED, export, f"exported everything: {written.rows:,} rows", now)


def _record(name: EventName, export: EverythingExport, text: str, now: datetime) -> None:
    record_event(
        name,
        "everything",
        export.pk,
        text=text,
        data={"export": export.reference},
        actor=actor_of(export),
        now=now,
    )


def is_begun_by(export: EverythingExport, actor: Actor) -> bool:
    """Whether it was ``actor`` who had it written: nobody else is given the file."""
    return (export.actor_kind, export.actor_id) == (actor.kind.value, actor.id)


def fetch_export(*, export: EverythingExport, actor: Actor, now: datetime) -> Iterator[bytes]:
    """The file, a megabyte at a time. Records ``everything.fetched``.

    Raises Conflict ``not_there``, and ``not_yours`` for anybody but who had it written.
    """
    if not is_begun_by(export, actor):
        raise Conflict("not_yours", f"{export.actor_label} had it written. Have a file of your own written.")
    is_over = export.keep_until is not None and export.keep_until <= now
    if is_over or export.state != ExportState.READY:
        raise Conflict("not_there", "The file isn’t kept any more. Have a new one written.")
    record_event(
        EventName.EVERYTHING_FETCHED,
        "everything",
        export.pk,
        text=f"fetched the file of everything {export.reference}",
        data={"export": export.reference},
        actor=actor,
        now=now,
    )
    return read_parts(export)


def read_parts(export: EverythingExport) -> Iterator[bytes]:
    """The bytes of a file that is kept."""
    parts = EverythingPart.objects.filter(export=export, attempt=export.attempt)
    for number in range(parts.count()):
        yield bytes(parts.get(number=number).data)


def let_export_go(*, export: EverythingExport, actor: Actor, now: datetime) -> bool:
    """Deletes the file, or stops its being written; the record of it stays. False when it was gone.

    A worker that is at it writes on and keeps nothing. Records ``everything.let_go``.
    """
    with transaction.atomic():
        here = EverythingExport.objects.filter(pk=export.pk).exclude(state=ExportState.GONE.value)
        if not here.update(state=ExportState.GONE.value, changed_at=now):
            return False
        record_event(
            EventName.EVERYTHING_LET_GO,
            "everything",
            export.pk,
            text=f"let the file of everything {export.reference} go",
            data={"export": export.reference},
            actor=actor,
            now=now,
        )
    delete_in_portions(EverythingPart.objects.filter(export=export))
    return True


def look_after_exports(*, now: datetime) -> int:
    """Files whose days are over go; those whose worker died are begun anew. How many of both."""
    over = EverythingExport.objects.filter(state=ExportState.READY.value, keep_until__lte=now)
    count = over.update(state=ExportState.GONE.value, changed_at=now)
    delete_in_portions(
        EverythingPart.objects.exclude(export__state__in=[ExportState.READY.value, ExportState.RUNNING.value])
    )
    still = [
        one.reference
        for one in EverythingExport.objects.filter(state=ExportState.RUNNING.value)
        if now - last_sign(one) > SILENCE
    ]
    return count + take_up(TASK, still, now=now)


def last_sign(export: EverythingExport) -> datetime:
    """When its worker was last seen at it."""
    found = read_progress(export.reference)
    return max(export.changed_at, found.at) if found else export.changed_at
