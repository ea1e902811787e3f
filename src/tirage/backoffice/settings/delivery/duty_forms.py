"""The form of a duty, and the columns of a file of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.settings.delivery.forms import read_day, tenths_of
from tirage.backoffice.settings.delivery.limit_forms import chosen_of, read_first_day
from tirage.core.hands import UNSEEN
from tirage.core.winery import current_winery
from tirage.parts.hands import EditForm
from tirage.places.countries import countries, regions
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell
from tirage.taxes.duties.models import Duty
from tirage.taxes.duties.operations import MOST_AMOUNT, MOST_EXCHANGE, DutyValues, duty_values
from tirage.taxes.duties.rules import DutyPer, DutyWine, Rounding
from tirage.taxes.duties.words import PER_WORDS, ROUNDING_WORDS, WINE_WORDS

PERS = [(per.value, words) for per, words in PER_WORDS.items()]
WINES = [(wine.value, words.capitalize()) for wine, words in WINE_WORDS.items()]
ROUNDINGS = [(rounding.value, words.capitalize()) for rounding, words in ROUNDING_WORDS.items()]
_DAY: dict[str, Any] = {"attrs": {"type": "date"}, "format": "%Y-%m-%d"}
_STRENGTH: dict[str, Any] = {
    "min_value": Decimal(0),
    "max_value": Decimal(100),
    "max_digits": 4,
    "decimal_places": 1,
}
#: Fields in percent, and what they are in tenths of one.
_PERCENTS = {"from_percent": "from_tenths", "to_percent": "to_tenths", "counts_percent": "counts_as"}


class DutyForm(EditForm):
    """A duty as typed; its place can be chosen only while it is new."""

    place = forms.ChoiceField(label="Country")
    name = forms.CharField(max_length=80, label="Name", help_text="Such as Alcohol duty. Customers read it.")
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal(0),
        max_value=MOST_AMOUNT,
        decimal_places=6,
        help_text="Such as 30.62.",
    )
    currency = forms.CharField(label="Currency", max_length=3, required=False, help_text="Such as GBP.")
    per = forms.ChoiceField(label="Asked", choices=PERS, initial=DutyPer.ALCOHOL.value)
    exchange = forms.DecimalField(
        label="What one of its currency is worth in yours",
        min_value=Decimal(0),
        max_value=MOST_EXCHANGE,
        decimal_places=6,
        initial=Decimal(1),
        help_text="1 where it is your own.",
    )
    wine = forms.ChoiceField(label="Of", choices=WINES, initial=DutyWine.ANY.value)
    from_percent = forms.DecimalField(label="From alcohol of, %", initial=Decimal(0), **_STRENGTH)
    to_percent = forms.DecimalField(label="To, %", initial=Decimal(100), **_STRENGTH)
    counts_percent = forms.DecimalField(
        label="Counts as, %",
        required=False,
        help_text="Where the law takes all of them for one strength; empty for each bottle’s own.",
        **_STRENGTH,
    )
    rounding = forms.ChoiceField(label="Rounded", choices=ROUNDINGS, initial=Rounding.LINE.value)
    first_day = forms.DateField(label="From", widget=forms.DateInput(**_DAY))
    last_day = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="The last day on which it holds; empty until further notice.",
    )
    source = forms.CharField(
        label="Source", max_length=200, required=False, help_text="Where the duty was read."
    )
    checked_on = forms.DateField(
        label="Checked on",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="Home reminds you a year later.",
    )

    def __init__(self, *args: Any, duty: Duty | None = None, **options: Any) -> None:
        super().__init__(*args, about=duty, **options)
        self.duty = duty
        if duty:
            del self.fields["place"]
        else:
            choose(self, "place", [("", "Choose"), *places()])
            self.fields["currency"].initial = current_winery().currency

    @staticmethod
    def values_of(found: Duty) -> dict[str, Any]:
        values = duty_values(found)
        names = ("name", "amount", "currency", "exchange", "first_day", "last_day", "source", "checked_on")
        own = {name: getattr(values, name) for name in names}
        own |= {name: getattr(values, name).value for name in ("per", "wine", "rounding")}
        return own | {name: _percent(getattr(values, tenths)) for name, tenths in _PERCENTS.items()}

    def values(self) -> DutyValues:
        """What was typed; the place of one that is there stays."""
        typed = dict(self.typed)
        if self.duty:
            country, state = self.duty.country, self.duty.state
        else:
            country, _, state = typed.pop("place").partition("-")
        return DutyValues(country, state, **_as_values(typed))

    @property
    def seen(self) -> Mapping[str, Any] | None:
        """What the page showed, by the names of a row's values."""
        return None if self.shown is None else _as_values(dict(self.shown))


def _as_values(typed: dict[str, Any]) -> dict[str, Any]:
    for name, tenths in _PERCENTS.items():
        if name in typed:
            typed[tenths] = tenths_of(typed.pop(name))
    kinds: dict[str, Any] = {"per": DutyPer, "wine": DutyWine, "rounding": Rounding}
    known = {name: kind for name, kind in kinds.items() if typed.get(name, UNSEEN) is not UNSEEN}
    return typed | {name: kind(typed[name]) for name, kind in known.items()}


def _percent(tenths: int | None) -> Decimal | None:
    return None if tenths is None else Decimal(tenths) / 10


def places() -> list[tuple[str, str]]:
    """Every country, and the states of the United States, which have duties of their own."""
    states = [(f"US-{code}", f"{name}, United States") for code, name in regions("US").items()]
    return [(country.code, country.name) for country in countries()] + states


def _read_number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip().rstrip("%").strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise CellError(f"“{text}” is not a number. Write it as 30.62.")
    return number


def _read_exchange(text: str) -> Decimal:
    return _read_number(text) if text.strip() else Decimal(1)


def _read_strength(text: str) -> int | None:
    if not text.strip():
        return None
    tenths = _read_number(text) * 10
    if not 0 <= tenths <= 1_000 or tenths != int(tenths):
        raise CellError(f"“{text}” is not a strength. Write it in percent, as 13 or 13.5.")
    return int(tenths)


FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("name", "Name", True, ("duty", "tax")),
    Field("amount", "Amount", True, ("rate",), _read_number),
    Field("currency", "Currency", False, ()),
    Field("per", "For", True, ("per",), chosen_of([(per.value, PER_WORDS[per]) for per in DutyPer])),
    Field("wine", "Of", False, ("wine",), chosen_of([*WINES, ("any", "")])),
    Field("from_tenths", "From %", False, ("from alcohol",), _read_strength),
    Field("to_tenths", "To %", False, ("to alcohol",), _read_strength),
    Field("counts_as", "Counts as %", False, ("counts as",), _read_strength),
    Field("exchange", "Worth", False, ("exchange", "exchange rate"), _read_exchange),
    Field("rounding", "Rounded", False, ("rounding",), chosen_of([*ROUNDINGS, ("line", "")])),
    Field("first_day", "From", True, ("first day", "valid from"), read_first_day),
    Field("last_day", "To", False, ("last day", "valid to", "until"), read_day),
    Field("source", "Source", False, ()),
    Field("checked_on", "Checked on", False, ("checked", "date checked"), read_day),
)


def headers() -> list[str]:
    return [field.label for field in FIELDS]


def rows() -> Iterator[list[Cell]]:
    """Every duty, as the import reads it back."""
    for duty in Duty.objects.order_by("country", "state", "name", "first_day", "wine", "from_tenths"):
        values = duty_values(duty)
        yield [
            values.country,
            values.state,
            values.name,
            values.amount,
            values.currency,
            values.per.value,
            values.wine.value,
            _percent(values.from_tenths),
            _percent(values.to_tenths),
            _percent(values.counts_as),
            values.exchange,
            values.rounding.value.replace("_", " "),
            values.first_day,
            values.last_day,
            values.source,
            values.checked_on,
        ]


def read_duty(row: Mapping[str, Any]) -> DutyValues:
    """A row of a file, or of what a page carries."""
    strengths = {"from_tenths": 0, "to_tenths": 1_000}
    found = {name: row[name] if row[name] is not None else default for name, default in strengths.items()}
    return DutyValues(
        **{
            **row,
            **found,
            "country": row["country"].upper(),
            "per": DutyPer(row["per"]),
            "wine": DutyWine(row["wine"] or DutyWine.ANY.value),
            "rounding": Rounding(row["rounding"] or Rounding.LINE.value),
            "exchange": Decimal(row["exchange"] if row["exchange"] is not None else 1),
        }
    )
