"""What staff change about volume limits. Every act records ``delivery.saved``.

Whoever saves a limit locks its place first, as whoever promises wine there does: two limits of one period and kind of
buyer are never in force on the same day, and no order is judged by half a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row, lock_rows
from tirage.core.texts import fitting
from tirage.delivery.days import say_date
from tirage.delivery.limits.rules import UNIT_ML, Limit
from tirage.delivery.limits.words import say_limit
from tirage.delivery.models import MOST_MILLILITRES, Destination, Law, VolumeLimit
from tirage.delivery.states import LawKind, LimitPeriod, LimitSubject, VolumeUnit

_SAID = {
    "millilitres": "how much",
    "checked_on": "day of the check",
    "first_day": "first day",
    "last_day": "last day",
    "subject": "whose wine is counted together",
    "year_begins": "when the permit’s year begins",
}


@dataclass(frozen=True, slots=True)
class LimitValues:
    """A limit as typed or imported: an amount of its unit; the place by country and state."""

    country: str
    state: str
    amount: Decimal
    unit: VolumeUnit
    period: LimitPeriod
    subject: LimitSubject
    first_day: date
    last_day: date | None = None
    source: str = ""
    checked_on: date | None = None
    #: Of a permit's year, the month and day on which it begins; where nobody says it, the place's permit does.
    year_begins: int | None = None

    @property
    def key(self) -> tuple[str, str, str, str, date]:
        """What makes it one and the same limit: place, period, whose wine, and when it begins."""
        return self.country, self.state, self.period.value, self.subject.value, self.first_day

    @property
    def millilitres(self) -> int:
        """Whole ones; see ``is_exact``."""
        return int(self.amount * UNIT_ML[self.unit])

    @property
    def is_exact(self) -> bool:
        return self.amount * UNIT_ML[self.unit] == self.millilitres

    @property
    def limit(self) -> Limit:
        return Limit(
            self.millilitres,
            self.unit,
            self.period,
            self.subject,
            self.first_day,
            self.last_day,
            self.year_begins,
        )


def limit_values(found: VolumeLimit) -> LimitValues:
    """A limit as it stands; its place has to be loaded."""
    return LimitValues(
        country=found.destination.country,
        state=found.destination.state,
        amount=Decimal(found.millilitres) / UNIT_ML[VolumeUnit(found.unit)],
        unit=VolumeUnit(found.unit),
        period=LimitPeriod(found.period),
        subject=LimitSubject(found.subject),
        first_day=found.first_day,
        last_day=found.last_day,
        source=found.source,
        checked_on=found.checked_on,
        year_begins=found.year_begins,
    )


@transaction.atomic
def save_limit(
    *,
    values: LimitValues,
    limit: VolumeLimit | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> VolumeLimit:
    """Makes or changes a limit; its place stays. Of what was ``shown`` only what differs from it is changed.

    Locks the place. Raises DomainError ``limit_invalid`` by field, Conflict ``limit_gone``, Overtaken.
    """
    place = _locked_place(values)
    saved = VolumeLimit(destination=place)
    if limit is not None:
        found = VolumeLimit.objects.select_related("destination").filter(pk=limit.pk).first()
        if found is None:
            raise Conflict("limit_gone", "Somebody else removed this limit meanwhile.")
        saved, stands = found, asdict(limit_values(found))
        values = LimitValues(**settle(asdict(values), shown=shown, stands=stands))
    values = _with_year(values, place)
    if problems := _problems(values, place, saved.pk or 0):
        raise DomainError("limit_invalid", " ".join(problems.values()), problems)
    _write(saved, values, is_new=limit is None, actor=actor, now=now)
    return saved


@transaction.atomic
def delete_limit(*, limit: VolumeLimit, actor: Actor, now: datetime) -> None:
    """Removes a limit: nothing is held to it any more. Locks its place."""
    values = limit_values(limit)
    _locked_place(values)
    if VolumeLimit.objects.filter(pk=limit.pk).delete()[0]:
        _record(
            f"removed the limit of {limit.destination.name}: {say_limit(values.limit)}", limit.pk, actor, now
        )


@transaction.atomic
def take_over(
    *,
    rows: Sequence[LimitValues],
    stood: Sequence[LimitValues | None] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Makes or changes many limits at once; how many became others. All or none. Locks the places of their countries.

    ``stood`` is what was seen to stand for each row, None for nothing: a row that somebody changed since is refused.
    Raises DomainError ``limit_invalid`` with ``fields`` of row positions (``"0"``…).
    """
    problems: dict[str, str] = {}
    changed = 0
    countries = Destination.objects.filter(country__in={values.country for values in rows})
    places = {(place.country, place.state): place for place in lock_rows(countries)}
    for position, row in enumerate(rows):
        place = places.get((row.country, row.state))
        if place is None:
            problems[str(position)] = _no_place(row)
            continue
        values = _with_year(row, place)
        saved = _same(values, place)
        found = _problems(values, place, saved.pk if saved else 0)
        if stood is not None and stood[position] != (limit_values(saved) if saved else None):
            found["stood"] = f"Somebody changed this limit of {place.name} meanwhile. Look at it again."
        if found:
            problems[str(position)] = " ".join(found.values())
            continue
        saved = saved or VolumeLimit(destination=place)
        changed += _write(saved, values, is_new=saved.pk is None, actor=actor, now=now)
    if problems:
        raise DomainError("limit_invalid", "Nothing was taken over.", problems)
    return changed


def _same(values: LimitValues, place: Destination) -> VolumeLimit | None:
    _, _, period, subject, first_day = values.key
    same = VolumeLimit.objects.filter(destination=place, period=period, subject=subject, first_day=first_day)
    return same.select_related("destination").first()


def _locked_place(values: LimitValues) -> Destination:
    place = lock_row(Destination.objects.filter(country=values.country, state=values.state))
    if place is None:
        raise DomainError("limit_invalid", _no_place(values), {"place": _no_place(values)})
    return place


def _no_place(values: LimitValues) -> str:
    return f"There is no place {values.state or values.country} under Delivery yet. Add it first."


def _problems(values: LimitValues, place: Destination, besides: int) -> dict[str, str]:
    """What is wrong, by field; empty when all is well. With the place locked."""
    problems = {}
    if not values.amount.is_finite() or not 0 < values.amount * UNIT_ML[values.unit] <= MOST_MILLILITRES:
        problems["amount"] = "Write how much may go there: more than nothing, and not more than 100,000 l."
    elif not values.is_exact:
        problems["amount"] = "Write it in whole ml, such as 4.5 l or 0.5 cases."
    if values.last_day is not None and values.last_day < values.first_day:
        problems["last_day"] = "The last day comes before the first."
    if (values.year_begins is not None) is not (values.period is LimitPeriod.PERMIT_YEAR):
        problems["year_begins"] = (
            f"{place.name} has no permit under Laws yet. "
            "Write the month and day on which its year begins, such as 07-15."
        )
    if problems:
        return problems
    others = VolumeLimit.objects.filter(
        destination=place, period=values.period.value, subject=values.subject.value
    ).exclude(pk=besides)
    for other in others:
        begins_after = values.last_day is not None and other.first_day > values.last_day
        ended_before = other.last_day is not None and other.last_day < values.first_day
        if not (begins_after or ended_before):
            problems["first_day"] = _say_overlap(other, place)
    return problems


def _with_year(values: LimitValues, place: Destination) -> LimitValues:
    """A permit's year begins with the permit, where nobody says when; other years ask nothing."""
    if values.period is not LimitPeriod.PERMIT_YEAR:
        return replace(values, year_begins=None)
    if values.year_begins is not None:
        return values
    permits = Law.objects.filter(destination=place, kind=LawKind.PERMIT.value).order_by("-first_day")
    begins = permits.values_list("first_day", flat=True).first()
    return replace(values, year_begins=year_day(begins.month, begins.day) if begins else None)


def year_day(month: int, day: int) -> int:
    """A month and day as one number, one that every year has: 715."""
    return 301 if (month, day) == (2, 29) else month * 100 + day


def _say_overlap(other: VolumeLimit, place: Destination) -> str:
    begins = say_date(other.first_day)
    until = f"to {say_date(other.last_day)}" if other.last_day else "on, without an end"
    return (
        f"{place.name} has a limit of this kind from {begins} {until}. "
        "Give that one a last day before this one begins, or change it instead."
    )


def _write(saved: VolumeLimit, values: LimitValues, *, is_new: bool, actor: Actor, now: datetime) -> bool:
    """Whether anything became another."""
    written = {
        one.name: getattr(values, one.name)
        for one in fields(values)
        if one.name not in ("country", "state", "amount")
    }
    written["millilitres"] = values.millilitres
    written |= {name: written[name].value for name in ("unit", "period", "subject")}
    written["source"] = fitting(values.source, 200, "source")
    changed = write_changed(saved, written)
    if not changed:
        return False
    said = f"of {saved.destination.name}: {say_limit(values.limit)}"
    text = f"set a limit {said}" if is_new else f"changed the limit {said} ({say_changed(changed, _SAID)})"
    _record(text, saved.pk, actor, now)
    return True


def _record(text: str, limit_id: int, actor: Actor, now: datetime) -> None:
    record_event(EventName.DELIVERY_SAVED, "limit", limit_id, text=text, actor=actor, now=now)


def checked_today(values: LimitValues, today: date) -> LimitValues:
    """What is typed anew without a day was checked today."""
    return values if values.checked_on else replace(values, checked_on=today)
