"""Lets a process of its own read a workbook, and hands its rows on. Whatever becomes of it is a TableError."""

import json
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, Any

from tirage.tables.errors import TableError
from tirage.tables.headers import column_letter
from tirage.tables.questions import Choice, Question
from tirage.tables.sources import Bytes, Limits, Record, Source
from tirage.tables.workbooks.child import task_of

_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_PROGRAM = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[3]); "
    "from tirage.tables.workbooks.child import main; main(sys.argv[1:])"
)


def looks_like_workbook(start: bytes) -> bool:
    return start.startswith(_STARTS)


def open_workbook(content: Bytes, limits: Limits, sheet: str, expected: frozenset[str]) -> Source:
    """Reads the sheet of that name, or the one that looks most like a list. Raises TableError."""
    rows = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed by the source
    try:
        told = _let_read(content, rows, limits, task_of(limits, sheet, expected))
    except BaseException:
        rows.close()
        raise
    source = Source(
        records=lambda: _records(rows),
        line_count=int(told["last"]),
        notes=_notes(told),
        questions=_questions(told),
        close=rows.close,
        is_twice_encoded=bool(told["twice"]),
    )
    # Also for tables that nobody closes.
    weakref.finalize(source, rows.close)
    return source


def _let_read(content: Bytes, rows: IO[bytes], limits: Limits, task: str) -> dict[str, Any]:
    with content.as_file() as source:
        command = [sys.executable, "-I", "-c", _PROGRAM, str(rows.fileno()), task, json.dumps(sys.path)]
        process = subprocess.Popen(
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[rows.fileno()],
        )
        try:
            answer, _ = process.communicate(timeout=limits.workbook_seconds)
        except subprocess.TimeoutExpired as error:
            raise _too_slow(limits) from error
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
    return _understood(answer, process.returncode, limits)


def _understood(answer: bytes, code: int, limits: Limits) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError as error:
        if code == -24:
            raise _too_slow(limits) from error
        raise _too_much(limits) from error
    if "refused" in told:
        raise TableError(str(told["refused"]))
    if "died" in told:
        raise _too_much(limits)
    return told


def _too_slow(limits: Limits) -> TableError:
    return TableError(
        f"This file takes longer to read than {limits.workbook_seconds} seconds. "
        "Save the sheet with the list as CSV UTF-8 and send that."
    )


def _too_much(limits: Limits) -> TableError:
    return TableError(
        f"This file is damaged, or needs more than {limits.workbook_memory // 1_000_000} MB of memory to be read: a "
        "stray cell far below or right of the list does that. Delete it, or save the sheet as CSV UTF-8 and send that."
    )


def _records(rows: IO[bytes]) -> Iterator[Record]:
    """From the top each time, whoever else reads it at the same time."""
    place = 0
    while True:
        rows.seek(place)
        lines = rows.readlines(1 << 18)
        if not lines:
            return
        place = rows.tell()
        for line in lines:
            number, cells, *more = json.loads(line)
            hidden, marks = more or (False, {})
            yield Record(number, cells, bool(hidden), {int(at): words for at, words in marks.items()})


def _notes(told: dict[str, Any]) -> tuple[str, ...]:
    notes = []
    others = [one["name"] for one in told["sheets"] if one["name"] != told["sheet"] and not one["hidden"]]
    if others:
        notes.append(f"The sheet {told['sheet']} was read. Not read: {', '.join(others)}.")
    if not told["tells_all"]:
        notes.append(
            "An old Excel file doesn't tell which of its rows are hidden, nor of formulas without a stored result. If "
            "it has any, open it in Excel or LibreOffice, save it as XLSX there and bring that."
        )
    if told["formulas"]:
        row, column = told["first_formula"]
        count = told["formulas"]
        cells = "1 cell holds a formula" if count == 1 else f"{count:,} cells hold formulas"
        notes.append(
            f"{cells} without a stored result, the first in {column_letter(column)}{row}. Open the file in Excel or "
            "LibreOffice, save it there and bring it again; their rows aren't imported as they are."
        )
    return tuple(notes)


def _questions(told: dict[str, Any]) -> tuple[Question, ...]:
    questions = []
    filled = told["sheets"]
    if len(filled) > 1:
        choices = tuple(
            Choice(one["name"], one["name"] + (" (hidden)" if one["hidden"] else "")) for one in filled
        )
        shown = next((tuple(one["shown"]) for one in filled if one["name"] == told["sheet"]), ())
        questions.append(Question("sheet", "Which sheet holds the list?", choices, told["sheet"], shown))
    if told["hidden"]:
        questions.append(hidden_question(int(told["hidden"]), int(told["first_hidden"])))
    return tuple(questions)


def hidden_question(count: int, first: int) -> Question:
    rows = "1 row is hidden" if count == 1 else f"{count:,} rows are hidden"
    choices = (Choice("with", "Bring them too"), Choice("without", "Leave them out"))
    words = f"{rows} or filtered out in the file, the first is row {first:,}. Do they belong to the list?"
    return Question("hidden_rows", words, choices)
