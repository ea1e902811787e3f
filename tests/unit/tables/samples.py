"""Dirty files, made when a test asks for them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from tirage.tables.reading import Limits, Table, open_table


def table_of(
    content: bytes | str,
    filename: str = "list.csv",
    *,
    limits: Limits | None = None,
    answers: Mapping[str, str] | None = None,
    expected: frozenset[str] = frozenset(),
) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return open_table(io.BytesIO(data), filename, limits=limits, answers=answers, expected=expected)


def rows_of(table: Table) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in table]


def excel(
    sheets: Mapping[str, Sequence[Sequence[Any]]], *, hidden: Sequence[str] = (), top: int = 0
) -> bytes:
    """An Excel file with plain values; the first row of each sheet stands `top` rows down."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for number, row in enumerate(rows, start=top):
                for column, cell in enumerate(row):
                    sheet.write(number, column, cell)
    return buffer.getvalue()


def ods(rows: str, *, styles: str = "", tables: str = "") -> bytes:
    """An ODS file: the rows of its sheet "List" as XML, behind the tables that are given."""
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style", "calcext")
    )
    content = (
        f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f'<office:spreadsheet>{tables}<table:table table:name="List">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def changed(workbook: bytes, part: str, old: str, new: str) -> bytes:
    """The workbook with one text of one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            target.writestr(name, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
