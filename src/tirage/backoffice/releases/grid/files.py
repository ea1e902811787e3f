"""A release grid as a file, and back as a draft."""

from __future__ import annotations

from typing import BinaryIO

from tirage.backoffice.frame.cells import money_value
from tirage.backoffice.releases.grid.acts import WORDS, Worked, lay, lay_table
from tirage.backoffice.releases.grid.sheet import LAYERS, Sheet
from tirage.offers.states import GridField
from tirage.parts.faults import Fault
from tirage.tables.errors import TableError
from tirage.tables.reading import open_table
from tirage.tables.writing import Cell

#: A file of more rows is no grid.
MOST_ROWS = 2_000


def grid_table(sheet: Sheet) -> tuple[list[str], list[list[Cell]]]:
    """Headers and rows: each wine with its stock, each group's maximums, then those other numbers that are used."""
    used = [
        (layer, one)
        for layer, one in LAYERS.items()
        if one is GridField.MAXIMUM
        or any(
            sheet.standing_text((row, column, one))
            for row in range(len(sheet.rows))
            for column in range(len(sheet.columns))
        )
    ]
    names = [column.offer.group.name for column in sheet.columns]
    headers = ["sku", "wine", "to sell"]
    headers += [
        name if one is GridField.MAXIMUM else f"{name} {WORDS[layer]}"
        for layer, one in used
        for name in names
    ]
    rows: list[list[Cell]] = []
    for index, row in enumerate(sheet.rows):
        cells: list[Cell] = [row.sku.code, str(row.sku), row.there]
        for _, one in used:
            for column in range(len(sheet.columns)):
                value = sheet.standing((index, column, one)) if sheet.item(index, column) else None
                cells.append(money_value(value) if one is GridField.PRICE else value)
        rows.append(cells)
    return headers, rows


def lay_file(sheet: Sheet, file: BinaryIO, name: str, *, empties_out: bool) -> Worked:
    """Writes the numbers of a file into the sheet, by the names of its groups and wines."""
    try:
        with open_table(file, name) as table:
            lines = [list(row.cells) for row in table.sample(MOST_ROWS + 1)]
            headers = list(table.headers)
    except TableError as wrong:
        return Worked(faults=(Fault(wrong.message, "id_file", "File"),))
    if len(lines) > MOST_ROWS:
        words = (
            f"This file has more than {MOST_ROWS:,} rows, so it is no grid. Send the one that you exported."
        )
        return Worked(faults=(Fault(words, "id_file", "File"),))
    laid = lay_table(sheet, headers, lines, "maximum")
    if laid is None:
        names = ", ".join(column.offer.group.name for column in sheet.columns)
        words = f"No column is called like a group of this release ({names}). Export the grid for a pattern."
        return Worked(faults=(Fault(words, "id_file", "File"),))
    return lay(sheet, laid, empties_out=empties_out)
