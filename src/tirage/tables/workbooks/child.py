"""The process that reads a workbook: bounded in memory and time, alone with the file, and nobody misses it.

It is given the workbook as its standard input, an open file for the rows, and the task as an argument; it answers with
one line of JSON. Rows are lines of JSON too: ``[number, cells]``, and for few ``[number, cells, hidden, marks]``.
"""

import io
import json
import os
import resource
import sys
import zipfile
import zlib
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from typing import IO, Any

from tirage.tables.encodings import mend_twice
from tirage.tables.errors import TableError
from tirage.tables.headers import LOOKED_AT, find_header, known_among, width_of
from tirage.tables.sources import Limits
from tirage.tables.workbooks.shapes import Sheet, SheetRow, Workbook
from tirage.tables.workbooks.values import damaged

_ZIP = b"PK\x03\x04"
#: The rows of the sheet take no more room than this on the disk.
MOST_WRITTEN = 600_000_000
#: How many times its own size a workbook may unpack to, above ten megabytes.
_MOST_PACKED, _SMALL = 100, 10_000_000
#: Rows above the list that don't count towards its limit.
_ABOVE = 100


def main(arguments: list[str]) -> None:
    """``arguments``: the file for the rows, and the task as JSON."""
    task = json.loads(arguments[1])
    limits = Limits(**task["limits"])
    _bound(limits)
    with open(int(arguments[0]), "w", encoding="ascii", buffering=1 << 18) as rows:  # noqa: PTH123
        try:
            answer = _read(limits, task["sheet"], frozenset(task["expected"]), rows)
        except TableError as refusal:
            answer = {"refused": refusal.message}
        except MemoryError:
            answer = {"died": "memory"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # What a library would still do on its way out can only go wrong.
    os._exit(0)


def _bound(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits.workbook_seconds),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_AS, limits.workbook_memory),
    ):
        # A system that knows no such limit has still the others, and whoever waits its own patience.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _read(limits: Limits, wanted: str, expected: frozenset[str], out: IO[str]) -> dict[str, Any]:
    with open(0, "rb", closefd=False) as stream:
        try:
            book = _open(stream, limits)
            chosen, filled = _choose(book, wanted, expected)
            told = _write(book, chosen, limits, out)
            return {"sheets": filled, "tells_all": book.tells_all, **told}
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            UnicodeError,
            OSError,
            ValueError,
            KeyError,
            RecursionError,
        ) as error:
            if "password" in str(error) or "encrypted" in str(error):
                raise TableError("This file has a password. Save it without one and send that.") from error
            raise damaged() from error


def _open(stream: IO[bytes], limits: Limits) -> Workbook:
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    if start != _ZIP:
        from tirage.tables.workbooks.xls import Xls

        return Xls(stream, limits)
    archive = zipfile.ZipFile(stream)
    unpacked = sum(part.file_size for part in archive.infolist())
    packed = os.fstat(stream.fileno()).st_size
    if unpacked > limits.unpacked_bytes or unpacked > _SMALL + _MOST_PACKED * packed:
        raise TableError(
            "This file unpacks to more than can be read. Save the sheet as CSV UTF-8 and send that."
        )
    names = {name.lstrip("/").lower() for name in archive.namelist()}
    if "content.xml" in names:
        from tirage.tables.workbooks.ods import Ods

        return Ods(archive, limits)
    if "xl/workbook.bin" in names:
        from tirage.tables.workbooks.xls import Xls

        stream.seek(0)
        return Xls(io.BytesIO(stream.read()), limits)
    if not any(name.startswith("xl/") for name in names):
        raise damaged()
    from tirage.tables.workbooks.xlsx import Xlsx

    return Xlsx(archive, limits)


def _choose(book: Workbook, wanted: str, expected: frozenset[str]) -> tuple[Sheet, list[dict[str, Any]]]:
    """The sheet to read and all filled ones: the one with the most columns that are known, the first among equals."""
    found: list[tuple[int, Sheet]] = []
    told: list[dict[str, Any]] = []
    for sheet in book.sheets:
        rows = [(row.number, row.cells) for row in islice(book.rows(sheet), LOOKED_AT) if width_of(row.cells)]
        if not rows:
            continue
        known = known_among(rows[find_header(rows, expected)][1], expected)
        found.append((known if known > 1 else 0, sheet))
        told.append(
            {
                "name": printable(sheet.name),
                "hidden": sheet.hidden,
                "shown": [
                    printable(" | ".join(cell for cell in cells if cell)[:100]) for _, cells in rows[:2]
                ],
            }
        )
    candidates = [one for one in found if not one[1].hidden]
    if wanted:
        candidates = [one for one in found if printable(one[1].name) == wanted] or candidates
    if not candidates:
        raise TableError(
            "This file has no filled sheet. Put a header row and rows below it on the first sheet."
        )
    return max(candidates, key=lambda one: one[0])[1], told


def printable(text: str) -> str:
    """Without what no database keeps."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _write(book: Workbook, sheet: Sheet, limits: Limits, out: IO[str]) -> dict[str, Any]:
    count = last = hidden = first_hidden = formulas = twice = 0
    first_formula: list[int] = []
    for row in book.rows(sheet):
        if not width_of(row.cells) and not row.marks:
            continue
        count, last = count + 1, row.number
        if count > limits.rows + _ABOVE:
            break
        if row.hidden:
            hidden, first_hidden = hidden + 1, first_hidden or row.number
        without = [place for place, words in row.marks.items() if not row.cells[place]]
        formulas += len(without)
        if without and not first_formula:
            first_formula = [row.number, without[0]]
        twice += any(mend_twice(cell) != cell for cell in row.cells if not cell.isascii())
        out.write(_line(row))
    return {
        "sheet": printable(sheet.name),
        "last": last,
        "hidden": hidden,
        "first_hidden": first_hidden,
        "formulas": formulas,
        "twice": twice,
        "first_formula": first_formula,
    }


def _line(row: SheetRow) -> str:
    if row.hidden or row.marks:
        return json.dumps([row.number, row.cells, row.hidden, row.marks]) + "\n"
    return json.dumps([row.number, row.cells]) + "\n"


def task_of(limits: Limits, sheet: str, expected: frozenset[str]) -> str:
    """The argument that ``main`` takes."""
    return json.dumps({"limits": asdict(limits), "sheet": sheet, "expected": sorted(expected)})
