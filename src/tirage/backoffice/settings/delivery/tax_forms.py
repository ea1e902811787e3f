"""The forms of rates and fees of taxes and of where they are reckoned from, and the columns of their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.acting import MoneyField, choose, read_amount
from tirage.backoffice.settings.delivery.duty_forms import places
from tirage.backoffice.settings.delivery.forms import (
    PPM,
    PercentField,
    read_day,
    read_flag,
    read_percent,
)
from tirage.backoffice.settings.delivery.limit_forms import chosen_of
from tirage.core.hands import UNSEEN
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.parts.hands import EditForm
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell
from tirage.taxes.models import TaxFee, TaxRate
from tirage.taxes.operations import FEES, RATES, FeeValues, RateValues, SetupValues
from tirage.taxes.protocol import TaxKind
from tirage.taxes.states import BEGINNING, FEE_KINDS, RATE_KINDS, FeeUnit
from tirage.taxes.words import KIND_WORDS

_DAY: dict[str, Any] = {"attrs": {"type": "date"}, "format": "%Y-%m-%d"}
_RATE_KINDS = [(kind.value, KIND_WORDS[kind]) for kind in RATE_KINDS]
_FEE_KINDS = [(kind.value, KIND_WORDS[kind]) for kind in FEE_KINDS]
_UNITS = [(FeeUnit.ORDER.value, "Once an order"), (FeeUnit.CONTAINER.value, "For each container")]
#: Names of values that are of a kind of their own, and the kind.
_KINDS: dict[str, Any] = {"kind": TaxKind, "unit": FeeUnit}


class _DatedForm(EditForm):
    """What rates and fees share; the place is chosen only while the row is new."""

    place = forms.ChoiceField(label="Place")
    first_day = forms.DateField(
        label="From",
        widget=forms.DateInput(**_DAY),
        help_text="It counts until the next one of the same name and place begins.",
    )
    last_day = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="The last day on which it counts; empty until further notice.",
    )
    source = forms.CharField(
        label="Source", max_length=200, required=False, help_text="Where it was read; orders keep it."
    )
    checked_on = forms.DateField(
        label="Checked on",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="Home reminds you a year later.",
    )

    def __init__(self, *args: Any, row: TaxRate | TaxFee | None = None, **options: Any) -> None:
        super().__init__(*args, about=row, **options)
        self.row = row
        if row:
            del self.fields["place"]
        else:
            choose(self, "place", [("", "Choose"), *places()])
        days: list[str] = ["first_day", "last_day", "source", "checked_on"]
        self.order_fields([name for name in self.fields if name not in days] + days)

    def _values(self) -> dict[str, Any]:
        typed = dict(self.typed)
        if self.row:
            typed |= {"country": self.row.country, "state": self.row.state}
        else:
            typed["country"], _, typed["state"] = typed.pop("place").partition("-")
        return _as_values(typed)

    @property
    def seen(self) -> Mapping[str, Any] | None:
        """What the page showed, by the names of a row's values."""
        return None if self.shown is None else _as_values(dict(self.shown))


def _as_values(typed: dict[str, Any]) -> dict[str, Any]:
    known = {name: kind for name, kind in _KINDS.items() if typed.get(name, UNSEEN) is not UNSEEN}
    return typed | {name: kind(typed[name]) for name, kind in known.items()}


class TaxRateForm(_DatedForm):
    operation_names: ClassVar[Mapping[str, str]] = {"rate": "rate_ppm"}

    name = forms.CharField(
        label="Whose tax", max_length=80, help_text="Such as California, or City of Santa Rosa."
    )
    kind = forms.ChoiceField(label="Kind", choices=_RATE_KINDS, initial=TaxKind.SALES.value)
    rate = PercentField(label="Rate, percent", help_text="Such as 7.25.")
    county = forms.CharField(
        label="Only in the county",
        max_length=80,
        required=False,
        help_text="Empty for all of it. Of an address it follows from the ZIP.",
    )
    city = forms.CharField(label="Only in the city", max_length=80, required=False)
    zips = forms.CharField(
        label="Only in ZIPs",
        max_length=1000,
        required=False,
        help_text="Whole ones, or how some begin: 95401, 9540.",
    )
    on_wine = forms.BooleanField(label="Wine is taxed", required=False, initial=True)
    on_shipping = forms.BooleanField(label="Delivery is taxed", required=False)
    on_other = forms.BooleanField(
        label="Handling is taxed",
        required=False,
        help_text="Packaging, expediting, insurance and what else the team charges for.",
    )
    on_duty = forms.BooleanField(label="Duty is taxed", required=False)
    by_line = forms.BooleanField(
        label="Rounded line by line", required=False, help_text="Otherwise once for the order."
    )
    by_origin = forms.BooleanField(
        label="Local rates are those of where the wine comes from",
        required=False,
        help_text="For states that tax their own sellers so. It counts for wine that comes from the same state.",
    )
    elsewhere = forms.BooleanField(
        label="Only where no other rate holds",
        required=False,
        help_text="For a state of which you know some counties, cities or ZIPs whole, and one rate for the rest.",
    )

    @staticmethod
    def values_of(row: TaxRate) -> dict[str, Any]:
        values = RATES.values_of(row)
        shown = {name: getattr(values, name) for name in values.__dataclass_fields__}
        return shown | {"kind": values.kind.value, "rate": values.rate_ppm}

    def values(self) -> RateValues:
        return RateValues(**self._values())


class TaxFeeForm(_DatedForm):
    operation_names: ClassVar[Mapping[str, str]] = {"amount": "amount_minor", "least": "least_minor"}

    name = forms.CharField(label="Name", max_length=80, help_text="Customers read it on their order.")
    kind = forms.ChoiceField(
        label="Kind",
        choices=_FEE_KINDS,
        initial=TaxKind.FEE.value,
        help_text="A deposit is always for each container, and goes back with it.",
    )
    unit = forms.ChoiceField(label="Due", choices=_UNITS, initial=FeeUnit.ORDER.value)
    amount = MoneyField(label="Amount")
    least = MoneyField(
        label="From an order of", required=False, help_text="Wine after discounts; empty for every order."
    )
    least_millilitres = forms.IntegerField(
        label="Containers from, ml", min_value=0, max_value=100_000, required=False, initial=0
    )
    most_millilitres = forms.IntegerField(
        label="Containers to, ml", min_value=0, max_value=100_000, required=False
    )
    only_shipped = forms.BooleanField(
        label="Only of what is sent", required=False, initial=True, help_text="Not of pickups."
    )
    absorbed = forms.BooleanField(
        label="Absorbed by us",
        required=False,
        help_text="The customer isn’t asked for it; what you owe is kept with the order all the same.",
    )

    @staticmethod
    def values_of(row: TaxFee) -> dict[str, Any]:
        values = FEES.values_of(row)
        shown = {name: getattr(values, name) for name in values.__dataclass_fields__}
        kinds = {"kind": values.kind.value, "unit": values.unit.value}
        return shown | kinds | {"amount": values.amount_minor, "least": values.least_minor}

    def values(self) -> FeeValues:
        typed = self._values()
        empty = {name: typed[name] or 0 for name in ("least_minor", "least_millilitres")}
        return FeeValues(**typed | empty)


class TaxSetupForm(EditForm):
    place = forms.ChoiceField(label="Wine comes from")
    county = forms.CharField(label="County", max_length=80, required=False)
    city = forms.CharField(label="City", max_length=80, required=False)
    postal_code = forms.CharField(label=gettext_lazy("ZIP or postal code"), max_length=20, required=False)
    prices_include_vat = forms.BooleanField(
        label="Prices include VAT",
        required=False,
        help_text="As in the European Union and the United Kingdom. What goes to a country of the table has that "
        "country’s VAT in it; what leaves has yours taken off.",
    )
    vat_number = forms.CharField(
        label="Your VAT number", max_length=30, required=False, help_text="It stands on receipts."
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self, "place", places())

    def values(self) -> SetupValues:
        typed = dict(self.typed)
        country, _, state = typed.pop("place").partition("-")
        return SetupValues(country, state, **typed)

    @property
    def seen(self) -> Mapping[str, Any] | None:
        if self.shown is None:
            return None
        seen = dict(self.shown)
        place = seen.pop("place", UNSEEN)
        if place is not UNSEEN:
            seen["country"], _, seen["state"] = place.partition("-")
        return seen


def _read_money(text: str) -> int:
    try:
        return read_amount(text) or 0
    except ValueError as problem:
        raise CellError(str(problem)) from None


def _read_usual(text: str) -> bool:
    """Yes or no; yes where nothing is said."""
    return read_flag(text) if text.strip() else True


def _read_size(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 7):
        raise CellError(f"“{text}” is not a size in ml, such as 750.")
    return int(text.strip())


_DAYS = (
    Field("first_day", "From", False, ("first day", "valid from"), read_day),
    Field("last_day", "To", False, ("last day", "valid to", "until"), read_day),
    Field("source", "Source", False, ()),
    Field("checked_on", "Checked on", False, ("checked", "date checked"), read_day),
)
RATE_FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("name", "Whose tax", True, ("jurisdiction", "name")),
    Field("kind", "Kind", False, (), chosen_of([*_RATE_KINDS, ("sales", "")])),
    Field("county", "County", False, ()),
    Field("city", "City", False, ()),
    Field("zips", "ZIPs", False, ("zip", "zip codes", "postal codes")),
    Field("rate_ppm", "Rate %", True, ("rate", "tax rate", "percent"), read_percent),
    Field("on_wine", "Wine taxed", False, ("wine",), _read_usual),
    Field("on_shipping", "Delivery taxed", False, ("shipping taxed", "delivery", "shipping"), read_flag),
    Field("on_other", "Handling taxed", False, ("handling",), read_flag),
    Field("on_duty", "Duty taxed", False, ("duty",), read_flag),
    Field("by_line", "By line", False, ("rounded by line",), read_flag),
    Field("by_origin", "By origin", False, ("origin",), read_flag),
    Field("elsewhere", "Elsewhere", False, ("only elsewhere", "fallback"), read_flag),
    *_DAYS,
)
FEE_FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("name", "Name", True, ("fee",)),
    Field("kind", "Kind", False, (), chosen_of([*_FEE_KINDS, ("fee", "")])),
    Field("unit", "Due", False, ("per", "unit"), chosen_of([*_UNITS, ("order", "")])),
    Field("amount_minor", "Amount", True, (), _read_money),
    Field("least_minor", "Orders from", False, ("threshold",), _read_money),
    Field("least_millilitres", "Containers from ml", False, (), _read_size),
    Field("most_millilitres", "Containers to ml", False, (), _read_size),
    Field("only_shipped", "Only sent", False, ("only shipped",), _read_usual),
    Field("absorbed", "Absorbed", False, ("absorbed by us",), read_flag),
    *_DAYS,
)


def rate_headers() -> list[str]:
    return [field.label for field in RATE_FIELDS]


def rate_rows() -> Iterator[list[Cell]]:
    """Every rate, as the import reads it back."""
    rows = TaxRate.objects.order_by("country", "state", "county", "city", "zips", "name", "first_day", "kind")
    for row in rows:
        values = RATES.values_of(row)
        cells: dict[str, Cell] = {field.name: getattr(values, field.name) for field in RATE_FIELDS}
        yield list((cells | {"rate_ppm": Decimal(values.rate_ppm) / PPM, "kind": values.kind.value}).values())


def fee_headers() -> list[str]:
    return [field.label for field in FEE_FIELDS]


def fee_rows() -> Iterator[list[Cell]]:
    """Every fee, as the import reads it back."""
    currency = current_winery().currency
    for row in TaxFee.objects.order_by("country", "state", "name", "least_millilitres", "first_day"):
        values = FEES.values_of(row)
        cells: dict[str, Cell] = {field.name: getattr(values, field.name) for field in FEE_FIELDS}
        cells |= {
            name: Money(getattr(values, name), currency).decimal for name in ("amount_minor", "least_minor")
        }
        yield list((cells | {"kind": values.kind.value, "unit": values.unit.value}).values())


def read_rate(row: Mapping[str, Any]) -> RateValues:
    """A row of a file, or of what a page carries."""
    return RateValues(**_read(row) | {"kind": TaxKind(row["kind"] or TaxKind.SALES)})


def read_fee(row: Mapping[str, Any]) -> FeeValues:
    """A row of a file, or of what a page carries."""
    kinds = {"kind": TaxKind(row["kind"] or TaxKind.FEE), "unit": FeeUnit(row["unit"] or FeeUnit.ORDER)}
    return FeeValues(**_read(row) | kinds | {"least_millilitres": row["least_millilitres"] or 0})


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    state = row["state"].upper() if len(row["state"]) < 4 else row["state"]
    places = {"country": row["country"].upper(), "state": state}
    return {**row, **places, "first_day": row["first_day"] or BEGINNING}
