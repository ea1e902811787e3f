"""Every state of the country on one page: open or closed, and in which zone. One page instead of fifty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from tirage.backoffice.settings.effects import say_closing
from tirage.core.hands import UNSEEN, Overtaken, is_same
from tirage.delivery.models import Destination
from tirage.delivery.operations import DestinationValues, closing_places, destination_values
from tirage.parts.faults import Fault
from tirage.parts.hands import Carried, SaidClash
from tirage.places import STATES
from tirage.places.states import StateKind
from tirage.tables.errors import CellError

COUNTRY = "US"
#: Listed from the beginning; territories and military posts once they are destinations.
_LISTED = (StateKind.STATE, StateKind.DISTRICT)
#: Where states begin that are opened before there is any zone.
FIRST_ZONE = "United States"


@dataclass(frozen=True, slots=True)
class StateRow:
    """One line of the page, as it is or as it was typed."""

    code: str
    name: str
    is_open: bool
    zone: str
    is_known: bool
    #: What somebody else made meanwhile of cells that were typed, by cell.
    clashes: Mapping[str, SaidClash] = field(default_factory=dict)


#: Cells of a row and the columns that they write.
CELLS = {"is_open": "is_open", "zone": "zone"}


class StatesGrid:
    """The page's lines and what they make of destinations; ``faults`` says what can't be read, and in which cell."""

    def __init__(
        self, known: Iterable[Destination], zones: Iterable[str], post: QueryDict | None = None
    ) -> None:
        self._known = {place.state: place for place in known if place.country == COUNTRY and place.state}
        self.zones = list(zones)
        self.faults: list[Fault] = []
        #: What closing states means for what is under way there, to be ticked before it is saved.
        self.closing: list[str] = []
        self._post = post
        listed = {code for code, state in STATES.items() if state.kind in _LISTED} | set(self._known)
        self._codes = sorted(listed, key=self._name)
        stands = {code: [getattr(self._stands(code), cell) for cell in CELLS] for code in self._codes}
        self.carried = Carried("delivery-states", stands, post)
        self._clashes: dict[str, dict[str, SaidClash]] = {}
        self._shown = {code: self._shown_row(code) for code in self._codes}

    @property
    def carried_field(self) -> SafeString:
        """What the page shows now: cells that were left alone as they stand, others as they were shown before."""
        if self._post is not None and not self._clashes:
            for code, cells in self.carried.values.items():
                stands, touched = self._stands(code), self._touched(code)
                if cells is not UNSEEN:
                    self.carried.values[code] = [
                        before if cell in touched else getattr(stands, cell)
                        for cell, before in zip(CELLS, cells, strict=True)
                    ]
        return self.carried.field

    @property
    def wrong(self) -> set[str]:
        """The ids of the cells that need another look."""
        return {fault.field_id for fault in self.faults}

    @property
    def new_zone(self) -> str:
        """The zone of states that are opened without one."""
        if self._post is not None:
            return self._post.get("new_zone", "").strip()
        return self.zones[0] if self.zones else FIRST_ZONE

    def rows(self) -> list[StateRow]:
        return [self._row(code) for code in self._codes]

    def read(self) -> list[DestinationValues]:
        """What differs from before."""
        found = []
        for row in self.rows():
            if not self._touched(row.code) and (row.zone or not row.is_open):
                continue
            try:
                values = self._values(row)
            except CellError as problem:
                self.faults.append(Fault(str(problem), f"zone-{row.code}", row.name))
                continue
            if values is not None:
                found.append(values)
        return found

    def ask_about_closing(self, rows: Iterable[DestinationValues]) -> bool:
        """Whether what closes has to be ticked first, because something is under way there."""
        self.closing = say_closing(closing_places(list(rows)))
        if not self.closing or (self._post is not None and "closes" in self._post):
            return False
        self.faults.append(Fault("Say below whether the states are to be closed all the same.", "id_closes"))
        return True

    def shown(self, rows: Iterable[DestinationValues]) -> list[Mapping[str, Any] | None]:
        """What the page showed of each of ``rows``."""
        return [self._shown_values(values) for values in rows]

    def overtaken(self, refused: Overtaken, rows: Sequence[DestinationValues]) -> None:
        """Shows both hands in the cells; those that were left alone are as they stand."""
        columns = {column: cell for cell, column in CELLS.items()}
        names = []
        for name, clash in refused.clashes.items():
            position, _, column = name.partition(".")
            row, cell = rows[int(position)], columns.get(column, column)
            was = "" if clash.was is UNSEEN else _say_cell(clash.was)
            said = SaidClash(was, _say_cell(clash.theirs), _say_cell(clash.yours))
            self._clashes.setdefault(row.state, {})[cell] = said
            names.append(row.name)
        words = (
            f"{', '.join(dict.fromkeys(names))} changed after your page was opened, by somebody else or by you. Below "
            "stands what it is now and what you typed; saving again keeps what stands in the table."
        )
        self.faults.append(Fault(words))
        # From now on the cells that were typed are compared with what stands.
        self.carried.values = {
            code: [getattr(self._stands(code), cell) for cell in CELLS] for code in self._codes
        }

    def _shown_row(self, code: str) -> StateRow:
        cells = self.carried.values.get(code)
        stands = self._stands(code)
        if cells is None or cells is UNSEEN:
            unseen: dict[str, Any] = dict.fromkeys(CELLS if cells is UNSEEN else (), UNSEEN)
            return replace(stands, **unseen)
        return replace(stands, **dict(zip(CELLS, cells, strict=True)))

    def _touched(self, code: str) -> set[str]:
        """The cells of a row in which something else was sent than they showed."""
        sent, shown = self._sent(code), self._shown[code]
        return {cell for cell in CELLS if not is_same(getattr(sent, cell), getattr(shown, cell))}

    def _shown_values(self, values: DestinationValues) -> Mapping[str, Any]:
        row, shown = self._row(values.state), self._shown[values.state]
        touched = self._touched(values.state)
        seen = asdict(values) | {CELLS[cell]: getattr(shown, cell) for cell in touched}
        if values.zone != row.zone and "zone" not in touched:
            seen["zone"] = row.zone
        return seen

    def _values(self, row: StateRow) -> DestinationValues | None:
        before = self._known.get(row.code)
        zone = row.zone or (self.new_zone if row.is_open else "")
        if row.is_open and not zone:
            raise CellError("choose its zone, or name one for newly opened states.")
        if before is None and not row.is_open:
            return None
        checked, source = (before.checked_on, before.source) if before else (None, "")
        values = DestinationValues(COUNTRY, row.code, row.name, zone, row.is_open, source, checked)
        return None if before is not None and values == destination_values(before) else values

    def _row(self, code: str) -> StateRow:
        """As it was typed, where it was; else as it stands."""
        stands = self._stands(code)
        if self._post is None:
            return stands
        sent = self._sent(code)
        typed = {cell: getattr(sent, cell) for cell in self._touched(code)}
        return replace(stands, **typed, clashes=self._clashes.get(code, {}))

    def _sent(self, code: str) -> StateRow:
        post = self._post or QueryDict()
        if f"zone-{code}" not in post:
            # The page had no such line: a place that somebody added since.
            return self._shown[code]
        return replace(
            self._stands(code),
            is_open=f"open-{code}" in post,
            zone=post.get(f"zone-{code}", ""),
        )

    def _stands(self, code: str) -> StateRow:
        place = self._known.get(code)
        return StateRow(
            code=code,
            name=self._name(code),
            is_open=bool(place and place.is_open),
            zone=place.zone.name if place and place.zone else "",
            is_known=place is not None,
        )

    def _name(self, code: str) -> str:
        place = self._known.get(code)
        return place.name if place else STATES[code].name


def _say_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value or "None")
