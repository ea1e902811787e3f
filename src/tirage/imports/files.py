"""Uploads and reports of problems: in the database, so that any server or worker can go on with an import."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from tirage.imports.models import ImportPart, ImportRun
from tirage.imports.states import PartOf

CHUNK = 1 << 20


def keep_upload(run: ImportRun, source: IO[bytes]) -> None:
    """Copies the file as it is."""
    source.seek(0)
    _keep(run, PartOf.UPLOAD, iter(lambda: source.read(CHUNK), b""))


def keep_report(run: ImportRun, chunks: Iterable[bytes]) -> None:
    """Replaces the report by this one."""
    _keep(run, PartOf.REPORT, _gathered(chunks))


@transaction.atomic
def _keep(run: ImportRun, of: PartOf, chunks: Iterable[bytes]) -> None:
    _drop(run, of)
    for number, chunk in enumerate(chunks):
        ImportPart.objects.create(run=run, of=of.value, number=number, data=chunk)


def _gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A report is written a line at a time."""
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        if len(gathered) >= CHUNK:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def open_upload(run: ImportRun) -> IO[bytes]:
    """The file, at its beginning; whoever opens it closes it. Raises FileNotFoundError when it isn't kept any more."""
    return _open(run, PartOf.UPLOAD)


def open_report(run: ImportRun) -> IO[bytes]:
    """The report as CSV, like ``open_upload``."""
    return _open(run, PartOf.REPORT)


def _open(run: ImportRun, of: PartOf) -> IO[bytes]:
    """One part after the other: a large file is never whole in memory."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    for number in count():
        part = ImportPart.objects.filter(run=run, of=of.value, number=number).values_list("data", flat=True)
        if (data := part.first()) is None:
            break
        file.write(data)
    if not file.tell():
        file.close()
        raise FileNotFoundError(f"{run.reference} has no {of.value}")
    file.seek(0)
    return file


def has_report(run: ImportRun) -> bool:
    """Whether problems were kept."""
    return ImportPart.objects.filter(run=run, of=PartOf.REPORT.value).exists()


def drop_report(run: ImportRun) -> None:
    """Harmless when there is none."""
    _drop(run, PartOf.REPORT)


def drop_upload(run: ImportRun) -> None:
    """The same for the file and the rows that were put aside from it."""
    _drop(run, PartOf.UPLOAD)
    _drop(run, PartOf.ROWS)


def keep_rows(run: ImportRun, number: int, data: bytes) -> None:
    """One portion of good rows."""
    ImportPart.objects.create(run=run, of=PartOf.ROWS.value, number=number, data=data)


def each_rows(run: ImportRun) -> Iterator[bytes]:
    """Portion after portion, one at a time."""
    for number in count():
        part = ImportPart.objects.filter(run=run, of=PartOf.ROWS.value, number=number)
        if (data := part.values_list("data", flat=True).first()) is None:
            return
        yield bytes(data)


def has_rows(run: ImportRun) -> bool:
    """Whether any were put aside."""
    return ImportPart.objects.filter(run=run, of=PartOf.ROWS.value).exists()


def drop_rows(run: ImportRun) -> None:
    """Harmless when there are none."""
    _drop(run, PartOf.ROWS)


def drop_all(run: ImportRun) -> None:
    """Everything kept of the import."""
    ImportPart.objects.filter(run=run).delete()


def _drop(run: ImportRun, of: PartOf) -> None:
    ImportPart.objects.filter(run=run, of=of.value).delete()


def forget_folder() -> int:
    """Removes lists of people that versions before kept in a folder of the machine; how many."""
    folder = Path(settings.VAR) / "imports"
    left = [path for ending in ("upload", "problems.csv") for path in folder.glob(f"IMP-*.{ending}")]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
