"""The form of a carrier's location, and its table in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tirage.backoffice.settings.delivery.forms import read_flag
from tirage.delivery.carriers import carrier_name
from tirage.delivery.locations.operations import HOLDERS, LocationValues, location_values, tidied
from tirage.delivery.models import Location
from tirage.parts.hands import EditForm
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell


class LocationForm(EditForm):
    carrier = forms.ChoiceField(label="Carrier", choices=list(HOLDERS.items()))
    name = forms.CharField(max_length=80, label="Name", help_text="As it stands over the door.")
    code = forms.CharField(
        max_length=40,
        required=False,
        label="The carrier’s number",
        help_text="What the carrier’s label asks for, where it has one.",
    )
    line1 = forms.CharField(max_length=200, label="Street")
    line2 = forms.CharField(max_length=200, required=False, label="Suite")
    city = forms.CharField(max_length=120, label="City")
    state = forms.CharField(max_length=60, required=False, label="State")
    postal_code = forms.CharField(max_length=16, required=False, label=gettext_lazy("ZIP or postal code"))
    country = forms.CharField(max_length=2, initial="US", label="Country", help_text="Its two letters.")
    opening_hours = forms.CharField(
        max_length=200, required=False, label="Opening hours", help_text="Monday to Friday, 9 to 6."
    )
    is_active = forms.BooleanField(required=False, initial=True, label="Takes parcels")

    @staticmethod
    def values_of(found: Location) -> dict[str, Any]:
        return asdict(location_values(found))

    def location(self) -> LocationValues:
        return LocationValues(**self.typed)


def _read_carrier(text: str) -> str:
    """A carrier by its name or by the word that is kept."""
    word = text.strip().casefold()
    found = next((key for key, name in HOLDERS.items() if word in (key, name.casefold())), "")
    if not found:
        raise CellError(f"“{text}” is no carrier. Write {', '.join(HOLDERS.values())}.")
    return found


FIELDS = (
    Field("carrier", "Carrier", True, (), _read_carrier),
    Field("code", "Carrier’s number", False, ("carrier's number", "location id", "code", "number")),
    Field("name", "Name", True, ("location", "location name")),
    Field("line1", "Street", True, ("address", "address 1", "street address")),
    Field("line2", "Suite", False, ("address 2",)),
    Field("city", "City", True, ("town",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("postal_code", "Postal code", False, ("zip", "zip code", "postcode")),
    Field("country", "Country", False, ("country code",)),
    Field("opening_hours", "Opening hours", False, ("hours",)),
    Field("is_active", "Takes parcels", False, ("active", "open"), read_flag),
)


def headers() -> list[str]:
    return [field.label for field in FIELDS]


def rows() -> Iterator[list[Cell]]:
    """The winery's list, as the import reads it back."""
    for one in Location.objects.filter(is_listed=True).order_by("country", "state", "postal_code", "pk"):
        values = asdict(location_values(one))
        yield [carrier_name(one.carrier), *(values[field.name] for field in FIELDS[1:])]


def read_location(row: Mapping[str, Any]) -> LocationValues:
    """A row of a file, or of what a page carries; what a file doesn’t say takes parcels."""
    texts = {
        name: str(row.get(name) or "") for name in LocationValues.__dataclass_fields__ if name != "is_active"
    }
    is_active = row.get("is_active")
    return tidied(LocationValues(**texts, is_active=is_active is None or is_active == "" or bool(is_active)))
