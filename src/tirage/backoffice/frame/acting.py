"""From a form to one operation: refusals go where the person reading them can act on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tirage.core.bounds import FIRST_YEAR, LAST_YEAR, MOST_MINOR, YEARS
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.core.money import Money, exponent
from tirage.core.winery import current_winery, local_time
from tirage.parts.hands import CLOCK_CHANGE, EditForm
from tirage.tables.cleaning.numbers import parse_money
from tirage.tables.errors import CellError


class refusals_in:  # noqa: N801 - read as the words of a with statement
    """Puts the words of a DomainError beside the fields it names, else on top of the form."""

    def __init__(self, form: forms.BaseForm) -> None:
        self.form = form

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, refused: BaseException | None, trace: object) -> bool:
        if not isinstance(refused, DomainError):
            return False
        if isinstance(refused, Overtaken) and isinstance(self.form, EditForm):
            self.form.overtaken(refused)
            return True
        for name, message in refused.fields.items():
            self.form.add_error(name if name in self.form.fields else None, message)
        if not refused.fields:
            self.form.add_error(None, refused.message)
        return True


class refusals_said:  # noqa: N801 - read as the words of a with statement
    """Shows the words of a DomainError on the next page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, refused: BaseException | None, trace: object) -> bool:
        if not isinstance(refused, DomainError):
            return False
        details = [text for text in refused.fields.values() if text != refused.message]
        messages.error(self.request, " ".join([refused.message, *details]))
        return True


def first_problem(form: forms.BaseForm) -> str:
    """The first thing that is wrong with a small form, for a message."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        return f"{label}: {errors[0]}" if label else str(errors[0])
    return ""


def choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Sets a field's choices, which are known only now."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} has no choices")
    field.choices = choices


def read_amount(text: str) -> int | None:
    """Minor units of an amount in the winery's currency as people anywhere write it; None when empty.

    ``1,250.50``, ``1.250,50``, ``1 250,50 €`` and ``120,50`` are what they mean. Raises ValueError for what is no
    amount, is of another currency, or may be either of two (``1.250``).
    """
    try:
        return parse_money(text, current_winery().currency)
    except CellError as problem:
        raise ValueError(str(problem)) from None


class MoneyField(forms.CharField):
    """An amount in whole units as people type it (see ``read_amount``); its value is minor units, None when empty."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "")
        try:
            return read_amount(text)
        except ValueError:
            words = f"“{text}” can’t be read as an amount in {current_winery().currency}."
            raise ValidationError(f"{words} Write an amount such as 120 or 120.50.") from None

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"])

    def run_validators(self, value: Any) -> None:
        if value is not None and not 0 <= value <= MOST_MINOR:
            raise ValidationError("Write an amount of nought or more.")

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        currency = current_winery().currency
        amount = Money(value, currency).decimal
        return f"{amount:.{exponent(currency)}f}" if value % 10 ** exponent(currency) else f"{amount:.0f}"


class MomentField(forms.DateTimeField):
    """A day and time on the winery's clock; its value is aware. A time that the clocks skip or repeat is refused."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        options.setdefault("input_formats", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return (
            local_time(value).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
        )

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime) and value.tzinfo:
            return value
        for pattern in self.input_formats:
            try:
                naive = datetime.strptime(str(value).strip(), pattern)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            return self._on_the_clock(naive)
        raise ValidationError("Write a day and a time, such as 2026-11-24 09:00.")

    def _on_the_clock(self, naive: datetime) -> datetime:
        # At the edges of the calendar other zones' clocks, and an hour more, are beyond it.
        if not FIRST_YEAR <= naive.year <= LAST_YEAR:
            raise ValidationError(YEARS)
        zone = ZoneInfo(current_winery().time_zone)
        aware = naive.replace(tzinfo=zone)
        if aware.utcoffset() != naive.replace(fold=1, tzinfo=zone).utcoffset():
            raise ValidationError("The clocks change in this hour. Choose another time.", code=CLOCK_CHANGE)
        return aware
