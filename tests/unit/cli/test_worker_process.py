"""Real worker processes on a database of their own: what a killed one leaves behind, another finishes."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

pytestmark = pytest.mark.once
TABLE = DBTaskResult._meta.db_table


def settings_for(folder: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TIRAGE_")}
    return plain | {
        "TIRAGE_MODE": "demo",
        "TIRAGE_SECRET_KEY": "w" * 48,
        "TIRAGE_VAR": str(folder),
        "TIRAGE_DATABASE_URL": f"sqlite:///{folder / 'worker.sqlite3'}",
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
    }


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables, made once for the module."""
    folder = tmp_path_factory.mktemp("migrated")
    command = [sys.executable, "-m", "tirage", "migrate"]
    subprocess.run(command, env=settings_for(folder), check=True, capture_output=True)
    return folder / "worker.sqlite3"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return settings_for(tmp_path)


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "worker.sqlite3"))


def add_job(database: Path, task: str, **columns: Any) -> str:
    row = {
        "id": uuid.uuid4().hex,
        "status": "READY",
        "enqueued_at": "2026-01-01 00:00:00",
        "args_kwargs": '{"args": [], "kwargs": {}}',
        "priority": 0,
        "task_path": f"tests.unit.cli.worker_tasks.{task}",
        "worker_ids": "[]",
        "queue_name": "default",
        "backend_name": "default",
        "run_after": "2026-01-01 00:00:00",
        "exception_class_path": "",
        "traceback": "",
    } | columns
    with closing(sqlite3.connect(database, timeout=20)) as opened, opened:
        marks = ", ".join("?" for _ in row)
        opened.execute(
            f"INSERT INTO {TABLE} ({', '.join(row)}) VALUES ({marks})",
            list(row.values()),
        )
    return str(row["id"])


def status(database: Path, job: str) -> str:
    with closing(sqlite3.connect(database, timeout=20)) as opened, opened:
        found = opened.execute(f"SELECT status FROM {TABLE} WHERE id = ?", [job]).fetchone()
    return str(found[0])


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def worker(environment: dict[str, str], database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that runs beside the test."""
    command = [sys.executable, "-m", "tirage", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def run_once(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tirage", "worker", "--once"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def test_a_job_is_done(environment: dict[str, str], database: Path, tmp_path: Path) -> None:
    job = add_job(database, "leave_a_mark")
    run_once(environment)
    assert status(database, job) == "SUCCESSFUL"
    assert (tmp_path / "marks").read_text(encoding="utf-8") == "done\n"


def test_what_a_killed_worker_had_begun_another_finishes(
    worker: subprocess.Popen[bytes], environment: dict[str, str], database: Path, tmp_path: Path
) -> None:
    job = add_job(database, "leave_a_mark_at_the_second_try")
    wait_for((tmp_path / "begun").exists)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert status(database, job) == "RUNNING"
    run_once(environment)
    assert status(database, job) == "RUNNING", "the lease still holds"
    with closing(sqlite3.connect(database, timeout=20)) as opened, opened:
        opened.execute(f"UPDATE {TABLE} SET started_at = '2026-01-01 00:00:00'")
    run_once(environment)
    assert status(database, job) == "SUCCESSFUL"
    assert (tmp_path / "marks").read_text(encoding="utf-8") == "done\n"


def test_a_stopped_worker_ends_in_peace(worker: subprocess.Popen[bytes], database: Path) -> None:
    job = add_job(database, "leave_a_mark")
    wait_for(lambda: status(database, job) == "SUCCESSFUL")
    worker.terminate()
    assert worker.wait(timeout=30) == 0


def test_an_urgent_job_doesnt_wait_for_a_long_one(worker: subprocess.Popen[bytes], database: Path) -> None:
    long = add_job(database, "wait_for_a_mark", priority=100)
    wait_for(lambda: status(database, long) == "RUNNING")
    urgent = add_job(database, "leave_a_mark_at_once", queue_name="urgent")
    wait_for(lambda: status(database, urgent) == "SUCCESSFUL")
    wait_for(lambda: status(database, long) == "SUCCESSFUL")
    worker.terminate()
    assert worker.wait(timeout=30) == 0
