"""Every state of the country on one page: open or closed, zone and tax. One page instead of fifty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import QueryDict

from tirage.backoffice.settings.delivery.forms import PPM, read_percent
from tirage.delivery.models import Destination
from tirage.delivery.operations import DestinationValues
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
    tax: str
    taxes_shipping: bool
    is_known: bool
    is_unchecked: bool


class StatesGrid:
    """The page's lines and what they make of destinations; ``problems`` says what can't be read."""

    def __init__(
        self, known: Iterable[Destination], zones: Iterable[str], post: QueryDict | None = None
    ) -> None:
        self._known = {place.state: place for place in known if place.country == COUNTRY and place.state}
        self.zones = list(zones)
        self.problems: list[str] = []
        self._post = post
        listed = {code for code, state in STATES.items() if state.kind in _LISTED} | set(self._known)
        self._codes = sorted(listed, key=self._name)

    @property
    def new_zone(self) -> str:
        """The zone of states that are opened without one."""
        if self._post is not None:
            return self._post.get("new_zone", "").strip()
        return self.zones[0] if self.zones else FIRST_ZONE

    def rows(self) -> list[StateRow]:
        return [self._row(code) for code in self._codes]

    def read(self, today: date) -> list[DestinationValues]:
        """What differs from before. A tax that was typed anew was checked ``today``."""
        found = []
        for row in self.rows():
            try:
                values = self._values(row, today)
            except CellError as problem:
                self.problems.append(f"{row.name}: {problem}")
                continue
            if values is not None:
                found.append(values)
        return found

    def _values(self, row: StateRow, today: date) -> DestinationValues | None:
        before = self._known.get(row.code)
        rate = read_percent(row.tax)
        zone = row.zone or (self.new_zone if row.is_open else "")
        if row.is_open and not zone:
            raise CellError("choose its zone, or name one for newly opened states.")
        if not 0 <= rate <= 100 * PPM:
            raise CellError("a tax rate is between 0 and 100 %.")
        if before is None and not row.is_open and not rate:
            return None
        checked = before.checked_on if before else None
        if row.tax.strip() != _tax_of(before):
            checked = today if row.tax.strip() else None
        source = before.source if before else ""
        values = DestinationValues(
            COUNTRY, row.code, row.name, zone, row.is_open, rate, row.taxes_shipping, source, checked
        )
        return None if before is not None and values == _values_of(before) else values

    def _row(self, code: str) -> StateRow:
        place, post = self._known.get(code), self._post
        if post is not None:
            return StateRow(
                code=code,
                name=self._name(code),
                is_open=f"open-{code}" in post,
                zone=post.get(f"zone-{code}", ""),
                tax=post.get(f"tax-{code}", ""),
                taxes_shipping=f"shipping-{code}" in post,
                is_known=place is not None,
                is_unchecked=False,
            )
        return StateRow(
            code=code,
            name=self._name(code),
            is_open=bool(place and place.is_open),
            zone=place.zone.name if place and place.zone else "",
            tax=_tax_of(place),
            taxes_shipping=bool(place and place.taxes_shipping),
            is_known=place is not None,
            is_unchecked=bool(place and place.is_open and place.checked_on is None),
        )

    def _name(self, code: str) -> str:
        place = self._known.get(code)
        return place.name if place else STATES[code].name


def _values_of(place: Destination) -> DestinationValues:
    return DestinationValues(
        place.country,
        place.state,
        place.name,
        place.zone.name if place.zone else "",
        place.is_open,
        place.tax_rate_ppm,
        place.taxes_shipping,
        place.source,
        place.checked_on,
    )


def _tax_of(place: Destination | None) -> str:
    """The rate as it is typed; empty while nobody has said that it is nought."""
    if place is None or not (place.tax_rate_ppm or place.checked_on):
        return ""
    text = f"{Decimal(place.tax_rate_ppm) / PPM:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
