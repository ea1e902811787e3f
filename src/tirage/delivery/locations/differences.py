"""What locations that were read from a file would change, before they are taken over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tirage.delivery.carriers import carrier_name
from tirage.delivery.locations.operations import LocationValues, location_values
from tirage.delivery.models import Location


@dataclass(frozen=True, slots=True)
class LocationDifference:
    """A row beside what stands; ``stands`` is None where it would be new."""

    values: LocationValues
    stands: LocationValues | None
    #: A location needs no place under Delivery to be listed.
    has_place: bool = True

    @property
    def is_same(self) -> bool:
        return self.values == self.stands

    @property
    def place(self) -> str:
        return f"{carrier_name(self.values.carrier)} {self.values.name}".strip()

    @property
    def becomes(self) -> str:
        return _say(self.values)

    @property
    def was(self) -> str:
        return _say(self.stands) if self.stands else ""


def _say(values: LocationValues) -> str:
    code = f"{values.code}, " if values.code else ""
    hours = f", {values.opening_hours}" if values.opening_hours else ""
    return f"{code}{values.words.partition(': ')[2]}{hours}"


def differences(rows: Sequence[LocationValues]) -> list[LocationDifference]:
    """Each row beside the location of the list that it is about; one statement."""
    stands = {}
    for one in Location.objects.filter(is_listed=True):
        values = location_values(one)
        stands[values.key] = values
    return [LocationDifference(values, stands.get(values.key)) for values in rows]
