"""Forms about wines, vintages, skus, labels and stock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.acting import MoneyField
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.catalog.states import Colour
from tirage.inventory.states import MovementReason
from tirage.parts.hands import EditForm

#: Staff book in and out by these; the others are the program's own.
IN = (MovementReason.RECEIVED, MovementReason.RETURNED)
OUT = (MovementReason.BREAKAGE, MovementReason.TASTING)
EITHER = (MovementReason.TRANSFER, MovementReason.OTHER)
REASON_WORDS = {
    MovementReason.OPENING: "Opening stock",
    MovementReason.RECEIVED: "Received",
    MovementReason.COUNTED: "Counted",
    MovementReason.BREAKAGE: "Breakage",
    MovementReason.TASTING: "Tasting",
    MovementReason.TRANSFER: "Transfer",
    MovementReason.RETURNED: "Returned",
    MovementReason.SHIPPED: "Shipped",
    MovementReason.OTHER: "Other",
}
COUNT = "count"


class WineForm(EditForm):
    name = forms.CharField(label="Name", max_length=160, help_text="As on the label, without the year.")
    variety = forms.CharField(label="Variety", max_length=120, required=False)
    appellation = forms.CharField(label="Appellation", max_length=120, required=False)
    colour = forms.ChoiceField(
        label=gettext_lazy("Color"),
        choices=[(colour.value, colour.value.capitalize()) for colour in Colour],
        initial="red",
    )

    @staticmethod
    def values_of(wine: Wine) -> dict[str, Any]:
        return {name: getattr(wine, name) for name in ("name", "variety", "appellation", "colour")}


class VintageForm(EditForm):
    year = forms.IntegerField(label="Year", required=False, help_text="Empty for a wine without a year.")
    note = forms.CharField(
        label="Tasting note", required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    alcohol_percent = forms.DecimalField(
        label="Alcohol, in %", required=False, max_digits=4, decimal_places=1
    )
    cases_made = forms.IntegerField(label="Cases made", required=False, min_value=0, max_value=10_000_000)

    @staticmethod
    def values_of(vintage: Vintage) -> dict[str, Any]:
        return {name: getattr(vintage, name) for name in ("year", "note", "alcohol_percent", "cases_made")}


class LabelForm(forms.Form):
    label = forms.FileField(
        label="Label picture",
        help_text="PNG, JPEG, WebP or SVG, 600 KB at most. It stands upright on a white or dark ground.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/svg+xml"}),
    )


class SkuForm(EditForm):
    code = forms.CharField(
        label="Code", max_length=60, help_text="Letters, digits, - and _, such as CAB23-MAG."
    )
    millilitres = forms.IntegerField(label="Bottle size, in ml", initial=750, min_value=1, max_value=100_000)
    units = forms.IntegerField(
        label="Bottles in one piece",
        initial=1,
        min_value=1,
        max_value=1_000,
        help_text="3 for a pack of three.",
    )
    price_minor = MoneyField(label="List price of one piece")
    lwin = forms.CharField(
        label="LWIN",
        max_length=40,
        required=False,
        help_text="The trade’s number: 7 digits for the wine, 11 with its vintage, 18 with pack and bottle size.",
    )

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error("price_minor" if field == "price" else field, error)

    @staticmethod
    def values_of(sku: Sku) -> dict[str, Any]:
        return {name: getattr(sku, name) for name in ("code", "millilitres", "units", "price_minor", "lwin")}


class StockForm(forms.Form):
    """One booking: what happened, how many pieces; bottles out are typed without a minus."""

    what = forms.ChoiceField(
        label="What happened",
        choices=[
            (COUNT, "Counted: this many are here"),
            *((f"in {reason.value}", f"{REASON_WORDS[reason]}: bottles in") for reason in (*IN, *EITHER)),
            *((f"out {reason.value}", f"{REASON_WORDS[reason]}: bottles out") for reason in (*OUT, *EITHER)),
        ],
    )
    quantity = forms.IntegerField(label="Pieces", min_value=0, max_value=10_000_000)
    note = forms.CharField(label="Note", max_length=200, required=False)
    release_holds = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def is_count(self) -> bool:
        return bool(self.cleaned_data["what"] == COUNT)

    @property
    def movement(self) -> tuple[MovementReason, int]:
        """The reason and the signed number of pieces."""
        way, _, reason = self.cleaned_data["what"].partition(" ")
        sign = -1 if way == "out" else 1
        return MovementReason(reason), sign * self.cleaned_data["quantity"]
