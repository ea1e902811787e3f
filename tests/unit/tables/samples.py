"""Dirty files, made when a test asks for them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from tirage.tables.reading import Limits, Table, open_table


def table_of(content: bytes | str, filename: str = "list.csv", *, limits: Limits | None = None) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return open_table(io.BytesIO(data), filename, limits=limits)


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
