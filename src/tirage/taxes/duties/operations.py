"""What staff change about duties. Every act records ``delivery.saved``.

Whoever saves one locks the winery first: two rows that hold on one day for one wine would both be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, LAST_DAY, YEARS
from tirage.core.dated import overlap, say_span
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.core.models import Winery
from tirage.core.texts import fitting
from tirage.places.countries import find_country, regions
from tirage.taxes.duties.models import MILLION, Duty
from tirage.taxes.duties.queries import as_row
from tirage.taxes.duties.rules import DutyPer, DutyRow, DutyWine, Rounding
from tirage.taxes.duties.words import say_duty

_SAID = {
    "amount_micros": "the amount",
    "exchange_micros": "what its currency is worth",
    "from_tenths": "the weakest wine",
    "to_tenths": "the strongest wine",
    "counts_as": "the strength it counts as",
    "checked_on": "day of the check",
    "first_day": "first day",
    "last_day": "last day",
}
#: The largest amount of a row, and what one unit of its currency may be worth.
MOST_AMOUNT, MOST_EXCHANGE = Decimal(1_000_000), Decimal(10_000)


@dataclass(frozen=True, slots=True)
class DutyValues:
    """A row as typed or imported; ``amount`` is a percentage where it is asked of what was paid."""

    country: str
    state: str
    name: str
    per: DutyPer
    amount: Decimal
    currency: str
    first_day: date
    last_day: date | None = None
    wine: DutyWine = DutyWine.ANY
    from_tenths: int = 0
    to_tenths: int = 1_000
    counts_as: int | None = None
    exchange: Decimal = Decimal(1)
    rounding: Rounding = Rounding.LINE
    source: str = ""
    checked_on: date | None = None

    @property
    def key(self) -> tuple[str, str, str, str, int, date]:
        """What makes it one and the same row when a file is read."""
        return self.country, self.state, self.name, self.wine.value, self.from_tenths, self.first_day

    @property
    def row(self) -> DutyRow:
        values = asdict(self)
        del values["checked_on"]
        return DutyRow(**values)


def duty_values(found: Duty) -> DutyValues:
    """A row as it stands."""
    return DutyValues(**asdict(as_row(found)), checked_on=found.checked_on)


@transaction.atomic
def save_duty(
    *,
    values: DutyValues,
    duty: Duty | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Duty:
    """Makes or changes a row; its place stays. Of what was ``shown`` only what differs from it is changed.

    Locks the winery. Raises DomainError ``duty_invalid`` by field, Conflict ``duty_gone``, Overtaken.
    """
    _lock()
    saved = Duty(country=values.country, state=values.state)
    if duty is not None:
        found = Duty.objects.filter(pk=duty.pk).first()
        if found is None:
            raise Conflict("duty_gone", "Somebody else removed this duty meanwhile.")
        saved, stands = found, asdict(duty_values(found))
        values = DutyValues(**settle(asdict(values), shown=shown, stands=stands))
    values = _tidied(values)
    if problems := _problems(values, saved.pk):
        raise DomainError("duty_invalid", " ".join(problems.values()), problems)
    _write(saved, values, is_new=duty is None, actor=actor, now=now)
    return saved


@transaction.atomic
def delete_duty(*, duty: Duty, actor: Actor, now: datetime) -> None:
    """Removes a row: nothing is asked by it any more. Locks the winery."""
    _lock()
    words = say_duty(as_row(duty))
    if Duty.objects.filter(pk=duty.pk).delete()[0]:
        _record(f"removed the duty of {place_name(duty.country, duty.state)}: {words}", duty.pk, actor, now)


@transaction.atomic
def take_over(
    *,
    rows: Sequence[DutyValues],
    stood: Sequence[DutyValues | None],
    actor: Actor,
    now: datetime,
) -> int:
    """Makes or changes many rows at once; how many became others. All or none. Locks the winery.

    ``stood`` is what was seen to stand for each row, None for nothing: a row that somebody changed since is refused.
    What ends is written before what begins. Raises DomainError ``duty_invalid`` with ``fields`` of row positions
    (``"0"``…).
    """
    _lock()
    problems: dict[str, str] = {}
    changed = 0
    pairs = sorted(
        enumerate(zip(map(_tidied, rows), stood, strict=True)), key=lambda pair: pair[1][0].first_day
    )
    for position, (values, seen) in pairs:
        saved = same_duty(values)
        found = _problems(values, saved.pk if saved else None)
        if seen != (duty_values(saved) if saved else None):
            place = place_name(values.country, values.state)
            found["stood"] = f"Somebody changed this duty of {place} meanwhile. Look at it again."
        if found:
            problems[str(position)] = " ".join(found.values())
            continue
        is_new = saved is None
        saved = saved or Duty(country=values.country, state=values.state)
        changed += _write(saved, values, is_new=is_new, actor=actor, now=now)
    if problems:
        raise DomainError("duty_invalid", "Nothing was taken over.", problems)
    return changed


def same_duty(values: DutyValues) -> Duty | None:
    """The row that a row of a file is about."""
    country, state, name, wine, from_tenths, first_day = values.key
    return Duty.objects.filter(
        country=country, state=state, name=name, wine=wine, from_tenths=from_tenths, first_day=first_day
    ).first()


def place_name(country: str, state: str) -> str:
    """``Ireland``; ``Colorado, United States``; the code of a country that nobody knows."""
    known = find_country(country)
    own = known.name if known else country
    return f"{regions(country).get(state, state)}, {own}" if state else own


def _lock() -> None:
    lock_row(Winery.objects.all())


def _tidied(values: DutyValues) -> DutyValues:
    """What is asked of what was paid has no currency, and no strength where the row means all."""
    tidied = replace(values, name=" ".join(values.name.split()), currency=values.currency.strip().upper())
    if values.per is DutyPer.VALUE:
        return replace(tidied, currency="", exchange=Decimal(1), counts_as=None)
    return tidied if values.per is DutyPer.ALCOHOL else replace(tidied, counts_as=None)


def _problems(values: DutyValues, own_pk: int | None) -> dict[str, str]:
    """What is wrong, by field; empty when all is well."""
    problems = _day_problems(values) | _amount_problems(values)
    if find_country(values.country) is None:
        problems["country"] = "Choose a country."
    if not values.name:
        problems["name"] = "Write what it is called, such as Alcohol duty."
    if not 0 <= values.from_tenths <= values.to_tenths <= 1_000:
        problems["to_percent"] = "The strongest wine can’t be weaker than the weakest."
    if not problems and (other := _overlapping(values, own_pk)):
        words = (
            f"{say_duty(as_row(other))} holds {say_span(other.first_day, other.last_day)}, for the same wine."
        )
        problems["first_day"] = f"{words} Give that one a last day first."
    return problems


def _day_problems(values: DutyValues) -> dict[str, str]:
    days = {"first_day": values.first_day, "last_day": values.last_day, "checked_on": values.checked_on}
    problems = {field: YEARS for field, day in days.items() if day and not FIRST_DAY <= day <= LAST_DAY}
    if values.last_day is not None and values.last_day < values.first_day:
        problems["last_day"] = "The last day comes before the first."
    return problems


def _amount_problems(values: DutyValues) -> dict[str, str]:
    problems = {}
    most = Decimal(1_000) if values.per is DutyPer.VALUE else MOST_AMOUNT
    if not values.amount.is_finite() or not 0 <= values.amount <= most or not _fits(values.amount):
        problems["amount"] = f"Write an amount of up to {most:,}, with at most six decimals."
    if (
        not values.exchange.is_finite()
        or not 0 < values.exchange <= MOST_EXCHANGE
        or not _fits(values.exchange)
    ):
        problems["exchange"] = f"Write what one is worth, more than 0 and up to {MOST_EXCHANGE:,}."
    if values.per is not DutyPer.VALUE and not (len(values.currency) == 3 and values.currency.isascii()):
        problems["currency"] = "Write the currency’s three letters, such as GBP."
    return problems


def _fits(value: Decimal) -> bool:
    return value * MILLION == int(value * MILLION)


def _overlapping(values: DutyValues, own_pk: int | None) -> Duty | None:
    """A row of the same name that is in force on a day of this one, for a wine that this one covers, too."""
    same = Duty.objects.filter(country=values.country, state=values.state, name=values.name)
    if own_pk is not None:
        same = same.exclude(pk=own_pk)
    for other in same.order_by("pk"):
        row = as_row(other)
        kinds = {row.wine, values.wine}
        meets = DutyWine.ANY in kinds or len(kinds) == 1
        meets &= row.from_tenths <= values.to_tenths and values.from_tenths <= row.to_tenths
        if meets and overlap(values.first_day, values.last_day, row.first_day, row.last_day):
            return other
    return None


def _write(saved: Duty, values: DutyValues, *, is_new: bool, actor: Actor, now: datetime) -> bool:
    """Whether anything became another."""
    written = {
        "name": fitting(values.name, 80, "name"),
        "per": values.per.value,
        "amount_micros": int(values.amount * MILLION),
        "currency": values.currency,
        "exchange_micros": int(values.exchange * MILLION),
        "wine": values.wine.value,
        "from_tenths": values.from_tenths,
        "to_tenths": values.to_tenths,
        "counts_as": values.counts_as,
        "rounding": values.rounding.value,
        "first_day": values.first_day,
        "last_day": values.last_day,
        "source": fitting(values.source, 200, "source"),
        "checked_on": values.checked_on,
    }
    changed = write_changed(saved, written)
    if not changed:
        return False
    said = f"of {place_name(saved.country, saved.state)}: {say_duty(as_row(saved))}"
    text = f"set a duty {said}" if is_new else f"changed the duty {said} ({say_changed(changed, _SAID)})"
    _record(text, saved.pk, actor, now)
    return True


def _record(text: str, duty_id: int, actor: Actor, now: datetime) -> None:
    record_event(EventName.DELIVERY_SAVED, "duty", duty_id, text=text, actor=actor, now=now)
