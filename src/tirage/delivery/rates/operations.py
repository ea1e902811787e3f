"""What staff change about rates. Every act records ``delivery.saved`` and locks the method.

A method has tables, each in force from its first day until the next one begins. Prices are minor units of the winery's
currency, steps thousandths of a bottle of 750 ml.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.delivery.days import say_date
from tirage.delivery.models import Method, Rate, RateTable, Zone
from tirage.delivery.rates.measures import MOST
from tirage.delivery.rates.queries import current_measure, table_on
from tirage.delivery.states import BEGINNING, Basis

#: Minor units for a step, or of any limit of a table.
MOST_PRICE = 10**9
#: Tables end where nobody plans any more.
LAST_DAY = date(2100, 1, 1)
#: A zone's id and thousandths of a bottle.
Step: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RateValues:
    """The price into ``zone`` for up to ``up_to_milli`` thousandths of a 750 ml bottle."""

    zone: Zone
    up_to_milli: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class CellChange:
    """One price of a table that becomes another; None where there is none."""

    method: Method
    first_day: date
    zone: Zone
    up_to_milli: int
    stands: int | None
    becomes: int | None
    #: What its table counts in; of one that is there its own.
    basis: Basis = Basis.BOTTLES


def say_since(first_day: date) -> str:
    """``from January 1, 2027``; empty for what always was so."""
    return "" if first_day == BEGINNING else f"from {say_date(first_day)}"


@transaction.atomic
def begin_table(
    *, method: Method, first_day: date, basis: Basis | None = None, actor: Actor, now: datetime
) -> RateTable:
    """Makes a table that begins on ``first_day`` with the rules and prices that would have held then.

    With another ``basis`` it begins without prices: they would mean something else. Raises DomainError
    ``rates_invalid`` with the field ``first_day``.
    """
    _lock(method)
    if not BEGINNING < first_day <= LAST_DAY:
        _refuse_day("Choose a day between 2000 and 2100.")
    if RateTable.objects.filter(method=method, first_day=first_day).exists():
        _refuse_day(f"{method.name} has rates from {say_date(first_day)} already.")
    before = table_on(method, first_day)
    rules = {name: getattr(before, name) for name in RULES} if before else {}
    is_other = basis is not None and basis.value != rules.get("basis", Basis.BOTTLES.value)
    rules |= {"basis": basis.value} if basis else {}
    table = RateTable.objects.create(method=method, first_day=first_day, **rules)
    copied = before.rates.all() if before and not is_other else Rate.objects.none()
    Rate.objects.bulk_create(
        Rate(table=table, zone_id=one.zone_id, up_to_milli=one.up_to_milli, price_minor=one.price_minor)
        for one in copied
    )
    _record(f"began rates of {method.name} {say_since(first_day)}", method, actor, now)
    return table


@dataclass(frozen=True, slots=True)
class TableValues:
    """The rules of a table as typed; amounts in minor units, bottles in thousandths, None for none."""

    basis: Basis
    minimum_minor: int
    maximum_minor: int | None
    included_from_milli: int | None
    included_from_minor: int | None


@transaction.atomic
def save_table(
    *,
    method: Method,
    first_day: date,
    values: TableValues,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> RateTable:
    """Changes what a table counts in and what holds for its prices; makes the table.

    What it counts in stays once it has prices: a price of up to 6 bottles is none of up to 6 pounds. Of what was
    ``shown`` only what differs from it is changed. Raises DomainError ``rates_invalid`` by field, Overtaken.
    """
    _lock(method)
    table, _ = RateTable.objects.get_or_create(method=method, first_day=first_day)
    stands = {name: getattr(table, name) for name in RULES}
    typed = {name: getattr(values, name) for name in RULES} | {"basis": values.basis.value}
    settled = settle(typed, shown=shown, stands=stands)
    if problems := _table_problems(table, settled):
        raise DomainError("rates_invalid", " ".join(problems.values()), problems)
    if changed := write_changed(table, settled):
        named = f"how rates of {method.name} {say_since(first_day)}".strip()
        _record(f"changed {named} are reckoned: {say_changed(changed, _SAID)}", method, actor, now)
    return table


RULES = ("basis", "minimum_minor", "maximum_minor", "included_from_milli", "included_from_minor")
_SAID = {
    "basis": "what they count in",
    "included_from_milli": "from how many bottles delivery is included",
    "included_from_minor": "from how much wine delivery is included",
}


def _table_problems(table: RateTable, values: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    least, most = values["minimum_minor"], values["maximum_minor"]
    if values["basis"] != table.basis and table.rates.exists():
        problems["basis"] = (
            "This table has prices. Begin rates from a day on that count in something else, or empty it first."
        )
    if not 0 <= least <= MOST_PRICE:
        problems["minimum_minor"] = "A minimum isn’t below nought and no fortune."
    if most is not None and not least <= most <= MOST_PRICE:
        problems["maximum_minor"] = "The maximum is below the minimum, or a fortune."
    bottles, wine = values["included_from_milli"], values["included_from_minor"]
    if bottles is not None and not 0 < bottles <= MOST[Basis.BOTTLES]:
        problems["included_from_milli"] = "Write a number of bottles, or leave it empty."
    if wine is not None and not 0 < wine <= MOST_PRICE:
        problems["included_from_minor"] = "Write an amount, or leave it empty."
    return problems


def _refuse_day(words: str) -> None:
    raise DomainError("rates_invalid", words, {"first_day": words})


@transaction.atomic
def delete_table(*, table: RateTable, actor: Actor, now: datetime) -> None:
    """Removes a table with its prices: the one before it goes on."""
    method = _lock(table.method)
    if RateTable.objects.filter(pk=table.pk).delete()[0]:
        _record(
            f"removed the rates of {method.name} {say_since(table.first_day)}".strip(), method, actor, now
        )


@transaction.atomic
def save_rates(
    *,
    method: Method,
    rates: Sequence[RateValues],
    first_day: date = BEGINNING,
    shown: Mapping[Step, int] | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Makes ``rates`` the rates of a method's table of that first day; others are removed. Makes the table.

    Of those that were ``shown`` (price by zone id and step) only what differs from it is changed, cell by cell: what
    others added, changed or removed meanwhile stays. Raises DomainError ``rates_invalid``, Overtaken with names
    ``<zone id> <step>``, a price None where there is none.
    """
    _refuse_senseless(rates)
    _lock(method)
    table, _ = RateTable.objects.get_or_create(method=method, first_day=first_day)
    stands = {(rate.zone_id, rate.up_to_milli): rate.price_minor for rate in table.rates.all()}
    typed = {(rate.zone.pk, rate.up_to_milli): rate.price_minor for rate in rates}
    _write(table, stands, _settle_rates(typed, shown, stands), actor, now)


@transaction.atomic
def take_over(*, cells: Sequence[CellChange], actor: Actor, now: datetime) -> int:
    """Makes prices of many tables others; how many. All or none; tables that aren't there are made.

    What a cell ``stands`` at is what was seen: one that somebody changed since is refused. Locks the methods.
    Raises DomainError ``rates_invalid``.
    """
    by_table: dict[tuple[int, date], list[CellChange]] = defaultdict(list)
    for cell in cells:
        by_table[cell.method.pk, cell.first_day].append(cell)
    for (_, first_day), found in sorted(by_table.items()):
        _take_over_one(found[0].method, first_day, found, actor, now)
    return len(cells)


def _take_over_one(
    method: Method, first_day: date, cells: Sequence[CellChange], actor: Actor, now: datetime
) -> None:
    _refuse_senseless(
        [RateValues(one.zone, one.up_to_milli, one.becomes) for one in cells if one.becomes is not None]
    )
    _lock(method)
    basis = cells[0].basis.value
    table, _ = RateTable.objects.get_or_create(method=method, first_day=first_day, defaults={"basis": basis})
    if table.basis != basis:
        words = f"Somebody changed what rates of {method.name} count in meanwhile. Read the file again."
        raise DomainError("rates_invalid", words)
    stands = {(rate.zone_id, rate.up_to_milli): rate.price_minor for rate in table.rates.all()}
    prices = dict(stands)
    for one in cells:
        step = (one.zone.pk, one.up_to_milli)
        if stands.get(step) != one.stands:
            words = f"Somebody changed the rates of {method.name} into {one.zone.name} meanwhile. Read the file again."
            raise DomainError("rates_invalid", words)
        prices.pop(step, None)
        if one.becomes is not None:
            prices[step] = one.becomes
    _write(table, stands, prices, actor, now)


def _refuse_senseless(rates: Sequence[RateValues]) -> None:
    seen = set()
    for rate in rates:
        step = (rate.zone.pk, rate.up_to_milli)
        if not 0 < rate.up_to_milli <= MOST[Basis.VALUE] or not 0 <= rate.price_minor <= MOST_PRICE:
            words = (
                "Steps are above nought and at most 10,000 bottles, prices not below nought and no fortune."
            )
            raise DomainError("rates_invalid", words)
        if step in seen:
            raise DomainError("rates_invalid", f"{rate.zone.name} has two prices for one step.")
        seen.add(step)


def _write(
    table: RateTable, stands: Mapping[Step, int], prices: Mapping[Step, int], actor: Actor, now: datetime
) -> None:
    known = {(rate.zone_id, rate.up_to_milli): rate for rate in table.rates.all()}
    zones = {zone.pk: zone for zone in Zone.objects.all()}
    measure = current_measure(Basis(table.basis))
    said = []
    for step in sorted({*known, *prices}):
        present, price = known.get(step), prices.get(step)
        if step[0] not in zones or stands.get(step) == price:
            continue
        if present is None and price is not None:
            Rate.objects.create(table=table, zone=zones[step[0]], up_to_milli=step[1], price_minor=price)
        elif present and price is None:
            present.delete()
        elif present:
            write_changed(present, {"price_minor": price})
        word = "added" if present is None else "removed" if price is None else "changed"
        said.append(f"{word} {zones[step[0]].name} up to {measure.text(step[1])}")
    if said:
        named = f"rates of {table.method.name} {say_since(table.first_day)}".strip()
        _record(f"{named}: {', '.join(said)}", table.method, actor, now)


def _settle_rates(
    typed: Mapping[Step, int], shown: Mapping[Step, int] | None, stands: Mapping[Step, int]
) -> dict[Step, int]:
    """Prices by zone and step; where a step isn't there, its price is None to whoever compares."""
    if shown is None:
        return dict(typed)
    steps = {f"{zone} {step}": (zone, step) for zone, step in {*typed, *shown, *stands}}
    settled = settle(
        {name: typed.get(step) for name, step in steps.items()},
        shown={name: shown.get(step) for name, step in steps.items()},
        stands={name: stands.get(step) for name, step in steps.items()},
    )
    return {step: settled[name] for name, step in steps.items() if settled[name] is not None}


def _lock(method: Method) -> Method:
    found = lock_row(Method.objects.filter(pk=method.pk))
    if found is None:
        raise Conflict("method_gone", "Somebody else removed this method meanwhile.")
    return found


def _record(text: str, method: Method, actor: Actor, now: datetime) -> None:
    record_event(EventName.DELIVERY_SAVED, "method", method.pk, text=text, actor=actor, now=now)
