"""What a grid works out before anything is saved: one more wine, a part of another column, a block that was pasted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from tirage.backoffice.releases.grid.sheet import LABELS, LAYERS, Sheet, say
from tirage.offers.grid.rules import (
    Laid,
    Rounding,
    lay_by_names,
    lay_from,
    read_factor,
    scale,
    split_block,
    step_of,
)
from tirage.offers.states import GridField
from tirage.parts.faults import Fault
from tirage.parts.numbers import read_whole
from tirage.tables.cleaning.text import is_empty
from tirage.tables.errors import CellError

#: What a quantity may be rounded to, in bottles.
CASES = {1: "single bottles", 3: "threes", 6: "sixes", 12: "cases of 12"}
ROUNDINGS = {
    Rounding.NEAREST: "to the nearest",
    Rounding.DOWN: "down",
    Rounding.UP: "up",
}


@dataclass(frozen=True, slots=True)
class Worked:
    """What an act did to the sheet's texts, in words; or what is wrong with what was asked."""

    words: str = ""
    faults: tuple[Fault, ...] = ()


def layer_of(data: Mapping[str, Any]) -> str:
    """Which numbers the page shows."""
    asked = str(data.get("layer", ""))
    return asked if asked in LAYERS else "maximum"


def asked_in(data: QueryDict, worked: Worked) -> dict[str, Any]:
    """What was chosen beside the cells, to be shown again; a block that was taken is done with."""
    found: dict[str, Any] = {
        name: data.get(name, "") for name in ("of", "into", "factor", "rounding", "empty")
    }
    found |= {name: read_whole(data.get(name, "")) for name in ("bottles", "at_row", "at_column")}
    return found | {"block": data.get("block", "") if worked.faults or data.get("act") != "paste" else ""}


def scale_column(sheet: Sheet, data: QueryDict) -> Worked:
    """Half of Premier into Foundation, in whole cases."""
    columns = {column.offer.reference: index for index, column in enumerate(sheet.columns)}
    source, target = columns.get(data.get("of", "")), columns.get(data.get("into", ""))
    one = LAYERS[layer_of(data)]
    if source is None or target is None:
        return Worked(
            faults=(Fault("Choose the group to begin with and the one to fill.", "id_of", "Group"),)
        )
    if one is GridField.PRICE:
        return Worked(
            faults=(
                Fault(
                    "Prices aren’t worked out from others. Show another number first.", "id_factor", "Part"
                ),
            )
        )
    try:
        factor = read_factor(data.get("factor", ""))
    except CellError as wrong:
        return Worked(faults=(Fault(wrong.message, "id_factor", "Part"),))
    bottles = read_whole(data.get("bottles", ""))
    asked = data.get("rounding", "")
    rounding = Rounding(asked) if asked in set(Rounding) else Rounding.NEAREST
    count = 0
    for row, wine in enumerate(sheet.rows):
        item = sheet.item(row, target)
        step = step_of(
            bottles=bottles if bottles in CASES else 1,
            units=wine.sku.units,
            multiple=item.multiple if item else 1,
        )
        scaled = scale(sheet.known((row, source, one)), factor, step=step, rounding=rounding)
        if scaled is None:
            continue
        count += sheet.known((row, target, one)) != scaled
        put(sheet, row, target, one, say(one, scaled))
    names = [sheet.columns[index].offer.group.name for index in (target, source)]
    what = LABELS[layer_of(data)].lower()
    return Worked(
        f"{names[0]}: {count} of {len(sheet.rows)} {what} changed, worked out from {names[1]}. Nothing is saved yet."
    )


def paste_block(sheet: Sheet, data: QueryDict) -> Worked:
    """A block that was copied in a spreadsheet: by the names in it, or from a cell on."""
    try:
        block = split_block(data.get("block", ""))
    except CellError as wrong:
        return Worked(faults=(Fault(wrong.message, "id_block", "Cells"),))
    if not block:
        return Worked(
            faults=(Fault("Paste the cells that you copied in the spreadsheet.", "id_block", "Cells"),)
        )
    layer = layer_of(data)
    laid = lay_table(sheet, block[0], block[1:], layer)
    if laid is None:
        at = (
            read_whole(data.get("at_row", ""), otherwise=0),
            read_whole(data.get("at_column", ""), otherwise=0),
        )
        plain = lay_from(block, at, len(sheet.rows), len(sheet.columns))
        own = list(LAYERS).index(layer) * len(sheet.columns)
        laid = Laid({(row, own + column): text for (row, column), text in plain.texts.items()}, plain.outside)
    return lay(sheet, laid, empties_out=data.get("empty") == "out")


def lay_table(sheet: Sheet, headers: list[str], lines: list[list[str]], layer: str) -> Laid | None:
    """By the names of groups and wines; ``Premier`` alone is what the page shows, ``Premier minimum`` says it. Columns
    are counted through all layers.
    """
    width = len(sheet.columns)
    columns: dict[str, int] = {}
    for index, column in enumerate(sheet.columns):
        name = " ".join(column.offer.group.name.casefold().split())
        for number, word in enumerate(WORDS.values()):
            columns[f"{name} {word}"] = number * width + index
        columns[name] = list(LAYERS).index(layer) * width + index
    rows: dict[str, int] = {}
    for index, row in enumerate(sheet.rows):
        for said in (row.sku.code, str(row.sku), row.sku.name):
            rows.setdefault(" ".join(said.casefold().split()), index)
    return lay_by_names(headers, lines, rows, columns)


#: How headers say a layer after a group's name.
WORDS = {"maximum": "maximum", "minimum": "minimum", "wish": "wish maximum", "price": "price"}


def lay(sheet: Sheet, laid: Laid, *, empties_out: bool) -> Worked:
    """Writes the cells into the sheet; empty ones leave what is there, unless they shall take the wine out."""
    width, changed = len(sheet.columns), 0
    fields = list(LAYERS.values())
    for (row, across), text in sorted(laid.texts.items()):
        if is_empty(text) and not empties_out:
            continue
        spot = (row, across % width, fields[across // width])
        before = sheet.text(spot)
        put(sheet, *spot, "" if is_empty(text) else text.strip()[:40])
        changed += sheet.text(spot) != before
    words = [f"{changed} cell{'' if changed == 1 else 's'} changed, nothing is saved yet."]
    if empty := laid.empty:
        one = empty == 1
        words.append(
            f"{empty} empty {'cell takes its wine' if one else 'cells take their wines'} out of the offer."
            if empties_out
            else f"{empty} {'was' if one else 'were'} empty and {'leaves' if one else 'leave'} what is there."
        )
    return Worked(" ".join((*words, *laid.outside)))


def put(sheet: Sheet, row: int, column: int, one: GridField, text: str) -> None:
    """Writes a cell as if it had been typed, and judges it."""
    spot = (row, column, one)
    sheet.texts[spot] = text
    sheet.problems.pop(spot, None)
    sheet.clashes.pop(spot, None)
    try:
        sheet.number(spot)
    except CellError as wrong:
        sheet.problems[spot] = wrong.message
