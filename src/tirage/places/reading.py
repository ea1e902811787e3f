"""Reading the tables in ``data``: on first use, by one thread."""

import csv
import gzip
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.resources import files
from typing import IO, Generic, TypeVar, cast

T = TypeVar("T")


class Once(Generic[T]):
    """A value made on first use, by one thread."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._value: T | None = None

    def get(self) -> T:
        if self._value is None:
            with self._lock:
                if self._value is None:
                    self._value = self._make()
        return self._value


def read_rows(name: str) -> Iterator[list[str]]:
    """The rows of a file in ``data``, its heading left out; unpacked when it ends in .gz."""
    raw = files("tirage.places").joinpath("data", name)
    with ExitStack() as opened:
        source: IO[bytes] = opened.enter_context(raw.open("rb"))
        if name.endswith(".gz"):
            source = cast(IO[bytes], opened.enter_context(gzip.open(source)))
        table = csv.reader(io.TextIOWrapper(source, encoding="utf-8", newline=""))
        next(table)
        yield from table
