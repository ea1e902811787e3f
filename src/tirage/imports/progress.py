"""How far a check or a run is, told to whoever looks.

Kept in a small file beside the upload, not in the database: SQLite has one writer, and what is told twice a second
would queue with the buyers. The file also serves as the sign of life of a run (its time), which a killed process stops
giving.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from tirage.core.clock import read_clock

#: At most so often.
EVERY_SECONDS = 0.5

Listener: TypeAlias = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """``phase``: checking or writing. ``total`` is at most how many rows there are, 0 when unknown."""

    phase: str
    done: int
    total: int
    at: datetime


class ProgressFile:
    """Writes progress, at most twice a second, and tells a listener each time."""

    def __init__(self, path: Path, listener: Listener | None = None) -> None:
        self._path = path
        self._listener = listener
        self._told = 0.0

    def tell(self, phase: str, done: int, total: int, *, at_once: bool = False) -> None:
        """At most every half second unless ``at_once``."""
        moment = time.monotonic()
        if not at_once and moment - self._told < EVERY_SECONDS:
            return
        self._told = moment
        progress = Progress(phase, done, total, read_clock())
        _write(self._path, progress)
        if self._listener:
            self._listener(progress)


def read_progress(path: Path) -> Progress | None:
    """What was told last; None when nothing was."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Progress(told["phase"], told["done"], told["total"], datetime.fromisoformat(told["at"]))
    except (OSError, ValueError, KeyError):
        return None


def _write(path: Path, progress: Progress) -> None:
    """Whole or not at all: a reader never sees half a file."""
    aside = path.with_suffix(".new")
    told = {
        "phase": progress.phase,
        "done": progress.done,
        "total": progress.total,
        "at": progress.at.isoformat(),
    }
    aside.write_text(json.dumps(told), encoding="utf-8")
    aside.replace(path)
