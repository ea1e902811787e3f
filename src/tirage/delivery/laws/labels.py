"""Registrations of labels as a table: what a file of them would change, and taking it over.

A registration is of a place, and of a wine's vintage by the code of any of its skus. It is written into every law of
the place that asks for registered labels, so that next year's has it, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.differences import RuleDifference
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.texts import say_count, say_names
from tirage.delivery.days import say_date
from tirage.delivery.laws.queries import Place
from tirage.delivery.models import Destination, LabelRegistration, Law
from tirage.delivery.reach import say_place
from tirage.delivery.states import LawKind

#: Wines that the activity names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Registration:
    """Whether a label is registered in a place, and until when; without a last day until further notice."""

    country: str
    state: str
    code: str
    is_registered: bool = True
    last_day: date | None = None

    @property
    def place(self) -> Place:
        return self.country, self.state


@dataclass(frozen=True, slots=True)
class _Known:
    """Laws that ask for labels, by place; vintages by the codes of their skus; what is registered, by law."""

    laws: dict[Place, list[Law]]
    vintages: dict[str, tuple[int, str]]
    registered: dict[tuple[int, int], date | None]

    def why_not(self, one: Registration) -> str:
        """Why nothing can be registered so; empty where it can."""
        if one.code.upper() not in self.vintages:
            return f"There is no wine with the code {one.code}."
        if one.place not in self.laws:
            return f"{say_place(*one.place)} has no law here that asks for registered labels. Set it first."
        return ""

    def stands(self, one: Registration) -> Registration:
        """The same as it stands: by the first of the place's laws that says otherwise, where one does."""
        vintage, _ = self.vintages[one.code.upper()]
        found = (self._by_law(one, law, vintage) for law in self.laws[one.place])
        return next((stands for stands in found if stands != one), one)

    def _by_law(self, one: Registration, law: Law, vintage: int) -> Registration:
        is_there = (law.pk, vintage) in self.registered
        return replace(one, is_registered=is_there, last_day=self.registered.get((law.pk, vintage)))

    def say(self, one: Registration) -> str:
        """``Estate Cabernet 2023: registered until December 31, 2027``."""
        _, name = self.vintages.get(one.code.upper(), (0, one.code))
        if why := self.why_not(one):
            return f"{name}: {why[:1].lower()}{why[1:]}"
        until = f" until {say_date(one.last_day)}" if one.last_day else ""
        return f"{name}: {'registered' if one.is_registered else 'not registered'}{until}"


def _gather(rows: Iterable[Registration]) -> _Known:
    """Three statements."""
    laws: dict[Place, list[Law]] = defaultdict(list)
    for law in Law.objects.filter(kind=LawKind.LABELS.value).select_related("destination").order_by("pk"):
        laws[law.destination.country, law.destination.state].append(law)
    kept = LabelRegistration.objects.filter(law__kind=LawKind.LABELS.value)
    registered = {(law, vintage): end for law, vintage, end in kept.values_list("law", "vintage", "last_day")}
    skus = Sku.objects.select_related("vintage__wine")
    vintages = {sku.code.upper(): (sku.vintage_id, str(sku.vintage)) for sku in skus}
    return _Known(dict(laws), vintages, registered)


def differences(rows: Sequence[Registration]) -> list[RuleDifference[Registration]]:
    """Each row beside what stands; three statements."""
    known, found = _gather(rows), []
    for one in rows:
        is_possible = not known.why_not(one)
        stands = known.stands(one) if is_possible else None
        found.append(RuleDifference(one, stands, say_place(*one.place), known.say, is_possible))
    return found


def tidied(one: Registration) -> Registration:
    """As it is compared: what isn't registered has no end."""
    return replace(
        one,
        country=one.country.strip().upper(),
        state=one.state.strip().upper(),
        code=one.code.strip(),
        last_day=one.last_day if one.is_registered else None,
    )


@transaction.atomic
def take_over(
    *,
    rows: Sequence[Registration],
    stood: Sequence[Registration | None],
    actor: Actor,
    now: datetime,
) -> int:
    """Registers labels, or takes registrations away; how many became others. All or none. Locks the places.

    ``stood`` is what was seen to stand for each row: one that somebody changed since is refused. Records
    ``delivery.saved`` for each law. Raises DomainError ``labels_invalid`` with ``fields`` of row positions (``"0"``…).
    """
    rows = [tidied(one) for one in rows]
    lock_rows(Destination.objects.filter(country__in={one.country for one in rows}))
    known = _gather(rows)
    problems: dict[str, str] = {}
    for position, (one, seen) in enumerate(zip(rows, stood, strict=True)):
        if why := known.why_not(one):
            problems[str(position)] = why
        elif known.stands(one) != seen:
            problems[str(position)] = f"Somebody changed {known.say(one)} meanwhile. Look at it again."
    if problems:
        raise DomainError("labels_invalid", "Nothing was taken over.", problems)
    changed = [one for one in rows if known.stands(one) != one]
    for place in dict.fromkeys(one.place for one in changed):
        for law in known.laws[place]:
            _write(law, [one for one in changed if one.place == place], known, actor, now)
    return len(changed)


def _write(law: Law, rows: Sequence[Registration], known: _Known, actor: Actor, now: datetime) -> None:
    for one in rows:
        vintage, _ = known.vintages[one.code.upper()]
        if one.is_registered:
            facts = {"last_day": one.last_day}
            law.registrations.update_or_create(vintage_id=vintage, defaults=facts)
        else:
            law.registrations.filter(vintage_id=vintage).delete()
    said = [known.say(one) for one in rows]
    what = say_names(said) if len(said) <= _NAMED else say_count(len(said), "registration", "registrations")
    text = f"changed registered labels of {law.destination.name} by a file: {what}"
    record_event(EventName.DELIVERY_SAVED, "law", law.pk, text=text, actor=actor, now=now)


def registrations() -> list[tuple[Registration, str]]:
    """Everything that is registered, each with the wine's name; two statements."""
    kept = LabelRegistration.objects.filter(law__kind=LawKind.LABELS.value).select_related(
        "law__destination", "vintage__wine"
    )
    codes: dict[int, str] = {}
    for code, vintage in Sku.objects.order_by("pk").values_list("code", "vintage"):
        codes.setdefault(vintage, code)
    found: dict[tuple[Place, int], tuple[Registration, str]] = {}
    for one in kept.order_by(
        "law__destination__country", "law__destination__state", "vintage__pk", "law__pk"
    ):
        place = (one.law.destination.country, one.law.destination.state)
        if one.vintage_id in codes:
            row = Registration(*place, codes[one.vintage_id], True, one.last_day)
            found.setdefault((place, one.vintage_id), (row, str(one.vintage)))
    return list(found.values())
