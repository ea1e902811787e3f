"""What a sent grid says: which wines and offers its page had, what it showed, and what was typed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from tirage.backoffice.releases.grid.sheet import LAYER_OF, Sheet, Spot, say_long
from tirage.core.hands import UNSEEN, Overtaken, is_same
from tirage.core.winery import current_winery
from tirage.offers.grid.drafts import NOTHING
from tirage.offers.grid.rules import Cell, as_meant, read_cell
from tirage.offers.states import GridField
from tirage.parts.hands import Carried
from tirage.tables.errors import CellError

OVERTAKEN = "Changed after your page was opened, by somebody else or by you. Nothing was saved yet."


class Sent:
    """A form over a fresh ``sheet``, into which it writes what was typed. Rows and columns are known by what was sent,
    not by their place: others add and remove wines meanwhile.
    """

    def __init__(self, sheet: Sheet, data: QueryDict) -> None:
        self.sheet = sheet
        self.shown: dict[Cell, Any] | None = None
        self.typed: dict[Cell, int | None] = {}
        carried = carried_of(sheet, data)
        rows = {code: index for index, code in enumerate(data.getlist("row"))}
        columns = {reference: index for index, reference in enumerate(data.getlist("column"))}
        own_rows = [(rows[one.sku.code], row) for row, one in enumerate(sheet.rows) if one.sku.code in rows]
        own_columns = [
            (columns[one.offer.reference], column)
            for column, one in enumerate(sheet.columns)
            if one.offer.reference in columns
        ]
        self.shown = {}
        for sent_row, row in own_rows:
            for sent_column, column in own_columns:
                was = carried.values.get(sheet.key(row, column), NOTHING.values())
                for one, value in zip(GridField, _four(was), strict=True):
                    name = f"{LAYER_OF[one]}-{sent_row}-{sent_column}"
                    if name in data:
                        self._read((row, column, one), str(data[name]), value)

    def _read(self, spot: Spot, text: str, was: Any) -> None:
        sheet, cell = self.sheet, self.sheet.cell(spot)
        assert self.shown is not None
        self.shown[cell] = was
        try:
            value = as_meant(spot[2], read_cell(text, spot[2], current_winery().currency))
        except CellError as wrong:
            sheet.texts[spot], sheet.problems[spot] = text, wrong.message
            return
        self.typed[cell] = value
        if not is_same(value, was) and (was is not UNSEEN or not is_same(value, sheet.standing(spot))):
            sheet.texts[spot] = text

    def overtaken(self, refused: Overtaken) -> None:
        """Puts three values beside each clash."""
        for name, clash in refused.clashes.items():
            spot = self.sheet.spot_of[name]
            was = "" if clash.was is UNSEEN else say_long(spot[2], clash.was)
            yours = say_long(spot[2], clash.yours)
            self.sheet.clashes[spot] = (was, say_long(spot[2], clash.theirs), yours)
            self.sheet.problems[spot] = OVERTAKEN

    def refused(self, fields: Mapping[str, str]) -> None:
        """Puts the words of an operation beside their cells."""
        for name, words in fields.items():
            self.sheet.problems[self.sheet.spot_of[name]] = words


def carried_of(sheet: Sheet, data: QueryDict | None = None) -> Carried:
    """What the page of a grid showed, or shows."""
    return Carried(f"grid:{sheet.release.pk}", sheet.stands(), data)


def _four(values: Any) -> list[Any]:
    return [UNSEEN] * len(GridField) if values is UNSEEN else list(values)
