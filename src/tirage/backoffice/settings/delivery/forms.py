"""Forms and tables of the delivery settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.settings.effects import CLOSE_ANYWAY, TICK_TO_CLOSE, say_closing
from tirage.core.hands import UNSEEN
from tirage.customers.models import Group
from tirage.delivery.carriers import CARRIERS, MOST_DAYS
from tirage.delivery.models import Destination, Method, Zone
from tirage.delivery.operations import TAKES, DestinationValues, MethodValues
from tirage.delivery.pickups import MOST_WAITING, WAITING_DAYS
from tirage.delivery.states import MethodKind, Visibility
from tirage.parts.hands import EditForm
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell

PPM = 10_000
#: More than anything that is typed here can be.
_BEYOND = 10**12
#: Of a file with places or rates.
MOST_BYTES = 5 * 1024 * 1024
YES = {"yes", "y", "true", "1", "open", "x"}
NO = {"no", "n", "false", "0", "closed", ""}


class PercentField(forms.DecimalField):
    """A tax rate typed in percent; its value is millionths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=Decimal(0), max_value=Decimal(100), decimal_places=4, **options)

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return 0 if percent is None else int(percent * PPM)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return f"{value // PPM}.{value % PPM:04}".rstrip("0").rstrip(".") if value else ""


class DestinationForm(EditForm):
    country = forms.CharField(
        max_length=2, label="Country", help_text="Two letters, such as US.", initial="US"
    )
    state = forms.CharField(
        max_length=10,
        required=False,
        label="State",
        help_text="Two letters; empty for a country without states.",
    )
    name = forms.CharField(max_length=80, label="Name")
    zone = forms.ChoiceField(required=False, label="Zone", help_text="Shipping rates hang on it.")
    is_open = forms.BooleanField(required=False, label="Wine may go there")
    source = forms.CharField(
        max_length=200, required=False, label="Source", help_text="Where the rule was read."
    )
    checked_on = forms.DateField(
        required=False, label="Checked on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone.name, zone.name) for zone in Zone.objects.order_by("name")]
        choose(self, "zone", [("", "No zone"), *zones])
        self._ask_about_closing()

    def _ask_about_closing(self) -> None:
        """What is under way to a place that closes is said first."""
        closes = self.is_bound and self.initial.get("is_open") and not self.data.get("is_open")
        if closes and (
            said := say_closing({(self.initial["country"], self.initial["state"]): self.initial["name"]})
        ):
            asked = forms.BooleanField(
                label=CLOSE_ANYWAY, help_text=" ".join(said), error_messages={"required": TICK_TO_CLOSE}
            )
            self.ask("closes", asked)

    @staticmethod
    def values_of(found: Destination) -> dict[str, Any]:
        names = ("country", "state", "name", "is_open", "source", "checked_on")
        values = {name: getattr(found, name) for name in names}
        return values | {"zone": found.zone.name if found.zone else ""}

    def destination(self) -> DestinationValues:
        values = self.typed
        values["country"], values["state"] = values["country"].upper(), values["state"].upper()
        return DestinationValues(**values)


_MORE = (
    "qualifies_for_free_shipping",
    "offered_from",
    "offered_until",
    "pickup_address",
    "opening_hours",
    "carrier",
    "days_least",
    "days_most",
    *WAITING_DAYS,
)


def _waiting_days(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=1, max_value=MOST_WAITING, label=label, help_text=help_text
    )


class MethodForm(EditForm):
    name = forms.CharField(max_length=80, label="Name", help_text="As customers see it.")
    description = forms.CharField(
        max_length=200,
        required=False,
        label="Description",
        help_text="One line under the name: two to five days, by day.",
    )
    internal_description = forms.CharField(
        max_length=200, required=False, label="For the team", help_text="Never shown to customers."
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            (MethodKind.SHIP.value, "Ships to an address"),
            (MethodKind.HOLD.value, "Held at a carrier’s location"),
            (MethodKind.PICKUP.value, "Picked up"),
            (MethodKind.STORAGE.value, "Goes to storage"),
        ],
    )
    carrier = forms.ChoiceField(
        required=False,
        label="Carrier",
        choices=[("", "Not said"), *CARRIERS.items()],
        help_text="Customers read it, with the days, under the name.",
    )
    days_least = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_DAYS, label="Business days at least"
    )
    days_most = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_DAYS, label="Business days at most"
    )
    handover = forms.ChoiceField(
        required=False, label="Handed over in", help_text="For pickup and storage: it is taxed there."
    )
    pickup_address = forms.CharField(
        max_length=200,
        required=False,
        label="Picked up at",
        help_text="Customers read it where they choose, and on the order: 12 Mill Road, Philo.",
    )
    opening_hours = forms.CharField(
        max_length=200, required=False, label="Opening hours", help_text="Tuesday to Saturday, 10 to 4."
    )
    remind_first_days = _waiting_days(
        "Days until the first reminder",
        "Of a pickup, from the day on which you say that it is ready; empty for none.",
    )
    remind_again_days = _waiting_days("Days until the second reminder", "Empty for none.")
    send_after_days = _waiting_days(
        "Days until it is sent instead",
        "To the customer’s own address, by the first way that leads there, charged to their card. "
        "Customers read it before they choose; orders placed before you set it wait. Empty for never.",
    )
    visibility = forms.ChoiceField(
        label="Offered to",
        choices=[
            (Visibility.ALL.value, "Everybody"),
            (Visibility.GROUPS.value, "Some groups, the team too"),
            (Visibility.STAFF.value, "The team only"),
        ],
    )
    groups = forms.MultipleChoiceField(
        required=False,
        label="Groups",
        help_text="Whose members may choose it. A club’s members are in its group.",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    qualifies_for_free_shipping = forms.BooleanField(
        required=False, label="Free for groups with free shipping"
    )
    takes_po_boxes = forms.BooleanField(
        required=False,
        label="Delivers to PO boxes",
        help_text="Couriers don't, and the US post carries no wine. A private mailbox (PMB) is no PO box.",
    )
    takes_military = forms.BooleanField(
        required=False,
        label="Delivers to military addresses",
        help_text="APO, FPO and DPO, where their places are open too.",
    )
    takes_territories = forms.BooleanField(
        required=False,
        initial=True,
        label="Delivers to US territories",
        help_text="Puerto Rico, the US Virgin Islands, Guam and others, where they are open too.",
    )
    is_active = forms.BooleanField(required=False, initial=True, label="Offered at present")
    offered_from = forms.DateField(
        required=False,
        label="Offered from",
        help_text="The first day, such as that of cool weather; empty for no bound.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    offered_until = forms.DateField(
        required=False,
        label="Offered until",
        help_text="The last day.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    position = forms.IntegerField(
        min_value=0, max_value=999, initial=0, label="Position", help_text="Lower ones are listed first."
    )
    closed = forms.MultipleChoiceField(
        required=False,
        label="Doesn’t reach",
        help_text="Open places that this method leaves out all the same.",
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = {
            f"{place.country}-{place.state}": place for place in Destination.objects.order_by("name")
        }
        places = [(key, place.name) for key, place in self._places.items()]
        choose(self, "handover", [("", "Nowhere"), *places])
        reached = [(key, name) for key, name in places if self._places[key].is_open]
        if reached:
            choose(self, "closed", reached)
        else:
            del self.fields["closed"]
        self._groups = {group.reference: group for group in Group.objects.order_by("name")}
        if self._groups:
            choose(self, "groups", [(key, group.name) for key, group in self._groups.items()])
        else:
            del self.fields["groups"]
        if not places:
            words = "For pickup and storage. There is no place yet: open the winery's state first."
            self.fields["handover"].help_text = words

    @staticmethod
    def values_of(method: Method) -> dict[str, Any]:
        names = ("name", "description", "internal_description", "kind", "visibility", "position", "is_active")
        values = {name: getattr(method, name) for name in (*names, *_MORE, *TAKES)}
        place = method.handover
        closed = [f"{one.country}-{one.state}" for one in method.closed_destinations.all()]
        values["groups"] = list(method.groups.values_list("reference", flat=True))
        return values | {"handover": f"{place.country}-{place.state}" if place else "", "closed": closed}

    @property
    def shown(self) -> dict[str, Any] | None:
        """Of the places that it doesn't reach those that can be chosen here; others stay as they are."""
        shown = super().shown
        if shown is None:
            return None
        if shown.get("groups") is not UNSEEN:
            shown = shown | {"groups": frozenset(shown.get("groups") or ())}
        if shown.get("closed") is UNSEEN:
            return shown
        listed = {key for key, place in self._places.items() if place.is_open}
        return shown | {"closed": frozenset(shown.get("closed") or ()) & listed}

    def method(self) -> MethodValues:
        values = dict(self.cleaned_data)
        values["kind"], values["visibility"] = MethodKind(values["kind"]), Visibility(values["visibility"])
        values["handover"] = self._places.get(values["handover"])
        values["closed"] = [self._places[key] for key in values.get("closed", ())]
        values["groups"] = [self._groups[key] for key in values.get("groups", ()) if key in self._groups]
        return MethodValues(**values)


# Tables in and out


def read_flag(text: str) -> bool:
    """Yes or no as people write it."""
    word = text.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(f"“{text}” is neither yes nor no.")


def read_parts(text: str, parts: int) -> int:
    """A number in so many parts; ArithmeticError or ValueError for what is none or beyond all measure."""
    number = Decimal(text.strip()) * parts
    # Compared before it is a whole number: 1e999999 would be one of a million digits.
    if not abs(number) <= _BEYOND:
        raise ValueError(text)
    return int(number)


def read_percent(text: str) -> int:
    """``7.25`` or ``7.25%`` as millionths."""
    word = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        return read_parts(word or "0", PPM)
    except (ArithmeticError, ValueError):
        raise CellError(f"“{text}” is not a percentage.") from None


def tenths_of(percent: Any) -> Any:
    """Tenths of a percent; what nobody typed, or nobody knows any more (UNSEEN), stays that."""
    return percent if percent is None or percent is UNSEEN else int(Decimal(percent) * 10)


def read_day(text: str) -> dt.date | None:
    """``2026-11-24``; empty is none."""
    try:
        return dt.date.fromisoformat(text.strip()[:10]) if text.strip() else None
    except ValueError:
        raise CellError(f"“{text}” is not a day; write 2026-11-24.") from None


DESTINATION_FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("name", "Name", True, ("state name", "destination")),
    Field("zone", "Zone", False, ("shipping zone",)),
    Field("is_open", "Open", False, ("can ship", "ships to", "allowed"), read_flag),
    Field("source", "Source", False, ()),
    Field("checked_on", "Checked on", False, ("checked", "date checked"), read_day),
)


def destination_headers() -> list[str]:
    return [field.label for field in DESTINATION_FIELDS]


def destination_rows() -> Iterator[list[Cell]]:
    """Every destination, as the import reads it back."""
    for place in Destination.objects.select_related("zone").order_by("country", "state"):
        yield [
            place.country,
            place.state,
            place.name,
            place.zone.name if place.zone else "",
            place.is_open,
            place.source,
            place.checked_on,
        ]


class TableForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="CSV or Excel, with the columns of the export.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt,.tsv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError("This file has more than 5 MB, far more than delivery needs.")
        return file
