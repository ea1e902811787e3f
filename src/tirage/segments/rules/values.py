"""Values of conditions as they are typed and as they stand in an address."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from tirage.core.bounds import FIRST_DAY, LAST_DAY
from tirage.core.errors import DomainError
from tirage.places import find_zip
from tirage.segments.rules.kinds import Field, Takes
from tirage.segments.rules.tree import Span, Unit, Value

_SPAN = re.compile(r"([0-9]{1,4}) ?(day|days|month|months|year|years)")
_WHOLE = re.compile(r"[0-9]{1,10}")
_FIGURE = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,3})?")
_MOST_TEXT = 160
#: The longest span of each unit: beyond it nobody sold wine by mail.
_MOST = {Unit.DAYS: 3660, Unit.MONTHS: 600, Unit.YEARS: 50}


def read_value(field: Field, text: str) -> Value:
    """The value that somebody typed; raises DomainError ``value`` with words that say what to type."""
    text = text.strip()
    try:
        return _READERS[field.takes](field, text)
    except (ValueError, InvalidOperation):
        raise DomainError("value", _HELP[field.takes].format(label=field.label)) from None


def write_value(value: Value) -> str:
    """The value as ``read_value`` takes it, in one spelling."""
    if isinstance(value, Decimal):
        return _plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bounded(field: Field, value: Decimal) -> Decimal:
    if not field.least <= value <= field.most:
        raise DomainError("value", f"{field.label}: type a number from {field.least:,} to {field.most:,}.")
    return value


def _figure(field: Field, text: str) -> Value:
    plain = text.replace(",", "")
    if not _FIGURE.fullmatch(plain):
        raise ValueError(text)
    return Decimal(_plain(_bounded(field, Decimal(plain))))


def _count(field: Field, text: str) -> Value:
    plain = text.replace(",", "")
    if not _WHOLE.fullmatch(plain):
        raise ValueError(text)
    return int(_bounded(field, Decimal(plain)))


def _day(field: Field, text: str) -> Value:
    day = date.fromisoformat(text)
    if not FIRST_DAY <= day <= LAST_DAY or day.isoformat() != text:
        raise ValueError(text)
    return day


def _span(field: Field, text: str) -> Value:
    found = _SPAN.fullmatch(text.lower())
    if not found:
        raise ValueError(text)
    count, unit = int(found[1]), Unit(found[2].rstrip("s") + "s")
    if not 1 <= count <= _MOST[unit]:
        raise ValueError(text)
    return Span(count, unit)


def _choice(field: Field, text: str) -> Value:
    if text not in dict(field.choices):
        raise ValueError(text)
    return text


def _text(field: Field, text: str) -> Value:
    if not text or len(text) > min(field.most, _MOST_TEXT) or not text.isprintable():
        raise ValueError(text)
    return text


def _zip(field: Field, text: str) -> Value:
    found = find_zip(text)
    if found is None or not found.is_located:
        raise ValueError(text)
    return found.zip


_READERS = {
    Takes.AMOUNT: _figure,
    Takes.COUNT: _count,
    Takes.PERCENT: _figure,
    Takes.DAY: _day,
    Takes.SPAN: _span,
    Takes.CHOICE: _choice,
    Takes.THING: _text,
    Takes.TEXT: _text,
    Takes.ZIP: _zip,
}
_HELP = {
    Takes.AMOUNT: "{label}: type an amount such as 5000 or 99.50.",
    Takes.COUNT: "{label}: type a whole number.",
    Takes.PERCENT: "{label}: type a percentage such as 20 or 12.5.",
    Takes.DAY: "{label}: type a day as year-month-day, such as 2024-03-31.",
    Takes.SPAN: "{label}: type a number of days, months or years, such as 24 months.",
    Takes.CHOICE: "{label}: choose one of those offered.",
    Takes.THING: "{label}: choose one of those offered.",
    Takes.TEXT: "{label}: type a few characters.",
    Takes.ZIP: "{label}: type a five-digit ZIP that is on the map, such as 94110.",
}
