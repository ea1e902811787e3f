"""What the readers of the formats give: sheets, rows, and XML that is read as it streams."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Protocol
from xml.parsers import expat

from tirage.tables.sources import Limits
from tirage.tables.workbooks.values import damaged

CHUNK = 1 << 16


@dataclass(slots=True)
class SheetRow:
    """``number`` as the program shows it; ``marks``: what is wrong with the cell of that place."""

    number: int
    cells: list[str]
    hidden: bool = False
    marks: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    hidden: bool
    #: How the format finds it again.
    key: Any


class Workbook(Protocol):
    sheets: list[Sheet]
    #: Whether rows tell that they are hidden, and cells that they hold a formula without a result.
    tells_all: bool

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """Filled rows from the top, as they stream. Raises TableError, and whatever damaged bytes raise."""


class Streamed:
    """Feeds a part of an archive to an XML parser a little at a time and yields what the handlers have gathered."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ready: list[Any] = []
        self.stopped = False
        self._parser = expat.ParserCreate(namespace_separator=None)
        self._parser.buffer_text = True
        self._parser.ordered_attributes = False
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self.text

    def start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def text(self, characters: str) -> None:
        raise NotImplementedError

    def each(self, part: IO[bytes]) -> Iterator[Any]:
        """Raises TableError for what isn't XML."""
        try:
            while not self.stopped and (chunk := part.read(CHUNK)):
                self._parser.Parse(chunk, False)
                yield from self.ready
                self.ready.clear()
            if not self.stopped:
                self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise damaged() from error
        yield from self.ready
        self.ready.clear()


def _refuse_doctype(*_: object) -> None:
    """No program writes one; they are how small files grow large."""
    raise damaged()


def local(name: str) -> str:
    """Without the prefix, which every program chooses as it likes."""
    return name.rpartition(":")[2]


def local_attributes(attributes: dict[str, str]) -> dict[str, str]:
    return {local(name): value for name, value in attributes.items()}
