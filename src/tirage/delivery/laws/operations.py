"""What staff change about laws of places. Every act records ``delivery.saved``.

Whoever saves a law locks its place first, as whoever promises limited wine there does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, overload

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, LAST_DAY, YEARS
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row, lock_rows
from tirage.core.texts import fitting, say_names
from tirage.delivery.carriers import CARRIERS
from tirage.delivery.days import next_due, say_date
from tirage.delivery.laws.rules import DatedLaw
from tirage.delivery.laws.words import say_law
from tirage.delivery.models import Destination, Law
from tirage.delivery.states import LawKind, ReportEvery

_SAID = {
    "tenths": "the ceiling",
    "words": "what it names",
    "labels": "registered labels",
    "checked_on": "day of the check",
    "first_day": "first day",
    "last_day": "last day",
    "every": "how often it is due",
    "due_on": "the next day",
}
#: No ZIP of the United States is longer; of other countries beginnings may be.
_LONGEST_ZIP = 12


@dataclass(frozen=True, slots=True)
class LawValues:
    """A law as typed or imported; the place by country and state, ``tenths`` and ``words`` by the kind as in the model.

    ``labels`` are ids of vintages; None leaves those that stand.
    """

    country: str
    state: str
    kind: LawKind
    first_day: date
    last_day: date | None = None
    tenths: int | None = None
    words: str = ""
    labels: frozenset[int] | None = None
    source: str = ""
    checked_on: date | None = None
    #: The last days of registered labels that end; None leaves those that stand.
    label_ends: frozenset[tuple[int, date]] | None = None
    #: Of a duty to report: how often, and until when next.
    every: str = ""
    due_on: date | None = None

    @property
    def key(self) -> tuple[str, str, str, date]:
        """What makes it one and the same law when a file is read: place, kind, and when it begins."""
        return self.country, self.state, self.kind.value, self.first_day

    @property
    def law(self) -> DatedLaw:
        return DatedLaw(
            self.kind,
            self.first_day,
            self.last_day,
            self.tenths,
            self.words,
            frozenset(self.labels or ()),
            frozenset(self.label_ends or ()),
            self.every,
            self.due_on,
        )


def law_values(found: Law) -> LawValues:
    """A law as it stands; its place has to be loaded."""
    labels = (
        list(found.registrations.values_list("vintage_id", "last_day"))
        if found.kind == LawKind.LABELS
        else []
    )
    return LawValues(
        found.destination.country,
        found.destination.state,
        LawKind(found.kind),
        found.first_day,
        found.last_day,
        found.tenths,
        found.words,
        frozenset(vintage for vintage, _ in labels),
        found.source,
        found.checked_on,
        frozenset((vintage, end) for vintage, end in labels if end),
        found.every,
        found.due_on,
    )


@transaction.atomic
def save_law(
    *,
    values: LawValues,
    law: Law | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Law:
    """Makes or changes a law; its place and kind stay. Of what was ``shown`` only what differs from it is changed.

    Locks the place. Raises DomainError ``law_invalid`` by field, Conflict ``law_gone``, Overtaken.
    """
    place = _locked_place(values)
    saved = Law(destination=place, kind=values.kind.value)
    if law is not None:
        found = Law.objects.select_related("destination").filter(pk=law.pk).first()
        if found is None:
            raise Conflict("law_gone", "Somebody else removed this law meanwhile.")
        saved, stands = found, asdict(law_values(found))
        values = LawValues(**settle(asdict(values), shown=shown, stands=stands))
    values = _tidied(values)
    if problems := _problems(values):
        raise DomainError("law_invalid", " ".join(problems.values()), problems)
    _write(saved, values, is_new=law is None, actor=actor, now=now)
    return saved


@transaction.atomic
def delete_law(*, law: Law, actor: Actor, now: datetime) -> None:
    """Removes a law: nothing is held to it any more. Locks its place."""
    values = law_values(law)
    _locked_place(values)
    if Law.objects.filter(pk=law.pk).delete()[0]:
        _record(f"removed the law of {law.destination.name}: {say_law(values.law)}", law.pk, actor, now)


@transaction.atomic
def take_over(
    *,
    rows: Sequence[LawValues],
    stood: Sequence[LawValues | None],
    actor: Actor,
    now: datetime,
) -> int:
    """Makes or changes many laws at once; how many became others. All or none. Locks the places of their countries.

    ``stood`` is what was seen to stand for each row, None for nothing: a row that somebody changed since is refused.
    Raises DomainError ``law_invalid`` with ``fields`` of row positions (``"0"``…).
    """
    problems: dict[str, str] = {}
    changed = 0
    countries = Destination.objects.filter(country__in={values.country for values in rows})
    places = {(place.country, place.state): place for place in lock_rows(countries)}
    for position, (values, seen) in enumerate(zip(map(_tidied, rows), stood, strict=True)):
        place = places.get((values.country, values.state))
        if place is None:
            problems[str(position)] = _no_place(values)
            continue
        saved = same_law(values, place)
        found = _problems(values)
        if but_labels(seen) != but_labels(law_values(saved) if saved else None):
            found["stood"] = f"Somebody changed this law of {place.name} meanwhile. Look at it again."
        if found:
            problems[str(position)] = " ".join(found.values())
            continue
        is_new = saved is None
        saved = saved or Law(destination=place, kind=values.kind.value)
        changed += _write(saved, values, is_new=is_new, actor=actor, now=now)
    if problems:
        raise DomainError("law_invalid", "Nothing was taken over.", problems)
    return changed


@transaction.atomic
def mark_reported(*, law: Law, due_on: date, actor: Actor, now: datetime) -> date | None:
    """Notes that a place was reported to, as due on ``due_on``; the next day, None where it is due once.

    Locks the place. Raises Conflict ``law_gone``, or ``reported`` where somebody noted it meanwhile.
    """
    _locked_place(law_values(law))
    found = Law.objects.select_related("destination").filter(pk=law.pk).first()
    if found is None:
        raise Conflict("law_gone", "Somebody else removed this law meanwhile.")
    if found.due_on != due_on:
        raise Conflict("reported", "Somebody noted this report meanwhile. Look at its next day.")
    found.due_on = next_due(due_on, ReportEvery(found.every)) if found.every else None
    found.save(update_fields=["due_on"])
    then = f"; the next is due by {say_date(found.due_on)}" if found.due_on else ""
    text = f"noted the report to {found.destination.name} that was due by {say_date(due_on)}{then}"
    _record(text, found.pk, actor, now)
    return found.due_on


def same_law(values: LawValues, place: Destination) -> Law | None:
    """The law of a place that a row of a file is about."""
    same = Law.objects.filter(destination=place, kind=values.kind.value, first_day=values.first_day)
    return same.select_related("destination").order_by("pk").first()


@overload
def but_labels(values: LawValues) -> LawValues: ...
@overload
def but_labels(values: None) -> None: ...
def but_labels(values: LawValues | None) -> LawValues | None:
    """Without the labels, which no file names."""
    return replace(values, labels=None, label_ends=None) if values else None


def _locked_place(values: LawValues) -> Destination:
    place = lock_row(Destination.objects.filter(country=values.country, state=values.state))
    if place is None:
        raise DomainError("law_invalid", _no_place(values), {"place": _no_place(values)})
    return place


def _no_place(values: LawValues) -> str:
    return f"There is no place {values.state or values.country} under Delivery yet. Add it first."


def _tidied(values: LawValues) -> LawValues:
    """What a kind doesn't ask about is empty; lists are written in one way."""
    kind, words = values.kind, " ".join(values.words.split())
    if kind in (LawKind.FORMATS, LawKind.DRY_ZIPS):
        words = ", ".join(sorted(set(words.replace(",", " ").split()), key=lambda one: (len(one), one)))
    if kind is LawKind.CARRIERS:
        words = ", ".join(dict.fromkeys(_carrier(one) for one in words.split(",") if one.strip()))
    if kind in (LawKind.CLOSED, LawKind.ON_SITE, LawKind.ALCOHOL, LawKind.LABELS):
        words = ""
    reports = kind is LawKind.REPORTING
    return replace(
        values,
        words=words,
        every=values.every if reports else "",
        due_on=values.due_on if reports else None,
        label_ends=values.label_ends if kind is LawKind.LABELS else frozenset(),
        tenths=values.tenths if kind is LawKind.ALCOHOL else None,
        labels=values.labels if kind is LawKind.LABELS else frozenset(),
    )


def _problems(values: LawValues) -> dict[str, str]:
    """What is wrong, by field; empty when all is well."""
    problems: dict[str, str] = {}
    days = {"first_day": values.first_day, "last_day": values.last_day, "checked_on": values.checked_on}
    problems |= {field: YEARS for field, day in days.items() if day and not FIRST_DAY <= day <= LAST_DAY}
    if values.last_day is not None and values.last_day < values.first_day:
        problems["last_day"] = "The last day comes before the first."
    if values.kind is LawKind.ALCOHOL and (values.tenths is None or not 0 < values.tenths <= 1_000):
        problems["percent"] = "Write the strongest wine that may go there, such as 16 or 16.5."
    names = values.words.replace(",", " ").split()
    if values.kind is LawKind.FORMATS and not (names and all(_is_volume(one) for one in names)):
        problems["words"] = "Write volumes in ml, such as 187, 3000."
    if values.kind is LawKind.DRY_ZIPS and not (names and all(_is_zip(one) for one in names)):
        problems["words"] = "Write ZIPs, or how some begin, such as 84101, 847."
    if values.kind is LawKind.CARRIERS and not (names and all(one in CARRIERS for one in names)):
        problems["words"] = f"Write carriers by their names: {say_names(list(CARRIERS.values()))}."
    if values.every not in ("", *ReportEvery):
        problems["every"] = "Say how often it is due."
    if values.kind is LawKind.PERMIT and not values.words:
        problems["words"] = "Write the permit’s number."
    if values.kind is LawKind.REPORTING and not values.words:
        problems["words"] = "Write what is to be reported, and when."
    return problems


def _carrier(text: str) -> str:
    """The word of a carrier, by its word or its name; what nobody knows stays as it is written, without a space."""
    written = " ".join(text.split())
    known = {name.casefold(): word for word, name in CARRIERS.items()} | {word: word for word in CARRIERS}
    return known.get(written.casefold(), written.replace(" ", "-"))


def _is_volume(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 100_000


def _is_zip(text: str) -> bool:
    return text.isascii() and text.replace("-", "").isalnum() and len(text) <= _LONGEST_ZIP


def _write(saved: Law, values: LawValues, *, is_new: bool, actor: Actor, now: datetime) -> bool:
    """Whether anything became another."""
    written = {
        "kind": values.kind.value,
        "tenths": values.tenths,
        "words": fitting(values.words, 1000, "words"),
        "first_day": values.first_day,
        "last_day": values.last_day,
        "source": fitting(values.source, 200, "source"),
        "checked_on": values.checked_on,
        "every": str(values.every),
        "due_on": values.due_on,
    }
    changed = [*write_changed(saved, written), *_write_labels(saved, values)]
    if not changed:
        return False
    said = f"of {saved.destination.name}: {say_law(law_values(saved).law)}"
    text = f"set a law {said}" if is_new else f"changed the law {said} ({say_changed(changed, _SAID)})"
    _record(text, saved.pk, actor, now)
    return True


def _write_labels(saved: Law, values: LawValues) -> list[str]:
    if values.kind is not LawKind.LABELS or values.labels is None:
        return []
    ends: dict[int, date] = {}
    for vintage, end in values.label_ends or ():
        ends[vintage] = min(end, ends.get(vintage, end))
    wanted: dict[int, date | None] = {vintage: ends.get(vintage) for vintage in values.labels}
    stands = dict(saved.registrations.values_list("vintage_id", "last_day"))
    if wanted == stands:
        return []
    saved.registrations.exclude(vintage__in=wanted).delete()
    for vintage, until in wanted.items():
        saved.registrations.update_or_create(vintage_id=vintage, defaults={"last_day": until})
    return ["labels"]


def _record(text: str, law_id: int, actor: Actor, now: datetime) -> None:
    record_event(EventName.DELIVERY_SAVED, "law", law_id, text=text, actor=actor, now=now)


def checked_today(values: LawValues, today: date) -> LawValues:
    """What is typed anew without a day was checked today."""
    return values if values.checked_on else replace(values, checked_on=today)
