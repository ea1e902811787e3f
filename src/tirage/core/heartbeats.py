"""What goes on by itself, and when it last did: noted in memory where it happens, written down a few seconds later.

A note costs no statement, so the busiest paths may make one; and it is about what happened outside of the database (the
bank answered, a mail went out), so it needs no transaction. A process that is killed loses the notes of its last
seconds, never the acts themselves.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, connection

from tirage.core.sql import moment_in, run

#: Seconds between two writings of a server's notes; a worker writes them whenever it looks at its schedule.
EVERY_SECONDS = 10.0

#: Names of what is noted. A gateway's own follow ``gateway `` and ``call ``.
WORKER, MAIL, BACKUP, SERVER = "worker", "mail", "backup", "server"

_log = logging.getLogger("tirage.heartbeats")


@dataclass(slots=True)
class _Note:
    ok_at: datetime | None = None
    failed_at: datetime | None = None
    problem: str = ""
    successes: int = 0
    failures: int = 0


_lock = threading.Lock()
_notes: dict[str, _Note] = {}


def gateway_beat(key: str) -> str:
    """The name under which the answers of that gateway are noted."""
    return f"gateway {key}"


def note_success(name: str, now: datetime) -> None:
    """It went well."""
    with _lock:
        note = _notes.setdefault(name, _Note())
        note.ok_at = now
        note.successes += 1


def note_failure(name: str, problem: str, now: datetime) -> None:
    """It failed; ``problem`` is for the team, without anybody's name or number."""
    with _lock:
        note = _notes.setdefault(name, _Note())
        note.failed_at, note.problem = now, problem[:300]
        note.failures += 1


_WRITE = """INSERT INTO core_heartbeat (name, ok_at, failed_at, problem, successes, failures)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET
    ok_at = coalesce(excluded.ok_at, core_heartbeat.ok_at),
    failed_at = coalesce(excluded.failed_at, core_heartbeat.failed_at),
    problem = CASE WHEN excluded.failed_at IS NULL THEN core_heartbeat.problem ELSE excluded.problem END,
    successes = core_heartbeat.successes + excluded.successes,
    failures = core_heartbeat.failures + excluded.failures"""


def write_notes() -> int:
    """Writes down what was noted in this process; how many names. What can't be written is kept for the next time."""
    with _lock:
        taken = dict(_notes)
        _notes.clear()
    # In one order, so that two processes never wait for each other.
    for name in sorted(taken):
        note = taken[name]
        values = [name, moment_in(note.ok_at), moment_in(note.failed_at), note.problem]
        try:
            run(_WRITE, [*values, note.successes, note.failures])
        except Error:
            _keep_for_later({other: taken[other] for other in taken if other >= name})
            raise
    return len(taken)


def _keep_for_later(notes: dict[str, _Note]) -> None:
    with _lock:
        for name, older in notes.items():
            newer = _notes.setdefault(name, _Note())
            newer.ok_at = newer.ok_at or older.ok_at
            if newer.failed_at is None:
                newer.failed_at, newer.problem = older.failed_at, older.problem
            newer.successes += older.successes
            newer.failures += older.failures


def forget_notes() -> None:
    """What one test noted, another must not write."""
    with _lock:
        _notes.clear()


def keep_writing() -> None:
    """A thread that writes this process's notes; for servers, which have no schedule of their own."""
    threading.Thread(target=_keep_writing, name="heartbeats", daemon=True).start()


def _keep_writing() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        if not _notes:
            continue
        try:
            write_notes()
        except Error as problem:
            _log.warning("what was noted is written later: %s", " ".join(str(problem).split()))
        finally:
            connection.close()
