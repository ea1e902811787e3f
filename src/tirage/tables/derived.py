"""Columns that a file doesn't have as such but says: several e-mail columns in one, an address taken apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Derived:
    """A column made of others: its header, the places it is made of, and how."""

    header: str
    sources: tuple[int, ...]
    text: Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Extra:
    """What is made of the rows of a file before anybody reads them."""

    derived: tuple[Derived, ...] = ()
    key: int | None = None
    """Rows with one text in this column belong together …"""
    filled: tuple[int, ...] = ()
    """… and where these are empty, what stands in the row above counts."""
    needed: tuple[int, ...] = ()
    """A row with nothing in any of these is no record of its own, such as one more picture of a wine."""
    nothing: frozenset[str] = field(default_factory=frozenset)
    """Texts by which that program writes nothing."""


class Deriving:
    """One pass over a file: hands each row's texts on with what is derived, or None for what is no record."""

    def __init__(self, extra: Extra) -> None:
        self._extra = extra
        self._above: dict[int, str] = {}
        self._key = ""

    def cells(self, cells: tuple[str, ...]) -> tuple[str, ...] | None:
        extra = self._extra
        if extra.nothing and not extra.nothing.isdisjoint(cells):
            cells = tuple("" if cell in extra.nothing else cell for cell in cells)
        if extra.key is not None:
            cells = self._filled(cells, cells[extra.key])
        if extra.needed and not any(cells[place].strip() for place in extra.needed):
            return None
        return cells + tuple(one.text([cells[place] for place in one.sources]) for one in extra.derived)

    def _filled(self, cells: tuple[str, ...], key: str) -> tuple[str, ...]:
        if key != self._key or not key.strip():
            self._key, self._above = key, {}
        found = list(cells)
        for place in self._extra.filled:
            if found[place].strip():
                self._above[place] = found[place]
            else:
                found[place] = self._above.get(place, "")
        return tuple(found)

    def marks(self, marks: dict[int, str], width: int) -> dict[int, str]:
        """What is wrong with a cell is wrong with what is made of it."""
        more = {
            width + place: marks[source]
            for place, one in enumerate(self._extra.derived)
            for source in one.sources
            if source in marks
        }
        return {**marks, **more}
