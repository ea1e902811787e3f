"""ODS (LibreOffice, OpenOffice, Google) as it streams: one row in memory."""

import zipfile
from collections.abc import Iterator

from tirage.tables.errors import TableError
from tirage.tables.sources import Limits
from tirage.tables.workbooks.shapes import Sheet, SheetRow, Streamed, local, local_attributes
from tirage.tables.workbooks.values import ERROR_VALUE, NO_VALUE, damaged, number_text
from tirage.tables.workbooks.xlsx import far_out, too_many_sheets

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"


class Ods:
    tells_all = True

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        if _MANIFEST in archive.namelist():
            with archive.open(_MANIFEST) as manifest:
                if b"encryption-data" in manifest.read(1 << 20):
                    raise TableError("This file has a password. Save it without one and send that.")
        names = _Names(limits)
        with archive.open(_CONTENT) as part:
            list(names.each(part))
        self.sheets = [
            Sheet(name, style in names.hidden, place) for place, (name, style) in enumerate(names.found)
        ]

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        with self._archive.open(_CONTENT) as part:
            yield from _Rows(self._limits, sheet).each(part)


class _Names(Streamed):
    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.found: list[tuple[str, str]] = []
        self.hidden: set[str] = set()
        self._style = ""
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "style:style":
                self._style = attributes.get("style:name", "")
            case "style:table-properties" if attributes.get("table:display") == "false":
                self.hidden.add(self._style)
            case "table:table":
                self._depth += 1
                if self._depth == 1:
                    named = attributes.get("table:name", "")
                    self.found.append((named, attributes.get("table:style-name", "")))
                    if len(self.found) > self.limits.sheets:
                        raise too_many_sheets(self.limits)

    def end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= 1

    def text(self, characters: str) -> None:
        pass


class _Rows(Streamed):
    """The rows of one table, and nothing of tables within its cells, nor of remarks."""

    def __init__(self, limits: Limits, sheet: Sheet) -> None:
        super().__init__(limits)
        self._sheet = sheet
        self._table = -1
        self._depth = 0
        self._number = 0
        self._repeats = self._cell_repeats = 1
        self._row: SheetRow | None = None
        self._column = 0
        self._cell: dict[str, str] = {}
        self._lines: list[list[str]] = []
        self._length = 0
        self._listens = False
        self._aside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "table" if name == "table:table":
                self._depth += 1
                self._table += self._depth == 1
            case "annotation":
                self._aside += 1
            case _ if self._table != self._sheet.key or self._depth != 1 or self._aside:
                pass
            case "table-row":
                self._begin_row(local_attributes(attributes))
            case "table-cell" | "covered-table-cell":
                self._begin_cell(local_attributes(attributes))
            case "p":
                self._lines.append([])
                self._listens = True
            case "s":
                self.text(" " * min(_count(attributes.get("text:c", "1")), 100))
            case "tab":
                self.text("\t")
            case "line-break":
                self.text("\n")

    def end(self, name: str) -> None:
        match local(name):
            case "table" if name == "table:table":
                self._depth -= 1
                self.stopped = self._table == self._sheet.key and not self._depth
            case "annotation":
                self._aside -= 1
            case _ if self._table != self._sheet.key or self._depth != 1 or self._aside:
                pass
            case "p":
                self._listens = False
            case "table-cell" | "covered-table-cell":
                self._end_cell()
            case "table-row":
                self._end_row()

    def text(self, characters: str) -> None:
        if self._listens and not self._aside and self._length <= self.limits.cell_characters:
            self._lines[-1].append(characters)
            self._length += len(characters)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._number += 1
        self._repeats = _count(attributes.get("number-rows-repeated", "1"))
        self._row = SheetRow(self._number, [], attributes.get("visibility") in ("collapse", "filter"))
        self._column = 0

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row is not None and (row.cells or row.marks):
            for more in range(min(self._repeats, self.limits.rows + 1)):
                self.ready.append(SheetRow(row.number + more, row.cells, row.hidden, row.marks))
        self._number += self._repeats - 1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell = attributes
        self._cell_repeats = _count(attributes.get("number-columns-repeated", "1"))
        self._lines, self._length = [], 0

    def _end_cell(self) -> None:
        text, mark = self._value("\n".join("".join(line) for line in self._lines))
        if self._row is not None and (text or mark):
            last = self._column + self._cell_repeats - 1
            if last >= self.limits.columns:
                raise far_out(self._sheet.name, self._row.number, last, self.limits)
            cells = self._row.cells
            cells.extend([""] * (self._column - len(cells)))
            cells.extend([text] * self._cell_repeats)
            if mark:
                self._row.marks.update(dict.fromkeys(range(self._column, last + 1), mark))
        self._column += self._cell_repeats

    def _value(self, shown: str) -> tuple[str, str]:
        """The text and what is wrong with it."""
        kind = self._cell.get("value-type", "")
        if kind == "error" or (self._cell.get("formula") and shown.startswith(("#", "Err:"))):
            return shown, "" if shown == "#N/A" else ERROR_VALUE
        if self._cell.get("formula") and not kind and not shown:
            return "", NO_VALUE
        match kind:
            case "float" | "percentage" | "currency":
                try:
                    return number_text(float(self._cell.get("value", ""))), ""
                except ValueError:
                    return shown, ""
            case "date":
                return self._cell.get("date-value", shown).replace("T", " ").removesuffix(" 00:00:00"), ""
            case "boolean":
                return ("TRUE" if self._cell.get("boolean-value") == "true" else "FALSE"), ""
        return shown or self._cell.get("string-value", ""), ""


def _count(text: str) -> int:
    if not text.isdigit() or len(text) > 8:
        raise damaged()
    return max(int(text), 1)
