"""The whole shop as its owner runs it, each process killed at will: PostgreSQL, ``tirage serve``, ``tirage worker``."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import psycopg

from tirage.bench.load import HOST
from tirage.bench.measure import descendants
from tirage.bench.processes import free_port
from tirage.cli.cluster import Cluster

#: Rounds of a tenth of a second in which something must come back, before it is given up on.
PATIENCE = 900


class MortalCluster(Cluster):
    """A server that may be killed and started again. What it said yes to is in the system's hands, so it is kept."""

    def __init__(self) -> None:
        super().__init__(durable=True, settings={"fsync": "off"})

    @property
    def postmaster(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        os.kill(self.postmaster, signal.SIGKILL)

    def start_again(self) -> None:
        """Once those that the dead one left behind have noticed."""
        until(self._tried, "PostgreSQL")

    def _tried(self) -> bool:
        try:
            self.resume()
        except RuntimeError:
            return False
        return True


def until(holds: Callable[[], bool], what: str) -> None:
    pause = Event()
    for _ in range(PATIENCE):
        if holds():
            return
        pause.wait(0.1)
    raise AssertionError(f"{what} never came back")


@dataclass(slots=True)
class Shop:
    """``start`` and ``stop``; ``blow`` strikes one of its processes and puts up again what nobody else does."""

    var: Path
    mail_port: int
    cluster: MortalCluster = field(default_factory=MortalCluster)
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    server: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None

    def start(self, customers: int) -> list[dict[str, Any]]:
        """Everybody that may buy: a link that signs in, and the items of the offer."""
        self.cluster.start()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("TIRAGE_", "DJANGO_"))},
            "TIRAGE_MODE": "production",
            "TIRAGE_VAR": str(self.var),
            "TIRAGE_SECRET_KEY": secrets.token_urlsafe(48),
            "TIRAGE_SITE_URL": f"https://{HOST}",
            "TIRAGE_ALLOWED_HOSTS": HOST,
            "TIRAGE_TRUSTED_PROXIES": "1",
            "TIRAGE_DATABASE_URL": self.cluster.url(),
            "TIRAGE_MAIL_FROM": f"cellar@{HOST}",
            "TIRAGE_SMTP_HOST": "127.0.0.1",
            "TIRAGE_SMTP_PORT": str(self.mail_port),
            "TIRAGE_SMTP_TLS": "false",
            "TIRAGE_ALLOW_TEST_GATEWAY": "true",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self.run("-m", "tirage", "migrate")
        made = json.loads(self.run("-m", "tests.concurrency.outside_facts", "world", str(customers)))
        self.port = free_port()
        self.serve()
        self.work()
        people: list[dict[str, Any]] = made["people"]
        return people

    def stop(self) -> None:
        for process in (self.server, self.worker):
            if process and process.poll() is None:
                _kill_all(process)
        self.cluster.stop()

    def run(self, *words: str) -> str:
        """What that Python said; the test fails with its words if it did."""
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words} failed:\n{done.stdout[-3_000:]}{done.stderr[-6_000:]}"
        return done.stdout

    def serve(self) -> None:
        self.server = self._begin("serve", "--port", str(self.port), "--workers", "2", "--threads", "2")

    def work(self) -> None:
        self.worker = self._begin("worker")

    def _begin(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.var / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tirage", name, *words],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    # Blows

    def strike(self, blow: str, chance: random.Random) -> None:
        getattr(self, f"_{blow}")(chance)

    def _child(self, chance: random.Random) -> None:
        """A process of the server; the server makes another."""
        if self.server is not None and (children := descendants(self.server.pid)[1:]):
            _kill(chance.choice(children))

    def _server(self, _: random.Random) -> None:
        if self.server is not None:
            _kill_all(self.server)
        self.serve()

    def _worker(self, _: random.Random) -> None:
        if self.worker is not None:
            _kill_all(self.worker)
        self.work()

    def _session(self, chance: random.Random) -> None:
        """One session of PostgreSQL ends, as an administrator ends it; the others go on."""
        if pids := self._sessions():
            self.sql(f"SELECT pg_terminate_backend({chance.choice(pids)})")

    def _backend(self, chance: random.Random) -> None:
        """One process of PostgreSQL dies, and PostgreSQL begins anew with all of them."""
        if pids := self._sessions():
            _kill(chance.choice(pids))

    def _postmaster(self, _: random.Random) -> None:
        self.cluster.kill()
        self.cluster.start_again()

    def revive(self) -> None:
        """Who couldn't live without the others (a worker without its database, say) is put up, as systemd does."""
        if self.server is None or self.server.poll() is not None:
            self.serve()
        if self.worker is None or self.worker.poll() is not None:
            self.work()

    def _sessions(self) -> list[int]:
        rows = self.sql(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return [int(pid) for (pid,) in rows]

    def sql(self, statement: str) -> list[Any]:
        """The rows; none while the database is away."""
        try:
            with psycopg.connect(
                f"host={self.cluster.folder} user=tirage dbname=tirage", autocommit=True
            ) as session:
                cursor = session.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """It with its children: a session of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
