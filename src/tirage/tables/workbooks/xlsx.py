"""XLSX as it streams: one row in memory, however large the sheet.

The libraries that read XLSX hold a sheet whole, or know neither hidden rows nor formulas without a stored result; a
list of people needs all three at once. So the parts are read with the standard library's XML parser, as ECMA-376 has
them: sheets, shared texts (kept in a file, not in memory), number formats that mean dates, cells.
"""

import array
import posixpath
import re
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO

from tirage.tables.errors import TableError
from tirage.tables.headers import column_letter
from tirage.tables.sources import Limits
from tirage.tables.workbooks.shapes import Sheet, SheetRow, Streamed, local, local_attributes
from tirage.tables.workbooks.values import ERROR_VALUE, NO_VALUE, damaged, number_text, serial_text

_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# What of a number format is text: quoted, escaped, a space as wide as a sign, colours and places in brackets.
_FORMAT_TEXT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Xlsx:
    tells_all = True

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        # Names of parts don't differ by case.
        self._parts = {info.filename.lstrip("/").lower(): info for info in archive.infolist()}
        self._book = self._find_book()
        book = _Book(limits)
        list(book.each(self._open(self._book)))
        targets = self._targets(self._book)
        self._from_1904 = book.from_1904
        self.sheets = [
            Sheet(name, state in ("hidden", "veryHidden"), targets[relation][1])
            for name, state, relation in book.sheets
            if relation in targets and targets[relation][0].endswith("/worksheet")
        ]
        self._dates = self._date_styles(targets)
        self._texts: _Texts | None = None
        self._texts_part = _of_type(targets, "/sharedStrings")

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        if self._texts is None:
            self._texts = self._read_texts()
        reader = _Rows(self._limits, sheet.name, self._texts, self._dates, from_1904=self._from_1904)
        with self._open(str(sheet.key)) as part:
            yield from reader.each(part)

    def _open(self, name: str) -> IO[bytes]:
        info = self._parts.get(name.lower())
        if info is None:
            raise damaged()
        return self._archive.open(info)

    def _find_book(self) -> str:
        if "_rels/.rels" in self._parts:
            found = _of_type(self._targets(""), "/officeDocument")
            if found and found.lower() in self._parts:
                return found
        return "xl/workbook.xml"

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """The relations of a part: id to type and name of the other part."""
        folder, name = posixpath.split(part)
        of_it = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        if of_it.lower() not in self._parts:
            raise damaged()
        with self._open(of_it) as source:
            return {
                identity: (kind, posixpath.normpath(posixpath.join(folder, target)).lstrip("/"))
                for identity, kind, target in _Relations(self._limits).each(source)
            }

    def _date_styles(self, targets: dict[str, tuple[str, str]]) -> frozenset[int]:
        part = _of_type(targets, "/styles")
        if not part or part.lower() not in self._parts:
            return frozenset()
        styles = _Styles(self._limits)
        with self._open(part) as source:
            list(styles.each(source))
        return styles.dates()

    def _read_texts(self) -> "_Texts":
        texts = _Texts()
        if self._texts_part and self._texts_part.lower() in self._parts:
            with self._open(self._texts_part) as source:
                for text in _SharedTexts(self._limits).each(source):
                    texts.add(text)
        return texts


def _of_type(targets: dict[str, tuple[str, str]], ending: str) -> str:
    return next((name for kind, name in targets.values() if kind.endswith(ending)), "")


class _Relations(Streamed):
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "").replace("\\", "/")
            self.ready.append((attributes.get("Id", ""), attributes.get("Type", ""), target))

    def end(self, name: str) -> None:
        pass

    def text(self, characters: str) -> None:
        pass


class _Book(Streamed):
    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.sheets: list[tuple[str, str, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif local(name) == "sheet":
            plain = local_attributes(attributes)
            self.sheets.append((plain.get("name", ""), plain.get("state", ""), plain.get("id", "")))
            if len(self.sheets) > self.limits.sheets:
                raise too_many_sheets(self.limits)

    def end(self, name: str) -> None:
        pass

    def text(self, characters: str) -> None:
        pass


def too_many_sheets(limits: Limits) -> TableError:
    return TableError(
        f"This file has more than {limits.sheets} sheets. Save the one with the list as a file of its own."
    )


class _Styles(Streamed):
    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._own: dict[str, bool] = {}
        self._cells: list[str] = []
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "numFmt":
                self._own[attributes.get("numFmtId", "")] = is_date_format(attributes.get("formatCode", ""))
            case "cellXfs":
                self._in_cells = True
            case "xf" if self._in_cells:
                self._cells.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if local(name) == "cellXfs":
            self._in_cells = False

    def text(self, characters: str) -> None:
        pass

    def dates(self) -> frozenset[int]:
        """The cell styles that show dates."""
        return frozenset(
            place
            for place, number in enumerate(self._cells)
            if self._own.get(number, number.isdigit() and int(number) in _DATE_FORMATS)
        )


def is_date_format(code: str) -> bool:
    """Whether a number format shows a date or a time."""
    if code.casefold() == "general":
        return False
    return bool(_DATE_LETTERS.search(_FORMAT_TEXT.sub("", code.split(";", maxsplit=1)[0])))


class _Texts:
    """Shared texts in a file: a list of half a million people has millions."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with the process
        self._places = array.array("Q", [0])
        self._recent: dict[int, str] = {}

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._places.append(self._places[-1] + len(data))

    def __getitem__(self, place: int) -> str:
        known = self._recent.get(place)
        if known is not None:
            return known
        if not 0 <= place < len(self._places) - 1:
            raise damaged()
        begin, end = self._places[place], self._places[place + 1]
        self._file.seek(begin)
        text = self._file.read(end - begin).decode("utf-8", "surrogatepass")
        if len(self._recent) > 4_000:
            self._recent.clear()
        self._recent[place] = text
        return text


class _Gathering(Streamed):
    """Gathers the characters of ``<t>``, never more than a cell may have and one."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._gathered: list[str] = []
        self._length = 0
        self._listens = False
        self._aside = 0

    def text(self, characters: str) -> None:
        if self._listens and self._length <= self.limits.cell_characters:
            self._gathered.append(characters)
            self._length += len(characters)

    def take(self) -> str:
        text = "".join(self._gathered)
        self._gathered.clear()
        self._length = 0
        if "_x" in text:
            text = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
        return text


class _SharedTexts(_Gathering):
    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "t":
                self._listens = not self._aside
            case "rPh":
                self._aside += 1

    def end(self, name: str) -> None:
        match local(name):
            case "t":
                self._listens = False
            case "rPh":
                self._aside -= 1
            case "si":
                self.ready.append(self.take())


class _Rows(_Gathering):
    def __init__(
        self, limits: Limits, sheet: str, texts: _Texts, dates: frozenset[int], *, from_1904: bool
    ) -> None:
        super().__init__(limits)
        self._sheet = sheet
        self._texts = texts
        self._dates = dates
        self._from_1904 = from_1904
        self._row: SheetRow | None = None
        self._number = 0
        self._column = -1
        self._kind = ""
        self._style = 0
        self._has_formula = self._has_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "c":
                self._begin_cell(attributes)
            case "v":
                self._listens = self._has_value = True
            case "t":
                self._listens = not self._aside
            case "f":
                self._has_formula = True
            case "rPh":
                self._aside += 1
            case "row":
                self._begin_row(attributes)

    def end(self, name: str) -> None:
        match local(name):
            case "v" | "t":
                self._listens = False
            case "c":
                self._end_cell()
            case "rPh":
                self._aside -= 1
            case "row":
                self._end_row()
            case "sheetData":
                self.stopped = True

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._number = int(number) if number.isdigit() and len(number) < 9 else self._number + 1
        self._row = SheetRow(self._number, [], attributes.get("hidden") in ("1", "true"))
        self._column = -1

    def _end_row(self) -> None:
        if self._row is not None and (self._row.cells or self._row.marks):
            self.ready.append(self._row)
        self._row = None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = _column_number(place.group(1)) if place else self._column + 1
        self._kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if style.isdigit() and len(style) < 7 else 0
        self._has_formula = self._has_value = False

    def _end_cell(self) -> None:
        text = self.take()
        if self._row is None:
            return
        if self._has_formula and not text and not (self._kind == "str" and self._has_value):
            self._put("", NO_VALUE)
        elif self._kind == "e" and text:
            self._put(text, "" if text == "#N/A" else ERROR_VALUE)
        elif text:
            self._put(self._value(text), "")

    def _put(self, text: str, mark: str) -> None:
        assert self._row is not None
        if self._column >= self.limits.columns:
            raise far_out(self._sheet, self._row.number, self._column, self.limits)
        cells = self._row.cells
        cells.extend([""] * (self._column - len(cells)))
        if self._column == len(cells):
            cells.append(text)
        else:
            cells[self._column] = text
        if mark:
            self._row.marks[self._column] = mark

    def _value(self, text: str) -> str:
        match self._kind:
            case "s":
                return self._texts[int(text)] if text.isdigit() and len(text) < 10 else ""
            case "b":
                return "TRUE" if text in ("1", "true") else "FALSE"
            case "n":
                try:
                    number = float(text)
                except ValueError:
                    return text
                if self._style in self._dates:
                    return serial_text(number, from_1904=self._from_1904)
                return number_text(number)
            case "d":
                return text.replace("T", " ").removesuffix(" 00:00:00")
        return text


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def far_out(sheet: str, row: int, column: int, limits: Limits) -> TableError:
    """A cell right of everything that can be a column."""
    return TableError(
        f"The sheet {sheet} reaches to row {row:,} and column {column + 1:,} ({column_letter(column)}); "
        f"{limits.columns} columns are possible. Delete the cells that don't belong to the list."
    )
