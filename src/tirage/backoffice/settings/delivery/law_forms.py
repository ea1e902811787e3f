"""The form of a place's law, and the columns of a file of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.settings.delivery.forms import read_day, tenths_of
from tirage.backoffice.settings.delivery.limit_forms import chosen_of, read_first_day
from tirage.catalog.models import Vintage
from tirage.core.hands import UNSEEN
from tirage.delivery.laws.operations import LawValues, law_values
from tirage.delivery.laws.words import EVERY_WORDS, KIND_WORDS
from tirage.delivery.models import Destination, LabelRegistration, Law
from tirage.delivery.operations import place_key
from tirage.delivery.states import LawKind, ReportEvery
from tirage.parts.hands import EditForm
from tirage.tables.errors import CellError
from tirage.tables.matching import Field
from tirage.tables.writing import Cell

KINDS = [(kind.value, words) for kind, words in KIND_WORDS.items()]
_DAY: dict[str, Any] = {"attrs": {"type": "date"}, "format": "%Y-%m-%d"}
_WORDS = {
    LawKind.PERMIT: (
        "Number of the permit",
        "It begins and ends on the days below; Home reminds you before.",
    ),
    LawKind.FORMATS: ("Volumes in ml", "Such as 187, 3000."),
    LawKind.DRY_ZIPS: ("ZIPs", "Whole ones, or how some begin: 84101, 847."),
    LawKind.CARRIERS: ("Carriers", "Such as FedEx, UPS. Ways of other carriers aren’t offered there."),
    LawKind.SIGNATURE: ("Who signs", "Such as 21 and older. Kept for who packs; nothing is refused."),
    LawKind.REPORTING: ("What is due", "Such as the direct shipper’s report. Nothing is refused by it."),
}


class LawForm(EditForm):
    """A law as typed; its place and kind are chosen while it is new, and the kind decides what else is asked."""

    place = forms.ChoiceField(label="Place")
    percent = forms.DecimalField(
        label="The strongest wine, in % of alcohol",
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=4,
        decimal_places=1,
        help_text="Wine whose alcohol isn’t written down under Cellar counts as stronger.",
    )
    words = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    labels = forms.MultipleChoiceField(
        label="Registered labels",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only wines with a tick may be sent there.",
    )
    every = forms.ChoiceField(
        label="How often",
        required=False,
        choices=[("", "Not said"), *((one.value, words.capitalize()) for one, words in EVERY_WORDS.items())],
    )
    due_on = forms.DateField(
        label="Next due by",
        required=False,
        widget=forms.DateInput(**_DAY),
        help_text="Home names it two weeks before.",
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

    def __init__(self, *args: Any, kind: LawKind, law: Law | None = None, **options: Any) -> None:
        super().__init__(*args, about=law, **options)
        self.kind, self.law = kind, law
        if law:
            del self.fields["place"]
        else:
            places = Destination.objects.order_by("country", "name")
            choose(self, "place", [("", "Choose"), *((place_key(one), one.name) for one in places)])
        if kind is not LawKind.ALCOHOL:
            del self.fields["percent"]
        if kind is LawKind.LABELS:
            vintages = Vintage.objects.select_related("wine").order_by("wine__name", "-year")
            choose(self, "labels", [(str(one.pk), str(one)) for one in vintages])
            self._ask_ends()
        else:
            del self.fields["labels"]
        if kind is not LawKind.REPORTING:
            del self.fields["every"], self.fields["due_on"]
        self._ask_words()

    def _ask_ends(self) -> None:
        """Until when each registered label is; one that is ticked now is until further notice at first."""
        registered = self.law.registrations.all() if self.law else LabelRegistration.objects.none()
        for one in registered.select_related("vintage__wine").order_by(
            "vintage__wine__name", "-vintage__year"
        ):
            name = f"{_UNTIL}{one.vintage_id}"
            self.fields[name] = forms.DateField(
                label=f"{one.vintage}, registered until",
                required=False,
                widget=forms.DateInput(**_DAY),
                help_text="Empty until further notice. Home reminds you before.",
            )
            self.initial.setdefault(name, one.last_day)

    def _ask_words(self) -> None:
        if self.kind not in _WORDS:
            del self.fields["words"]
            return
        field = self.fields["words"]
        field.label, field.help_text = _WORDS[self.kind]
        field.required = self.kind is not LawKind.SIGNATURE

    def clean_labels(self) -> frozenset[int]:
        return frozenset(int(one) for one in self.cleaned_data["labels"])

    @staticmethod
    def values_of(found: Law) -> dict[str, Any]:
        values = law_values(found)
        names = ("words", "every", "due_on", "first_day", "last_day", "source", "checked_on")
        percent = None if values.tenths is None else Decimal(values.tenths) / 10
        labels = [str(one) for one in sorted(values.labels or ())]
        return {name: getattr(values, name) for name in names} | {"percent": percent, "labels": labels}

    def values(self) -> LawValues:
        """What was typed; the place of one that is there stays."""
        typed = dict(self.typed)
        if self.law:
            country, state = self.law.destination.country, self.law.destination.state
        else:
            country, _, state = typed.pop("place").partition("-")
        tenths = tenths_of(typed.pop("percent", None))
        ends = _ends_of(typed)
        if "labels" in typed:
            typed["labels"] = frozenset(int(one) for one in typed["labels"])
        return LawValues(country, state, self.kind, tenths=tenths, label_ends=ends, **typed)

    @property
    def seen(self) -> Mapping[str, Any] | None:
        """What the page showed, by the names of a law's values."""
        if self.shown is None:
            return None
        seen = dict(self.shown)
        if "percent" in seen:
            seen["tenths"] = tenths_of(seen.pop("percent"))
        if seen.get("labels", UNSEEN) is not UNSEEN:
            seen["labels"] = frozenset(int(one) for one in seen["labels"])
            seen["label_ends"] = _ends_of(seen)
        return seen


#: How fields of registered labels begin.
_UNTIL = "until_"


def _ends_of(values: dict[str, Any]) -> frozenset[tuple[int, dt.date]]:
    """Takes the last days of labels out of a form's values."""
    names = [name for name in values if name.startswith(_UNTIL)]
    ends = {int(name.removeprefix(_UNTIL)): values.pop(name) for name in names}
    return frozenset((vintage, day) for vintage, day in ends.items() if isinstance(day, dt.date))


def _read_percent(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        percent = Decimal(text.strip().rstrip("%").strip().replace(",", "."))
    except InvalidOperation:
        percent = Decimal(-1)
    if not percent.is_finite() or not 0 < percent <= 100 or percent * 10 != int(percent * 10):
        raise CellError(f"“{text}” is not a percentage. Write it as 16 or 16.5.")
    return int(percent * 10)


def _read_every(text: str) -> str:
    return str(chosen_of([(one.value, one.value) for one in ReportEvery])(text)) if text.strip() else ""


FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("kind", "Kind", True, ("law", "rule"), chosen_of([(kind.value, kind.value) for kind in LawKind])),
    Field("tenths", "Alcohol at most", False, ("alcohol", "abv"), _read_percent),
    Field("words", "Names", False, ("number", "volumes", "zips", "carriers")),
    Field("every", "How often", False, ("every", "frequency"), _read_every),
    Field("due_on", "Next due", False, ("due", "due on"), read_day),
    Field("first_day", "From", True, ("first day", "valid from"), read_first_day),
    Field("last_day", "To", False, ("last day", "valid to", "until"), read_day),
    Field("source", "Source", False, ()),
    Field("checked_on", "Checked on", False, ("checked", "date checked"), read_day),
)


def headers() -> list[str]:
    return [field.label for field in FIELDS]


def rows() -> Iterator[list[Cell]]:
    """Every law, as the import reads it back; registered labels stay where they are."""
    found = Law.objects.select_related("destination").order_by(
        "destination__country", "destination__state", "kind", "first_day", "pk"
    )
    for law in found:
        yield [
            law.destination.country,
            law.destination.state,
            law.kind.replace("_", " "),
            None if law.tenths is None else Decimal(law.tenths) / 10,
            law.words,
            law.every.replace("_", " "),
            law.due_on,
            law.first_day,
            law.last_day,
            law.source,
            law.checked_on,
        ]


def read_law(row: Mapping[str, Any]) -> LawValues:
    """A row of a file, or of what a page carries."""
    first_day: dt.date = row["first_day"]
    return LawValues(
        country=row["country"].upper(),
        state=row["state"].upper(),
        kind=LawKind(row["kind"]),
        first_day=first_day,
        last_day=row["last_day"],
        tenths=row["tenths"],
        words=row["words"],
        every=row.get("every") or "",
        due_on=row.get("due_on"),
        source=row["source"],
        checked_on=row["checked_on"],
    )
