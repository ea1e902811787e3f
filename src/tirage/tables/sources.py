"""What the readers of CSV files and workbooks share: limits, bytes that can be read twice, records."""

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, NamedTuple, cast

from tirage.tables.questions import Question


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be. Everything past a limit is refused with a message, never cut."""

    file_bytes: int = 100_000_000
    unpacked_bytes: int = 1_000_000_000
    """Of a workbook, which is a zip archive and is read as it streams: half a million rows of 17 columns."""
    workbook_memory: int = 150_000_000
    """Bytes that the process which reads a workbook may have."""
    workbook_seconds: int = 180
    sheets: int = 200
    rows: int = 500_000
    columns: int = 300
    cell_characters: int = 20_000


class Record(NamedTuple):
    """A line of the file: its number as the person sees it, its texts, and what is wrong with the cell of a place."""

    number: int
    cells: list[str]
    hidden: bool = False
    marks: dict[int, str] = {}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Source:
    """A recognised file: `records()` starts at the top each time."""

    records: Callable[[], Iterator[Record]]
    line_count: int
    encoding: str = ""
    delimiter: str = ""
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    close: Callable[[], None] = lambda: None
    is_twice_encoded: bool = False


class Bytes:
    """A file that several readers may read at once, each with its own place in it.

    A path is opened here and closed by `close`. A file object stays its owner's; one that can't seek
    is first copied aside.
    """

    def __init__(self, source: str | PathLike[str] | IO[bytes]) -> None:
        self._owned = isinstance(source, str | PathLike) or not _seekable(source)
        self._file = _opened(source)
        self._file.seek(0, io.SEEK_END)
        self.size = self._file.tell()

    def peek(self, count: int) -> bytes:
        self._file.seek(0)
        return self._file.read(count)

    def read_at(self, position: int, count: int) -> bytes:
        self._file.seek(position)
        return self._file.read(count)

    def stream(self) -> io.BufferedReader:
        return io.BufferedReader(_Window(self), 65_536)

    @contextmanager
    def as_file(self) -> Iterator[IO[bytes]]:
        """A file of the system's, for another process; a copy where this is none."""
        copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
        with copy:
            self._file.seek(0)
            shutil.copyfileobj(self._file, copy)
            copy.flush()
            copy.seek(0)
            yield copy

    def close(self) -> None:
        if self._owned:
            self._file.close()


class _Window(io.RawIOBase):
    """A place in a shared file; closing it leaves the file open."""

    def __init__(self, shared: Bytes) -> None:
        self._shared = shared
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._shared.size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # typeshed types the argument only since 3.12
        data = self._shared.read_at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


def _opened(source: str | PathLike[str] | IO[bytes]) -> IO[bytes]:
    if isinstance(source, str | PathLike):
        return Path(source).open("rb")
    return source if _seekable(source) else _copy_aside(source)


def _seekable(source: IO[bytes]) -> bool:
    seekable = getattr(source, "seekable", None)
    return bool(seekable()) if seekable else hasattr(source, "seek")


def _copy_aside(source: IO[bytes]) -> IO[bytes]:
    copy = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 (closed by Bytes.close)
    shutil.copyfileobj(source, copy)
    return copy
