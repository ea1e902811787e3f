"""A server for tests and benchmarks goes with the process that started it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

#: Starts a server, forks a worker that inherits everything (as a web server does), says where all of it is, and waits.
STARTER = """
import os, time
from tirage.cli.cluster import Cluster

cluster = Cluster()
cluster.start()
worker = os.fork()
if worker:
    postmaster = (cluster.folder / "data" / "postmaster.pid").read_text().split()[0]
    print(cluster.folder, postmaster, worker, flush=True)
time.sleep(600)
"""


@pytest.fixture
def starter() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def runs(pid: int) -> bool:
    """Whether the process works; one that only waits to be noticed by its parent, a zombie, doesn't."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except OSError as problem:
        return isinstance(problem, PermissionError)
    return True


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


def test_a_killed_starter_leaves_no_server_behind(starter: subprocess.Popen[str]) -> None:
    assert starter.stdout is not None
    said = starter.stdout.readline().split()
    folder, postmaster, worker = Path(said[0]), int(said[1]), int(said[2])
    try:
        assert folder.is_dir() and runs(postmaster)
        starter.kill()
        starter.wait()
        wait_for(lambda: not folder.exists())
        wait_for(lambda: not runs(postmaster))
        assert runs(worker), "a forked worker that lives on must not keep the server alive"
    finally:
        os.kill(worker, signal.SIGKILL)
