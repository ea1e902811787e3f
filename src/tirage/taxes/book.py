"""The tables in memory: which taxes and fees a sale between two places has on a day. Read again when they change.

The statement that prices delivery brings the revision along, so a checkout asks nothing more of the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any

from tirage.core.sql import fetch_one
from tirage.places import county_name, find_zip, town_key
from tirage.taxes.models import TaxFee, TaxRate, TaxSetup
from tirage.taxes.protocol import TaxCustomer, TaxKind, TaxPlace
from tirage.taxes.rules import FeeRule, Levy, TaxRule
from tirage.taxes.states import FeeUnit, Relief

#: Countries of the European Union, whose businesses account for VAT themselves.
EUROPEAN_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
NOBODY = TaxCustomer()


@dataclass(frozen=True, slots=True)
class RateRow:
    """A levy, where it holds and from when to when."""

    country: str
    state: str
    county: str
    city: str
    zips: tuple[str, ...]
    first_day: date
    last_day: date | None
    by_origin: bool
    levy: Levy
    #: Counts only where no other row does.
    elsewhere: bool = False

    @property
    def is_local(self) -> bool:
        return bool(self.county or self.city or self.zips)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes a later row the same one's next."""
        return (
            self.country,
            self.state,
            self.county,
            self.city,
            self.zips,
            self.levy.jurisdiction,
            self.levy.kind,
            self.elsewhere,
        )

    def is_of(self, place: TaxPlace) -> bool:
        """Whether a place of its state lies in it."""
        if self.zips and not any(_bare(place.postal_code).startswith(one) for one in self.zips):
            return False
        if self.county and _plain(self.county) != _plain(_county_of(place)):
            return False
        return not self.city or town_key(self.city) == town_key(place.city)


@dataclass(frozen=True, slots=True)
class FeeRow:
    country: str
    state: str
    first_day: date
    last_day: date | None
    only_shipped: bool
    fee: FeeRule

    @property
    def key(self) -> tuple[object, ...]:
        return self.country, self.state, self.fee.name, self.fee.least_millilitres


@dataclass(frozen=True, slots=True)
class Book:
    """The tables of one revision. ``origin`` is where wine comes from; ``included`` whether prices have VAT in them."""

    origin: TaxPlace = field(default_factory=lambda: TaxPlace("US"))
    included: bool = False
    vat_number: str = ""
    rates: Mapping[tuple[str, str], Sequence[RateRow]] = field(default_factory=dict)
    fees: Mapping[tuple[str, str], Sequence[FeeRow]] = field(default_factory=dict)

    def rule(
        self,
        place: TaxPlace,
        day: date,
        *,
        is_shipped: bool = True,
        customer: TaxCustomer = NOBODY,
    ) -> TaxRule:
        """What a sale to ``place`` is taxed by on ``day``; nothing where no table says anything."""
        if not is_shipped and (place.country, place.state) == (self.origin.country, self.origin.state):
            place = self.origin
        rows = self._rows(place, day)
        levies = tuple(row.levy for row in rows) or self._elsewhere(place, day)
        fees = tuple(row.fee for row in self._fees(place, day) if is_shipped or not row.only_shipped)
        relief = self._relief(place, customer, is_taxed=bool(levies))
        return TaxRule(
            sum(levy.rate_ppm for levy in levies if levy.on_wine),
            any(levy.on_shipping for levy in levies),
            levies,
            fees,
            included=self.included,
            relief=relief,
            home_ppm=self._home_ppm(day) if relief else 0,
            is_statewide=not self._has_local(place, day),
            seller=self.vat_number if relief or any(levy.kind is TaxKind.VAT for levy in levies) else "",
            business=customer.business if relief is Relief.REVERSE else "",
        )

    @property
    def knows_businesses(self) -> bool:
        """Whether a customer's business number makes a difference to what the winery sells."""
        return self.origin.country in EUROPEAN_UNION

    def _rows(self, place: TaxPlace, day: date) -> list[RateRow]:
        known = [row for row in _latest(self._of(self.rates, place), day) if not row.elsewhere]
        from_origin = any(row.by_origin for row in known) and self._is_home(place)
        local = self.origin if from_origin else place
        return [row for row in known if row.is_of(local)]

    def _elsewhere(self, place: TaxPlace, day: date) -> tuple[Levy, ...]:
        """The rates for where no other row holds: those of the state, or of the country where the state has none."""
        known = [row for row in _latest(self._of(self.rates, place), day) if row.elsewhere]
        own = [row for row in known if row.state] or known
        return tuple(row.levy for row in own if row.levy.rate_ppm and row.is_of(place))

    def _is_home(self, place: TaxPlace) -> bool:
        return (place.country, place.state) == (self.origin.country, self.origin.state)

    def _has_local(self, place: TaxPlace, day: date) -> bool:
        return any(row.is_local for row in _latest(self._of(self.rates, place), day))

    def _fees(self, place: TaxPlace, day: date) -> list[FeeRow]:
        return _latest(self._of(self.fees, place), day)

    def _of(self, rows: Mapping[tuple[str, str], Sequence[Any]], place: TaxPlace) -> list[Any]:
        """Those of the country as a whole, then those of its state."""
        states = ("", place.state) if place.state else ("",)
        return [row for state in states for row in rows.get((place.country, state), ())]

    def _relief(self, place: TaxPlace, customer: TaxCustomer, *, is_taxed: bool) -> Relief:
        home = self.origin.country
        abroad = place.country != home
        in_union = home in EUROPEAN_UNION and place.country in EUROPEAN_UNION
        if abroad and in_union and customer.business_number and customer.business_country == place.country:
            return Relief.REVERSE
        return Relief.EXPORT if self.included and abroad and not is_taxed else Relief.NONE

    def _home_ppm(self, day: date) -> int:
        """The VAT that is in the prices at home."""
        levies = [row.levy for row in self._rows(self.origin, day)] or self._elsewhere(self.origin, day)
        return sum(levy.rate_ppm for levy in levies if levy.kind is TaxKind.VAT)


EMPTY = Book()
_lock = Lock()
_kept: tuple[str, Book] = ("", EMPTY)


def book_of(revision: str) -> Book:
    """The tables of a revision, from memory when this process has read them; three statements when not."""
    global _kept
    known, book = _kept
    if not revision:
        return EMPTY
    if known != revision:
        book = read_book()
        with _lock:
            _kept = (revision, book)
    return book


def current_book() -> Book:
    """The tables as they are now; one statement, three more when they are new to this process."""
    row = fetch_one("SELECT revision FROM taxes_taxsetup WHERE id = 1", [])
    return book_of(row["revision"] if row else "")


def read_book() -> Book:
    setup = TaxSetup.objects.filter(pk=1).first()
    if setup is None:
        return EMPTY
    rates: dict[tuple[str, str], list[RateRow]] = defaultdict(list)
    for rate in TaxRate.objects.order_by("country", "state", "county", "city", "zips", "pk"):
        rates[rate.country, rate.state].append(_rate_row(rate))
    fees: dict[tuple[str, str], list[FeeRow]] = defaultdict(list)
    for fee in TaxFee.objects.order_by("country", "state", "name", "least_millilitres", "pk"):
        fees[fee.country, fee.state].append(_fee_row(fee))
    origin = TaxPlace(setup.country, setup.state, setup.county, setup.city, setup.postal_code)
    return Book(origin, setup.prices_include_vat, setup.vat_number, dict(rates), dict(fees))


def _rate_row(rate: TaxRate) -> RateRow:
    levy = Levy(
        rate.name,
        TaxKind(rate.kind),
        rate.rate_ppm,
        rate.on_wine,
        rate.on_shipping,
        rate.on_other,
        rate.on_duty,
        rate.by_line,
        rate.source,
    )
    zips = tuple(_bare(one) for one in rate.zips.replace(",", " ").split())
    where = (rate.country, rate.state, rate.county, rate.city, zips)
    return RateRow(*where, rate.first_day, rate.last_day, rate.by_origin, levy, rate.elsewhere)


def _fee_row(fee: TaxFee) -> FeeRow:
    rule = FeeRule(
        fee.name,
        fee.state or fee.country,
        fee.amount_minor,
        TaxKind(fee.kind),
        FeeUnit(fee.unit),
        fee.least_minor,
        fee.least_millilitres,
        fee.most_millilitres,
        fee.absorbed,
        fee.source,
    )
    return FeeRow(fee.country, fee.state, fee.first_day, fee.last_day, fee.only_shipped, rule)


def _latest(rows: Iterable[Any], day: date) -> list[Any]:
    """Of each the row that began last, if it hasn't ended; in the order of the tables."""
    latest: dict[tuple[object, ...], Any] = {}
    for row in rows:
        known = latest.get(row.key)
        if row.first_day <= day and (known is None or row.first_day > known.first_day):
            latest[row.key] = row
    return [row for row in latest.values() if row.last_day is None or day <= row.last_day]


def _county_of(place: TaxPlace) -> str:
    if place.county or place.country != "US":
        return place.county
    found = find_zip(place.postal_code)
    return county_name(found.county_fips) if found else ""


def _plain(name: str) -> str:
    """``Sonoma`` and ``Sonoma County`` are one."""
    return town_key(name).removesuffix("county").removesuffix("parish").strip()


def _bare(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()
