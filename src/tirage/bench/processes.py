"""The processes of a benchmark beside PostgreSQL: a server under load, and the crowd that loads it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tirage.core.errors import DomainError


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(*words: str, port: int, environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """``python -m`` these words with ``--port``, once it answers; its process id. Its words go to ``log``."""
    command = [sys.executable, "-m", *words, "--port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(server, port, log)
        yield server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise DomainError("no_server", f"The server did not start: {log.read_text()[-2000:]}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise DomainError("no_server", "The server did not answer within a minute.")


class Crowd:
    """The crowd's process, which does what it is told; see load.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the crowd is spoken to through pipes")
        self._ears, self._mouth = process.stdin, process.stdout

    def meet(self, people: Mapping[str, list[Any]]) -> None:
        """Who the people of each scenario are; once, before anything else."""
        self._ears.write(json.dumps(people) + "\n")

    def tell(self, scenario: str, act: str, first: int, last: int, **more: int) -> dict[str, Any]:
        """What became of it: ``seconds`` for all, ``times`` (ms of each step, by person), ``failed``."""
        order = {"scenario": scenario, "act": act, "from": first, "to": last, **more}
        self._ears.write(json.dumps(order) + "\n")
        self._ears.flush()
        answer: dict[str, Any] = json.loads(self._mouth.readline())
        for problem in answer["failed"][:3]:
            print(f"    {problem}", file=sys.stderr)
        return answer

    def tell_all(self, scenario: str, act: str, first: int, last: int) -> dict[str, Any]:
        """As ``tell``, for what must succeed before anything can be measured."""
        answer = self.tell(scenario, act, first, last)
        if failed := answer["failed"]:
            raise DomainError("bench_failed", f"{len(failed)} customers failed: {failed[0][:500]}")
        return answer


@contextmanager
def crowd_at(port: int, *, at_once: int, people: Mapping[str, list[Any]]) -> Iterator[Crowd]:
    """A crowd in front of that port, so many of them at the same moment."""
    command = [sys.executable, str(Path(__file__).with_name("load.py")), str(port), str(at_once)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        crowd = Crowd(process)
        crowd.meet(people)
        yield crowd
    finally:
        process.communicate(timeout=60)
