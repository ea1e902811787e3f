"""What a file is, as the worker found it: kept on the import, so that no page has to open the file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tirage.imports.layouts.matching import layout_name
from tirage.imports.states import ImportKind
from tirage.tables.questions import Question
from tirage.tables.reading import Table
from tirage.tables.staging import shown_text

SAMPLE_ROWS = 20
#: More than this of a cell isn't looked at on a page.
_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Facts:
    """``own``: how many of the headers are the file's; those behind them are made of others."""

    headers: tuple[str, ...]
    own: int
    #: The first rows: number and texts, one for each header.
    sample: tuple[tuple[int, tuple[str, ...]], ...]
    #: What was assumed while reading, in words.
    notes: tuple[str, ...]
    #: The system whose file it is, or empty.
    system: str
    #: What the person may say of the file itself: its sheet, its header row, its encoding.
    questions: tuple[Question, ...] = ()

    @property
    def own_headers(self) -> tuple[str, ...]:
        return self.headers[: self.own]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "questions": [one.to_json() for one in self.questions]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Facts:
        sample = tuple((number, tuple(cells)) for number, cells in kept["sample"])
        questions = tuple(Question.from_json(one, {}) for one in kept.get("questions", ()))
        return cls(
            tuple(kept["headers"]), kept["own"], sample, tuple(kept["notes"]), kept["system"], questions
        )


def facts_of(table: Table, kind: ImportKind) -> Facts:
    """Reads the file's first rows. Raises TableError."""
    sample = tuple(
        (row.number, tuple(shown_text(cell, _CHARACTERS) for cell in row.cells))
        for row in table.sample(SAMPLE_ROWS)
    )
    return Facts(
        table.headers,
        len(table.own_headers),
        sample,
        table.notes,
        layout_name(table.own_headers, kind),
        tuple(table.questions),
    )
