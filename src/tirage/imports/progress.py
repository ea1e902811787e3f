"""How far a check or a run is, told to whoever looks, whichever machine is at work on it.

On PostgreSQL it is a row, written by a connection of its own, in whatever transaction the import is. SQLite has one
writer, and what is told twice a second would queue with the buyers; but it has one machine too, so there it is a small
file. Either is also the sign of life of a run (its time), which a killed process stops giving.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, TypeAlias

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from tirage.core.clock import read_clock
from tirage.core.sql import is_postgresql
from tirage.imports.models import ImportProgress

#: At most so often.
EVERY_SECONDS = 0.5
#: Speed is told from so long on.
SURE_AFTER_SECONDS = 2.0
#: So often a run says that it is alive, whatever it is at.
BEAT_SECONDS = 10.0

Listener: TypeAlias = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """``phase``: reading, checking or writing. ``total`` is at most how many rows there are, 0 when unknown.

    ``left``: about how many seconds the phase still takes at its speed so far; None as long as nobody can tell.
    """

    phase: str
    done: int
    total: int
    at: datetime
    left: int | None = None


class Telling:
    """Tells the listeners, at most twice a second; says by itself, again and again, that it is still alive.

    One step may take long, and a process that is at it isn't dead: whoever looks at the time of what was told last sees
    a process that is gone, and no other.
    """

    def __init__(self, *listeners: Listener | None) -> None:
        self._listeners = [listener for listener in listeners if listener]
        self._told = 0.0
        self._phase, self._began, self._first = "", 0.0, 0
        self._last: Progress | None = None
        self._lock = Lock()

    def tell(self, phase: str, done: int, total: int, *, at_once: bool = False) -> None:
        """At most every half second unless ``at_once``."""
        moment = monotonic()
        if phase != self._phase:
            self._phase, self._began, self._first = phase, moment, done
        if not at_once and moment - self._told < EVERY_SECONDS:
            return
        self._told = moment
        self._hand_on(Progress(phase, done, total, read_clock(), self._left(done, total, moment)))

    def tell_again(self) -> None:
        """That it is alive, from whichever thread."""
        if self._last is not None:
            self._hand_on(replace(self._last, at=read_clock()))

    def _hand_on(self, progress: Progress) -> None:
        with self._lock:
            self._last = progress
            for listener in self._listeners:
                listener(progress)

    def _left(self, done: int, total: int, moment: float) -> int | None:
        took, came = moment - self._began, done - self._first
        if came <= 0 or took < SURE_AFTER_SECONDS or total < done:
            return None
        return round(took / came * (total - done))


@contextmanager
def telling(reference: str, listener: Listener | None = None) -> Iterator[Telling]:
    """Tells of that import to everybody, and to the listener, until the block ends; then it is forgotten."""
    keeper = _Row(reference) if is_postgresql() else _File(reference)
    progress, ended = Telling(keeper.write, listener), Event()
    beat = Thread(target=_beat, args=(progress, ended), name=f"alive-{reference}", daemon=True)
    beat.start()
    try:
        yield progress
    finally:
        ended.set()
        beat.join()
        keeper.close()


def _beat(progress: Telling, ended: Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        # A database that is away is the run's own to say; it is alive all the same.
        with suppress(DatabaseError, InterfaceError, OSError):
            progress.tell_again()


def read_progress(reference: str) -> Progress | None:
    """What was told last; None when nothing was."""
    if not is_postgresql():
        return _File(reference).read()
    row = ImportProgress.objects.filter(reference=reference).first()
    return Progress(row.phase, row.done, row.total, row.at, row.seconds_left) if row else None


def forget_progress(*, before: datetime) -> None:
    """What killed imports have left."""
    ImportProgress.objects.filter(at__lt=before).delete()


_TELL = """INSERT INTO imports_importprogress (reference, phase, done, total, at, seconds_left)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (reference) DO UPDATE SET phase = excluded.phase, done = excluded.done, total = excluded.total,
    at = excluded.at, seconds_left = excluded.seconds_left"""


class _Row:
    """A row, by a connection beside the one that has the import's transaction open."""

    def __init__(self, reference: str) -> None:
        self._reference = reference
        self._beside: Any = connection.copy()
        # The thread that says it is alive writes too, never at the same time.
        self._beside.inc_thread_sharing()

    def write(self, progress: Progress) -> None:
        self._send(_TELL, [self._reference, *_values(progress)])

    def close(self) -> None:
        # Of a database that has gone the import itself says so; what is left is forgotten with the old imports.
        with suppress(DatabaseError, InterfaceError):
            self._send("DELETE FROM imports_importprogress WHERE reference = %s", [self._reference])
        self._beside.close()

    def _send(self, statement: str, values: list[Any]) -> None:
        with self._beside.cursor() as cursor:
            cursor.execute(statement, values)


def _values(progress: Progress) -> list[Any]:
    return [progress.phase, progress.done, progress.total, progress.at, progress.left]


class _File:
    """A file in VAR/imports, readable by the service alone."""

    def __init__(self, reference: str) -> None:
        self._path = Path(settings.VAR) / "imports" / f"{reference}.json"

    def write(self, progress: Progress) -> None:
        """Whole or not at all: a reader never sees half a file."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = self._path.with_suffix(".new")
        told = {
            "phase": progress.phase,
            "done": progress.done,
            "total": progress.total,
            "at": progress.at.isoformat(),
            "left": progress.left,
        }
        aside.write_text(json.dumps(told), encoding="utf-8")
        aside.replace(self._path)

    def read(self) -> Progress | None:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            at = datetime.fromisoformat(told["at"])
            return Progress(told["phase"], told["done"], told["total"], at, told.get("left"))
        except (OSError, ValueError, KeyError):
            return None

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
