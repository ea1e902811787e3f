"""Files as people send them, and one way to bring them in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from django.conf import LazySettings

from tirage.core.actors import system
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import, start_import
from tirage.imports.options import ImportOptions

Bring: TypeAlias = Callable[..., ImportRun]


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    """Uploads of one test are no other's."""
    settings.VAR = tmp_path


@pytest.fixture
def bring(now: datetime) -> Bring:
    """``bring("customers", "Email;Name\\n…", skip_bad=True, leave_out_bad_addresses=True)``: the run afterwards."""

    def import_file(
        kind: str, content: str | bytes, *, skip_bad: bool = False, name: str = "list.csv", **options: Any
    ) -> ImportRun:
        run = upload(kind, content, now, name=name, **options)
        return run_import(reference=run.reference, skip_bad=skip_bad, actor=system("Tests"), now=now)

    return import_file


def upload(
    kind: str, content: str | bytes, now: datetime, *, name: str = "list.csv", **options: Any
) -> ImportRun:
    """The file is here and matched, nothing more."""
    data = content.encode() if isinstance(content, str) else content
    return start_import(
        kind=kind,
        file=io.BytesIO(data),
        file_name=name,
        options=ImportOptions(**options),
        actor=system("Tests"),
        now=now,
    )


def reasons(run: ImportRun) -> list[tuple[int, str, str]]:
    """Row, column and reason of each problem."""
    return [(row, column, reason) for row, column, _, reason in run.problems]


def notices(run: ImportRun) -> str:
    """All notices in one text."""
    return "\n".join(reason for *_, reason in run.notices)
