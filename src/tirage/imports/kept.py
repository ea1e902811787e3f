"""What an import remembers of rows it has seen, in a file of its own: half a million people don't fit in memory."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """By whole numbers, such as hashes. The file has no name and goes with the object; the process alone sees it."""

    def __init__(self, write: Callable[[V], int | str], read: Callable[[Any], V]) -> None:
        self._write, self._read = write, read
        # A database without a name lies in a temporary file, and in memory as long as it is small.
        self._database = sqlite3.connect("", isolation_level=None)
        weakref.finalize(self, self._database.close)
        for statement in (
            "PRAGMA cache_size = -4000",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE kept (key INTEGER PRIMARY KEY, value)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def get(self, key: int) -> V | None:
        found = self._database.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
        return None if found is None else self._read(found[0])

    def __getitem__(self, key: int) -> V:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: int) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: int, value: V) -> None:
        self._database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (key, self._write(value)))

    def setdefault(self, key: int, value: V) -> V:
        """The value that is there; else this one, which is there from now on."""
        found = self.get(key)
        if found is None:
            self[key] = value
            return value
        return found


def kept_numbers() -> Kept[int]:
    """Of row numbers and keys."""
    return Kept(int, int)
