"""What the server can't do without, tried where it really is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from tests.conftest import on_postgres
from tirage.core.clock import read_clock
from tirage.core.models import Heartbeat
from tirage.health.probes import LEAST_BYTES, database_problem, disk_problem


@pytest.mark.django_db
def test_a_database_that_takes_changes_has_taken_one() -> None:
    assert database_problem(read_clock()) == ""
    assert Heartbeat.objects.filter(name="server").exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_can_only_be_read() -> None:
    """As a standby is, or a role of whom it was asked; on SQLite a file that may not be written."""
    on, off = (
        ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
        if on_postgres()
        else ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
        try:
            assert database_problem(read_clock()) == "the database can only be read"
        finally:
            cursor.execute(off)
    assert database_problem(read_clock()) == ""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, a little larger than what counts as full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={LEAST_BYTES + 4 * 1024 * 1024}"
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine mounts no disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.once
@pytest.mark.django_db
def test_a_disk_that_is_full(small_disk: Path, settings: LazySettings) -> None:
    settings.VAR = small_disk
    assert disk_problem() == ""
    (small_disk / "log").write_bytes(b"\0" * 6 * 1024 * 1024)
    assert disk_problem() == "the disk of TIRAGE_VAR is full"
    (small_disk / "log").unlink()
    assert disk_problem() == ""


@pytest.mark.once
@pytest.mark.django_db
def test_sqlites_own_disk_that_is_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", str(small_disk / "tirage.sqlite3"))
    assert disk_problem() == ""
    (small_disk / "log").write_bytes(b"\0" * 6 * 1024 * 1024)
    assert disk_problem() == "the disk of the database is full"


@pytest.mark.once
@pytest.mark.django_db
def test_a_folder_that_cannot_be_written(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR = Path("/proc/self")
    # No disk is behind it: as full as can be, and nobody makes files there.
    monkeypatch.setattr("tirage.health.probes.LEAST_BYTES", 0)
    assert disk_problem() == "the folder of TIRAGE_VAR can't be written"
