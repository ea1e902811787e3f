"""The cells of a release grid as markup: written out here, since a page has a thousand of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString

from tirage.backoffice.releases.grid.sheet import LAYER_OF, LAYERS, Sheet, Spot, say, say_long
from tirage.core.winery import current_winery
from tirage.offers.states import GridField
from tirage.parts.faults import Fault
from tirage.parts.wording import say_percent

#: What stands in an empty cell, faintly.
_FAINT = {GridField.MAXIMUM: "–", GridField.MINIMUM: "0", GridField.WISH: "0"}
_SAID = {
    GridField.MAXIMUM: "",
    GridField.MINIMUM: ", minimum",
    GridField.WISH: ", wish maximum",
    GridField.PRICE: ", price",
}


def cells_of(sheet: Sheet, row: int, *, may_edit: bool) -> list[SafeString]:
    """The <td> of each column in a row."""
    return [_cell(sheet, row, column, may_edit=may_edit) for column in range(len(sheet.columns))]


def label_of(sheet: Sheet, spot: Spot) -> str:
    """``Estate Cabernet 2023 750 ml for Premier, minimum``."""
    return f"{sheet.rows[spot[0]].sku} for {sheet.columns[spot[1]].offer.group.name}{_SAID[spot[2]]}"


def faults_of(sheet: Sheet) -> list[Fault]:
    """What needs another look, cell by cell in the page's order."""
    order = sorted(sheet.problems, key=lambda spot: (list(LAYERS.values()).index(spot[2]), spot[0], spot[1]))
    return [Fault(sheet.problems[spot], id_of(spot), label_of(sheet, spot)) for spot in order]


def id_of(spot: Spot) -> str:
    return f"id_{name_of(spot)}"


def name_of(spot: Spot) -> str:
    return f"{LAYER_OF[spot[2]]}-{spot[0]}-{spot[1]}"


def _cell(sheet: Sheet, row: int, column: int, *, may_edit: bool) -> SafeString:
    facts, rate = sheet.facts_at(row, column), sheet.rate(row, column)
    inside = "".join(_layer(sheet, (row, column, one), may_edit=may_edit) for one in LAYERS.values())
    said = ""
    if rate is not None:
        percent = escape(say_percent(rate, current_winery().locale))
        title = "Taken when this group was offered it last"
        said = f'<small class="sheet-rate" data-layer="maximum" title="{title}">{percent}</small>'
    if (item := sheet.item(row, column)) and item.multiple > 1:
        said += f'<small class="sheet-rate" data-layer="minimum">in {item.multiple}s</small>'
    numbers = f'data-people="{facts.people}" data-own="{facts.own}" data-bought="{facts.bought}"'
    if (expected := sheet.expected_rate(row, column)) is not None:
        numbers += f' data-rate="{expected:.4f}"'
    # Everything that people wrote is escaped where it is said.
    return SafeString(f'<td class="sheet-cell" {numbers}>{inside}{said}</td>')


def _layer(sheet: Sheet, spot: Spot, *, may_edit: bool) -> str:
    layer, text = LAYER_OF[spot[2]], sheet.text(spot)
    stands = sheet.standing_text(spot)
    if not may_edit:
        return f'<span data-layer="{layer}">{escape(text) or _faint(sheet, spot)}</span>'
    name, problem = name_of(spot), sheet.problems.get(spot)
    attributes = [
        f'name="{name}"',
        f'id="id_{name}"',
        f'value="{escape(text)}"',
        f'data-now="{escape(stands)}"',
    ]
    attributes += [f'aria-label="{escape(label_of(sheet, spot))}"', 'autocomplete="off" size="5"']
    attributes.append(f'placeholder="{escape(_faint(sheet, spot))}"')
    attributes.append('inputmode="decimal"' if spot[2] is GridField.PRICE else 'inputmode="numeric"')
    words = ""
    if problem:
        attributes.append(f'aria-invalid="true" aria-describedby="id_{name}_error"')
        words = f'<ul class="field-errors" id="id_{name}_error"><li>{escape(problem)}</li></ul>'
    elif sheet.is_changed(spot):
        attributes.append(f'aria-describedby="id_{name}_now"')
        stood = escape(say_long(spot[2], sheet.standing(spot)))
        words = f'<small class="sheet-now" id="id_{name}_now">now {stood}</small>'
    if clash := sheet.clashes.get(spot):
        words += "".join(_clash(*clash))
    return f'<span class="sheet-layer" data-layer="{layer}"><input type="text" {" ".join(attributes)}>{words}</span>'


def _clash(was: str, theirs: str, yours: str) -> Iterator[str]:
    said = [("It was", was)] if was else []
    said += [("Now", theirs), ("You typed", yours)]
    yield '<span class="clash clash-small">'
    for term, words in said:
        yield f"<span>{term} <b>{escape(words)}</b></span> "
    yield "</span>"


def _faint(sheet: Sheet, spot: Spot) -> str:
    if spot[2] is GridField.PRICE:
        return say(GridField.PRICE, sheet.rows[spot[0]].sku.price_minor)
    return _FAINT[spot[2]]
