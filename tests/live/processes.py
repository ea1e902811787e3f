"""Tirage as it runs in a winery: real servers and workers, each with a folder of its own, on a real PostgreSQL."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import requests

from tirage.cli.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
SECRET = "live-tests-" + "x" * 48
#: How long something may take before a test gives up on it.
GIVE_UP = 60.0


def environment(folder: Path, database_url: str, **more: str) -> dict[str, str]:
    """Settings of one machine: ``folder`` is its own, the database everybody's."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TIRAGE_")}
    clock = {name: value for name, value in os.environ.items() if name == "TIRAGE_CLOCK_MOVED"}
    return (
        plain
        | clock
        | {
            "TIRAGE_MODE": "test",
            "TIRAGE_SECRET_KEY": SECRET,
            "TIRAGE_VAR": str(folder),
            "TIRAGE_DATABASE_URL": database_url,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [plain.get("PYTHONPATH", "")])]),
        }
        | more
    )


def tirage(settings: dict[str, str], *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """One command, run to its end."""
    command = [sys.executable, "-m", "tirage", *words]
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, **more)


@contextmanager
def running(settings: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command beside the test; what it says is in ``TIRAGE_VAR/<word>.log``. Ended as systemd would."""
    with (Path(settings["TIRAGE_VAR"]) / f"{words[0]}.log").open("wb") as log:
        command = [sys.executable, "-m", "tirage", *words]
        process = subprocess.Popen(command, env=settings, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def said(settings: dict[str, str], word: str) -> str:
    """What the running command has said so far."""
    return (Path(settings["TIRAGE_VAR"]) / f"{word}.log").read_text(encoding="utf-8")


@contextmanager
def serving(settings: dict[str, str], *, threads: int = 2, workers: int = 1) -> Iterator[str]:
    """The shop's address, once it answers at all."""
    port = str(free_port())
    words = ("serve", "--port", port, "--workers", str(workers), "--threads", str(threads))
    with running(settings, *words) as process:
        wait_for(lambda: listens(int(port)) or ended(process, settings))
        yield f"http://127.0.0.1:{port}"


def ended(process: subprocess.Popen[bytes], settings: dict[str, str]) -> bool:
    assert process.poll() is None, said(settings, "serve")
    return False


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def not_ready(url: str) -> str:
    """What readyz says, once it isn't; an answer is given again for a moment."""
    answer = requests.get(f"{url}/readyz", timeout=GIVE_UP)
    return answer.text if answer.status_code == 503 else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], seconds: float = GIVE_UP) -> Any:
    """What the condition answers, once that is something."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)
    return answer


@contextmanager
def standing_still(cluster: Cluster) -> Iterator[None]:
    """PostgreSQL with all its processes, stopped in the middle of whatever they did."""
    whole = [cluster.process_id, *children_of(cluster.process_id)]
    try:
        _tell(whole, signal.SIGSTOP)
        yield
    finally:
        _tell(whole, signal.SIGCONT)


def _tell(processes: Iterable[int], what: signal.Signals) -> None:
    """Tells each; a backend may have ended since they were counted, and the others are told all the same."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)


@contextmanager
def away(cluster: Cluster) -> Iterator[None]:
    """PostgreSQL that was stopped in order, and comes back with what it had."""
    cluster.halt()
    try:
        yield
    finally:
        cluster.resume()


def children_of(process: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(facts[1]) == process:
            found.append(int(status.parent.name))
    return found


def ask(database_url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the database, asked beside Tirage; empty for a statement that has none."""
    with psycopg.connect(database_url, autocommit=True) as link:
        cursor = link.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def key_in(page: str) -> str:
    """The form's key of a page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, page
    return found[1]
