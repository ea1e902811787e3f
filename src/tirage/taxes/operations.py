"""What staff change about taxes and fees. Every act records ``taxes.saved`` and makes every process read anew.

Whoever writes locks the one row of the setup first, so that two files are never taken over at once. Amounts are minor
units of the winery's currency, rates millionths.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db import transaction
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, LAST_DAY, MOST_MINOR, YEARS
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.customers.models import Customer
from tirage.places import find_country, regions
from tirage.taxes.models import BusinessNumber, DatedRow, TaxFee, TaxRate, TaxSetup
from tirage.taxes.protocol import TaxKind
from tirage.taxes.states import BEGINNING, FEE_KINDS, RATE_KINDS, FeeUnit
from tirage.taxes.words import say_fee, say_rate

_SAID = {
    "rate_ppm": "the rate",
    "on_wine": "whether wine is taxed",
    "on_shipping": "whether delivery is taxed",
    "on_other": "whether handling is taxed",
    "on_duty": "whether duty is taxed",
    "by_line": "how it is rounded",
    "by_origin": "where it is taxed",
    "elsewhere": "whether it counts beside others",
    "amount_minor": "the amount",
    "least_minor": "from which order on",
    "absorbed": "who pays it",
    "only_shipped": "whether it is due on pickup",
    "checked_on": "day of the check",
    "first_day": "first day",
    "last_day": "last day",
}


@dataclass(frozen=True, slots=True)
class RateValues:
    """A row of the table of rates, as typed or imported; places by their codes, county and city by name."""

    country: str
    state: str
    name: str
    kind: TaxKind = TaxKind.SALES
    county: str = ""
    city: str = ""
    zips: str = ""
    rate_ppm: int = 0
    on_wine: bool = True
    on_shipping: bool = False
    on_other: bool = False
    on_duty: bool = False
    by_line: bool = False
    by_origin: bool = False
    elsewhere: bool = False
    first_day: date = BEGINNING
    last_day: date | None = None
    source: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class FeeValues:
    """A row of the table of fees, as typed or imported."""

    country: str
    state: str
    name: str
    amount_minor: int
    kind: TaxKind = TaxKind.FEE
    unit: FeeUnit = FeeUnit.ORDER
    least_minor: int = 0
    least_millilitres: int = 0
    most_millilitres: int | None = None
    only_shipped: bool = True
    absorbed: bool = False
    first_day: date = BEGINNING
    last_day: date | None = None
    source: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class SetupValues:
    country: str
    state: str = ""
    county: str = ""
    city: str = ""
    postal_code: str = ""
    prices_include_vat: bool = False
    vat_number: str = ""


R = TypeVar("R", TaxRate, TaxFee)
V = TypeVar("V", RateValues, FeeValues)


@dataclass(frozen=True, slots=True)
class Table(Generic[R, V]):
    """One of the two tables: what its rows are, and which fields make two rows the same."""

    model: type[R]
    values: type[V]
    one: str
    same: tuple[str, ...]
    say: Callable[[Any], str]

    def values_of(self, row: R) -> V:
        found = {name: getattr(row, name) for name in self.values.__dataclass_fields__}
        found["kind"] = TaxKind(found["kind"])
        if "unit" in found:
            found["unit"] = FeeUnit(found["unit"])
        return self.values(**found)

    def key_of(self, row: R | V) -> tuple[object, ...]:
        """What makes two rows the same."""
        return tuple(getattr(row, name) for name in self.same)

    def same_row(self, values: V) -> R | None:
        """The row that a row of a file is about."""
        return self.model._default_manager.filter(
            **{name: getattr(values, name) for name in self.same}
        ).first()


RATES: Table[TaxRate, RateValues] = Table(
    TaxRate,
    RateValues,
    "rate",
    ("country", "state", "county", "city", "zips", "name", "kind", "elsewhere", "first_day"),
    say_rate,
)
FEES: Table[TaxFee, FeeValues] = Table(
    TaxFee, FeeValues, "fee", ("country", "state", "name", "least_millilitres", "first_day"), say_fee
)


@transaction.atomic
def save_row(
    *,
    table: Table[R, V],
    values: V,
    row: R | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> R:
    """Makes or changes a row of a table. Of what was ``shown`` only what differs from it is changed.

    Locks the setup. Raises DomainError ``tax_invalid`` by field, Conflict ``tax_gone``, Overtaken.
    """
    setup = _lock_setup()
    saved = table.model()
    if row is not None:
        found = lock_row(table.model._default_manager.filter(pk=row.pk))
        if found is None:
            raise Conflict("tax_gone", f"Somebody else removed this {table.one} meanwhile.")
        saved = found
        values = table.values(**settle(asdict(values), shown=shown, stands=asdict(table.values_of(found))))
    values = tidied(values)
    problems = _problems(values)
    other = table.same_row(values)
    if other is not None and other.pk != saved.pk:
        problems["first_day"] = "There is one of this name and place from this day on already."
    if problems:
        raise DomainError("tax_invalid", " ".join(dict.fromkeys(problems.values())), problems)
    if _write(table, saved, values, actor=actor, now=now):
        _renew(setup)
    return saved


@transaction.atomic
def delete_row(*, table: Table[R, V], row: R, actor: Actor, now: datetime) -> None:
    """Removes a row: no order is taxed by it any more, but those that keep it. Locks the setup."""
    setup = _lock_setup()
    if table.model._default_manager.filter(pk=row.pk).delete()[0]:
        _renew(setup)
        _record(f"removed the {table.one} {table.say(table.values_of(row))}", table.one, row.pk, actor, now)


@transaction.atomic
def take_over(
    *, table: Table[R, V], rows: Sequence[V], stood: Sequence[V | None], actor: Actor, now: datetime
) -> int:
    """Makes or changes many rows at once; how many became others. All or none. Locks the setup.

    ``stood`` is what was seen to stand for each row, None for nothing: a row that somebody changed since is refused.
    Raises DomainError ``tax_invalid`` with ``fields`` of row positions (``"0"``…).
    """
    setup = _lock_setup()
    problems: dict[str, str] = {}
    changed = 0
    for position, (values, seen) in enumerate(zip(map(tidied, rows), stood, strict=True)):
        saved = table.same_row(values)
        found = _problems(values)
        if seen != (table.values_of(saved) if saved else None):
            found["stood"] = f"Somebody changed {values.name} meanwhile. Look at it again."
        if found:
            problems[str(position)] = f"{values.name}: {' '.join(dict.fromkeys(found.values()))}"
            continue
        changed += _write(table, saved or table.model(), values, actor=actor, now=now)
    if problems:
        raise DomainError("tax_invalid", "Nothing was taken over.", problems)
    if changed:
        _renew(setup)
    return changed


@transaction.atomic
def save_setup(
    *, values: SetupValues, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> TaxSetup:
    """Where wine comes from, and whether prices have VAT in them. Orders keep what they were priced by.

    Locks the setup. Raises DomainError ``tax_setup_invalid`` by field, Overtaken.
    """
    setup = _lock_setup()
    stands = {name: getattr(setup, name) for name in SetupValues.__dataclass_fields__}
    values = SetupValues(**settle(asdict(values), shown=shown, stands=stands))
    problems = _place_problems(values.country, values.state)
    number = values.vat_number
    if number:
        try:
            number = checked_number(values.country, number)
        except DomainError as refused:
            problems["vat_number"] = refused.message
    if values.prices_include_vat and not _has_vat(values.country):
        problems["prices_include_vat"] = (
            "Enter the VAT of your own country in the table first: it is what is in your prices."
        )
    if problems:
        raise DomainError("tax_setup_invalid", " ".join(problems.values()), problems)
    if changed := write_changed(setup, asdict(values) | {"vat_number": number}):
        _renew(setup)
        text = f"changed where taxes are reckoned from ({say_changed(changed, _SAID)})"
        _record(text, "setup", setup.pk, actor, now)
    return setup


def checked_number(country: str, number: str) -> str:
    """A business number in one spelling, with its country's letters where it has them.

    Its form and check digits are looked at, not whether the tax office knows it. Raises DomainError ``number_invalid``.
    """
    module = get_cc_module(country.lower(), "vat") if country.isalpha() and len(country) == 2 else None
    if module is None:
        words = f"Business numbers of {country} can't be checked here." if country else "Choose its country."
        raise DomainError("number_invalid", words, {"country": words})
    try:
        bare = str(module.validate(number))
    except ValidationError:
        words = f"This isn't a business number of {country}. Look at its digits again."
        raise DomainError("number_invalid", words, {"number": words}) from None
    prefix = {"GR": "EL"}.get(country, country)
    return bare if bare.startswith(prefix) else prefix + bare


@transaction.atomic
def save_business_number(
    *,
    customer_id: int,
    country: str,
    number: str,
    name: str = "",
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> BusinessNumber | None:
    """The number and name by which a customer buys as a business; an empty number takes both away. Later orders are
    taxed by it. Of what was ``shown`` only what differs from it is changed.

    Locks the customer. Records ``taxes.saved``. Raises DomainError ``number_invalid`` by field, Overtaken.
    """
    lock_row(Customer.objects.filter(pk=customer_id))
    known = BusinessNumber.objects.filter(customer_id=customer_id).first()
    stands = business_values(known)
    typed = {"country": country.upper(), "number": number.strip(), "name": " ".join(name.split())}
    values = settle(typed, shown=shown, stands=stands)
    if not values["number"]:
        if known is not None:
            known.delete()
            _record_business("took the business number away", customer_id, actor, now)
        return None
    values["number"] = checked_number(values["country"], values["number"])
    saved, _ = BusinessNumber.objects.update_or_create(
        customer_id=customer_id, defaults=values | {"saved_at": now}
    )
    if values != stands:
        words = ", ".join(filter(None, (saved.name, saved.number)))
        _record_business(f"saved the business {words}", customer_id, actor, now)
    return saved


def business_values(known: BusinessNumber | None) -> dict[str, Any]:
    """What forms show of a customer's business."""
    names = ("country", "number", "name")
    return {name: getattr(known, name) if known else "" for name in names}


def _record_business(text: str, customer_id: int, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.TAXES_SAVED,
        "customer",
        customer_id,
        text=text,
        customer_id=customer_id,
        actor=actor,
        now=now,
    )


def _lock_setup() -> TaxSetup:
    setup, _ = TaxSetup.objects.get_or_create(id=1, defaults={"revision": secrets.token_hex(12)})
    return lock_row(TaxSetup.objects.filter(pk=setup.pk)) or setup


def _renew(setup: TaxSetup) -> None:
    """Drawn, not counted: two versions never have one name, whatever was rolled back or restored."""
    setup.revision = secrets.token_hex(12)
    setup.save(update_fields=["revision"])


def _has_vat(country: str) -> bool:
    return TaxRate.objects.filter(country=country, kind=TaxKind.VAT.value).exists()


def tidied(values: V) -> V:
    """Texts and lists written in one way; what a kind doesn't ask about is empty."""
    found = asdict(values)
    for name in ("name", "county", "city", "source"):
        if name in found:
            found[name] = " ".join(found[name].split())
    found["country"], found["state"] = found["country"].upper(), found["state"].strip()
    if "zips" in found:
        found["zips"] = ", ".join(sorted(set(found["zips"].replace(",", " ").upper().split())))
    else:
        found["unit"] = FeeUnit.CONTAINER if found["kind"] is TaxKind.DEPOSIT else found["unit"]
    return type(values)(**found)


def _place_problems(country: str, state: str) -> dict[str, str]:
    if find_country(country) is None:
        return {"country": "Write the country in two letters, such as US."}
    if state and regions(country) and state not in regions(country):
        return {"state": f"There is no state {state} in {country}."}
    return {}


def _problems(values: RateValues | FeeValues) -> dict[str, str]:
    """What is wrong, by field; empty when all is well."""
    problems = _place_problems(values.country, values.state)
    days = {"first_day": values.first_day, "last_day": values.last_day, "checked_on": values.checked_on}
    problems |= {field: YEARS for field, day in days.items() if day and not FIRST_DAY <= day <= LAST_DAY}
    if values.last_day is not None and values.last_day < values.first_day:
        problems["last_day"] = "The last day comes before the first."
    if not values.name:
        problems["name"] = "Say what it is called."
    if isinstance(values, RateValues):
        return problems | _rate_problems(values)
    return problems | _fee_problems(values)


def _rate_problems(values: RateValues) -> dict[str, str]:
    problems: dict[str, str] = {}
    if values.kind not in RATE_KINDS:
        problems["kind"] = "Choose sales tax or VAT."
    if not 0 <= values.rate_ppm <= 1_000_000:
        problems["rate"] = "A tax rate is between 0 and 100 %."
    if (values.county or values.city or values.zips) and values.country == "US" and not values.state:
        problems["state"] = "Say in which state it is."
    return problems


def _fee_problems(values: FeeValues) -> dict[str, str]:
    problems: dict[str, str] = {}
    if values.kind not in FEE_KINDS:
        problems["kind"] = "Choose a fee or a deposit."
    if not 0 <= values.amount_minor <= MOST_MINOR:
        problems["amount"] = "Write an amount that isn't negative."
    if not 0 <= values.least_minor <= MOST_MINOR:
        problems["least"] = "Write an amount that isn't negative."
    most = values.most_millilitres
    if most is not None and most < values.least_millilitres:
        problems["most_millilitres"] = "The largest container is smaller than the smallest."
    return problems


def _write(table: Table[R, V], saved: DatedRow, values: V, *, actor: Actor, now: datetime) -> bool:
    """Whether anything became another."""
    is_new = saved.pk is None
    changed = write_changed(saved, asdict(values))
    if not changed:
        return False
    said = table.say(values)
    text = (
        f"set the {table.one} {said}"
        if is_new
        else f"changed the {table.one} {said} ({say_changed(changed, _SAID)})"
    )
    _record(text, f"tax_{table.one}", saved.pk, actor, now)
    return True


def _record(text: str, subject: str, subject_id: int, actor: Actor, now: datetime) -> None:
    record_event(EventName.TAXES_SAVED, subject, subject_id, text=text, actor=actor, now=now)
