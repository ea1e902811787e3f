"""Where uploads, progress and reports lie: VAR/imports, which the server and the worker share."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings

CHUNK = 1 << 20


def folder() -> Path:
    """Made when it is missing; readable by the service alone, since lists of people lie in it."""
    path = Path(settings.VAR) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def upload_path(reference: str) -> Path:
    return folder() / f"{reference}.upload"


def progress_path(reference: str) -> Path:
    return folder() / f"{reference}.json"


def aside_path(reference: str) -> Path:
    return folder() / f"{reference}.rows"


def report_path(reference: str) -> Path:
    return folder() / f"{reference}.problems.csv"


def keep_upload(reference: str, source: IO[bytes]) -> None:
    """Copies the file as it is."""
    source.seek(0)
    with upload_path(reference).open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK)


def keep_report(reference: str, chunks: Iterable[bytes]) -> None:
    with report_path(reference).open("wb") as target:
        target.writelines(chunks)


def drop_upload(reference: str) -> None:
    """The file, its rows and its progress; harmless when they are gone."""
    for path in (upload_path(reference), aside_path(reference), progress_path(reference)):
        path.unlink(missing_ok=True)


def drop_all(reference: str) -> None:
    """Everything kept of the import."""
    drop_upload(reference)
    report_path(reference).unlink(missing_ok=True)
