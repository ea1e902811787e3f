"""PostgreSQL restarts under a running shop: what could be tried again is, and nothing has to be restarted with it."""

from __future__ import annotations

import uuid
from pathlib import Path

import requests
from django_tasks_db.models import DBTaskResult

from tests.live.processes import (
    GIVE_UP,
    ask,
    away,
    environment,
    not_ready,
    running,
    said,
    serving,
    standing_still,
    wait_for,
)
from tirage.cli.cluster import Cluster

_TABLE = DBTaskResult._meta.db_table
_JOB = f"""INSERT INTO {_TABLE} (id, status, enqueued_at, args_kwargs, priority, task_path,
    worker_ids, queue_name, backend_name, run_after, exception_class_path, traceback)
    VALUES (%s, 'READY', now(), '{{"args": [], "kwargs": {{}}}}', 0, %s, '[]', %s, 'default',
    now() - interval '1 day', '', '')"""


def add_job(database_url: str, task: str, queue: str = "default") -> uuid.UUID:
    number = uuid.uuid4()
    ask(database_url, _JOB, number, f"tests.unit.cli.worker_tasks.{task}", queue)
    return number


def state_of(database_url: str, job: uuid.UUID) -> str:
    found = ask(database_url, f"SELECT status FROM {_TABLE} WHERE id = %s", job)
    return str(found[0][0])


def wait_for_success(database_url: str, job: uuid.UUID) -> None:
    wait_for(lambda: state_of(database_url, job) == "SUCCESSFUL")


def fetch(url: str) -> int:
    return requests.get(f"{url}/labels/{'a' * 64}/", timeout=GIVE_UP).status_code


def test_no_request_fails_after_a_restart(cluster: Cluster, database_url: str, tmp_path: Path) -> None:
    """Each thread's connection has ended meanwhile; while the server is away people are told, then all goes on."""
    with serving(environment(tmp_path, database_url)) as url:
        for _ in range(2):
            assert [fetch(url) for _ in range(6)] == [404] * 6
            cluster.restart()
        assert [fetch(url) for _ in range(6)] == [404] * 6
        with away(cluster):
            assert fetch(url) == 503
            ready = wait_for(lambda: not_ready(url))
            assert ready.startswith("the database doesn't answer\n") and "Traceback" not in ready
        assert fetch(url) == 404
        wait_for(lambda: requests.get(f"{url}/readyz", timeout=GIVE_UP).status_code == 200)


def test_a_worker_outlives_its_database(cluster: Cluster, database_url: str, tmp_path: Path) -> None:
    """It waits, takes up what it had begun, and says what is wrong in words."""
    settings = environment(tmp_path, database_url)
    with running(settings, "worker") as worker:
        first = add_job(database_url, "leave_a_mark")
        wait_for_success(database_url, first)
        (tmp_path / "marks").unlink()
        begun = add_job(database_url, "wait_for_a_mark")
        wait_for(lambda: state_of(database_url, begun) == "RUNNING")
        with away(cluster):
            # It ends while there is no database that could be told.
            (tmp_path / "marks").touch()
            wait_for(lambda: "The worker waits." in said(settings, "worker"))
        for queue in ("default", "urgent"):
            later = add_job(database_url, "leave_a_mark", queue)
            wait_for_success(database_url, later)
        wait_for_success(database_url, begun)
        assert worker.poll() is None
    assert worker.returncode == 0
    assert "Traceback" not in said(settings, "worker")


def test_a_worker_gives_up_a_database_that_stands_still(
    cluster: Cluster, database_url: str, tmp_path: Path
) -> None:
    settings = environment(tmp_path, database_url, TIRAGE_DATABASE_SILENCE="0.5")
    with running(settings, "worker") as worker:
        wait_for(lambda: ask(database_url, "SELECT 1 FROM cli_scheduledrun"))
        with standing_still(cluster):
            # It asks on the connection that it has, gives that up, and is let in to no other.
            wait_for(lambda: "The worker waits." in said(settings, "worker"))
        job = add_job(database_url, "leave_a_mark")
        wait_for_success(database_url, job)
        assert worker.poll() is None
    assert "Traceback" not in said(settings, "worker")
