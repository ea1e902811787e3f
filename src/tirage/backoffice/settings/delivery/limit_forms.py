"""The form of a volume limit, and the columns of a file of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.settings.delivery.forms import read_day
from tirage.delivery.limits.operations import LimitValues, limit_values, year_day
from tirage.delivery.limits.words import PERIOD_WORDS, SUBJECT_WORDS
from tirage.delivery.models import Destination, VolumeLimit
from tirage.delivery.operations import place_key
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit
from tirage.parts.hands import EditForm
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell

UNITS = [
    (VolumeUnit.LITRE.value, "l"),
    (VolumeUnit.CASE.value, "Cases of 9 l"),
    (VolumeUnit.BOTTLE.value, "Bottles of 750 ml"),
]
PERIODS = [(period.value, words.capitalize()) for period, words in PERIOD_WORDS.items()]
SUBJECTS = [(subject.value, words.capitalize()) for subject, words in SUBJECT_WORDS.items()]
_DAY: dict[str, Any] = {"attrs": {"type": "date"}, "format": "%Y-%m-%d"}


class LimitForm(EditForm):
    """A limit as typed; its place can be chosen only while it is new."""

    place = forms.ChoiceField(label="Place")
    amount = forms.DecimalField(
        label="At most",
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=3,
        help_text="A number, such as 12.",
    )
    unit = forms.ChoiceField(label="Of", choices=UNITS, initial=VolumeUnit.CASE.value)
    period = forms.ChoiceField(label="How long it counts", choices=PERIODS, initial=LimitPeriod.YEAR.value)
    subject = forms.ChoiceField(
        label="Whose wine is counted together",
        choices=SUBJECTS,
        initial=LimitSubject.PERSON.value,
        help_text="A household is everybody with one default address, and whatever is sent there.",
    )
    year_begins = forms.CharField(
        label="The permit’s year begins on",
        max_length=5,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "07-15"}),
        help_text="Month and day, for a year of the permit. Left empty, it begins with the permit under Laws.",
    )
    first_day = forms.DateField(label="From", widget=forms.DateInput(**_DAY))
    last_day = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="The last day on which it counts; empty until further notice.",
    )
    source = forms.CharField(
        label="Source", max_length=200, required=False, help_text="Where the rule was read."
    )
    checked_on = forms.DateField(
        label="Checked on",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="Home reminds you a year later.",
    )

    def __init__(self, *args: Any, limit: VolumeLimit | None = None, **options: Any) -> None:
        super().__init__(*args, about=limit, **options)
        self.limit = limit
        if limit:
            del self.fields["place"]
        else:
            places = Destination.objects.order_by("country", "name")
            choose(self, "place", [("", "Choose"), *((place_key(one), one.name) for one in places)])

    @staticmethod
    def values_of(found: VolumeLimit) -> dict[str, Any]:
        values = limit_values(found)
        names = ("amount", "unit", "period", "subject", "first_day", "last_day", "source", "checked_on")
        return {name: getattr(values, name) for name in names} | {
            "year_begins": write_begin(values.year_begins) or ""
        }

    def clean_year_begins(self) -> int | None:
        try:
            return read_begin(self.cleaned_data["year_begins"])
        except CellError as error:
            raise forms.ValidationError(str(error)) from None

    def values(self) -> LimitValues:
        """What was typed; the place of one that is there stays."""
        typed = dict(self.typed)
        if self.limit:
            country, state = self.limit.destination.country, self.limit.destination.state
        else:
            country, _, state = typed.pop("place").partition("-")
        return LimitValues(
            country,
            state,
            **typed
            | {
                "unit": VolumeUnit(typed["unit"]),
                "period": LimitPeriod(typed["period"]),
                "subject": LimitSubject(typed["subject"]),
            },
        )


def chosen_of(choices: Sequence[tuple[str, str]]) -> Any:
    known = {word.casefold(): value for value, label in choices for word in (value, label)}
    known |= {value.replace("_", " "): value for value, _ in choices}

    def read(text: str) -> str:
        found = known.get(text.strip().casefold()) or known.get(text.strip().casefold().removesuffix("s"))
        if found is None:
            raise CellError(
                f"“{text}” is none of: {', '.join(value.replace('_', ' ') for value, _ in choices)}."
            )
        return found

    return read


def _read_amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 < amount < 1_000_000:
        raise CellError(f"“{text}” is not an amount. Write it as 12 or 4.5.")
    return amount


def read_begin(text: str) -> int | None:
    """``07-15`` as 715."""
    if not text.strip():
        return None
    month, _, day = text.strip().replace("/", "-").partition("-")
    try:
        found = dt.date(2024, int(month), int(day))
    except ValueError:
        raise CellError(f"“{text}” is not a month and day. Write it as 07-15.") from None
    return year_day(found.month, found.day)


def write_begin(year_begins: int | None) -> str | None:
    return None if year_begins is None else "{:02d}-{:02d}".format(*divmod(year_begins, 100))


def read_first_day(text: str) -> dt.date:
    day = read_day(text)
    if day is None:
        raise CellError("Write the first day on which it counts.")
    return day


FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("amount", "At most", True, ("amount", "limit", "volume"), _read_amount),
    Field("unit", "Unit", True, ("of",), chosen_of(UNITS)),
    Field("period", "Period", True, ("in", "per"), chosen_of(PERIODS)),
    Field("subject", "For", True, ("subject", "buyer", "whose"), chosen_of(SUBJECTS)),
    Field("year_begins", "Year begins", False, ("permit year begins",), read_begin),
    Field("first_day", "From", True, ("first day", "valid from"), read_first_day),
    Field("last_day", "To", False, ("last day", "valid to", "until"), read_day),
    Field("source", "Source", False, ()),
    Field("checked_on", "Checked on", False, ("checked", "date checked"), read_day),
)


def headers() -> list[str]:
    return [field.label for field in FIELDS]


def rows() -> Iterator[list[Cell]]:
    """Every limit, as the import reads it back."""
    found = VolumeLimit.objects.select_related("destination").order_by(
        "destination__country", "destination__state", "period", "subject", "first_day"
    )
    for values in map(limit_values, found):
        yield [
            values.country,
            values.state,
            values.amount,
            values.unit.value,
            values.period.value.replace("_", " "),
            values.subject.value,
            write_begin(values.year_begins),
            values.first_day,
            values.last_day,
            values.source,
            values.checked_on,
        ]


def read_limit(row: Mapping[str, Any]) -> LimitValues:
    """A row of a file, or of what a page carries."""
    return LimitValues(
        country=row["country"].upper(),
        state=row["state"].upper(),
        amount=row["amount"],
        unit=VolumeUnit(row["unit"]),
        period=LimitPeriod(row["period"]),
        subject=LimitSubject(row["subject"]),
        year_begins=row.get("year_begins"),
        first_day=row["first_day"],
        last_day=row["last_day"],
        source=row["source"],
        checked_on=row["checked_on"],
    )
