"""The tables of this folder as the product keeps them, and one customer who buys from an offer of everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.golden.arithmetic import POUND, Row, cents, table
from tests.world import World, build_world
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Address, Customer, Group
from tirage.delivery.models import Destination, Law, Method, Rate, RateTable, VolumeLimit, Zone
from tirage.delivery.states import BEGINNING
from tirage.inventory.models import Movement, Stock
from tirage.inventory.states import MovementReason
from tirage.offers.models import Offer, OfferItem
from tirage.payments.models import PaymentMethod
from tirage.taxes.models import BusinessNumber
from tirage.taxes.operations import FEES, RATES, FeeValues, RateValues, SetupValues, save_row, save_setup
from tirage.taxes.protocol import TaxKind
from tirage.taxes.states import FeeUnit

PLENTY = 30_000
ZONE = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class Setting:
    world: World
    buyer: Customer
    card: PaymentMethod
    offer: Offer
    skus: dict[str, Sku]
    addresses: dict[str, Address]
    methods: dict[str, Method]

    def become(self, order: Row) -> None:
        """The buyer's group and number are those of an order of the table."""
        discount = int(order["discount"] or 0) * 100
        Group.objects.filter(pk=self.offer.group_id).update(
            discount_bp=discount, free_shipping=order["free"] == "yes"
        )
        BusinessNumber.objects.all().delete()
        if order["business"]:
            country = self.addresses[order["to"]].country
            facts = {"country": country, "number": f"{country}123", "saved_at": self.world.now}
            BusinessNumber.objects.create(customer=self.buyer, **facts)


def moment(order: Row) -> datetime:
    """Late in the evening of the winery's day, when it is the next day elsewhere."""
    return datetime.combine(date.fromisoformat(order["day"]), time(23, 30), ZONE).astimezone(UTC)


def build_setting(book: str) -> Setting:
    world = build_world()
    _describe_winery(book)
    for one in (Rate, RateTable, Method, Destination, Zone):
        one.objects.all().delete()
    zones = _write_places(book)
    methods = _write_ways(book, zones)
    _write_taxes(book, world)
    _write_laws(book)
    skus = dict(_write_wines(book, world.now))
    offer = world.estate_offer
    Offer.objects.filter(pk=offer.pk).update(
        opens_at=datetime(2025, 1, 1, tzinfo=UTC), closes_at=datetime(2028, 1, 1, tzinfo=UTC)
    )
    OfferItem.objects.filter(offer=offer).delete()
    OfferItem.objects.bulk_create(
        OfferItem(offer=offer, sku=sku, position=n, purchase_maximum=PLENTY, wish_maximum=0)
        for n, sku in enumerate(skus.values())
    )
    addresses = {row["address"]: _address(world.ben, row) for row in table(book, "addresses")}
    return Setting(world, world.ben, world.ben_card, offer, skus, addresses, methods)


def _describe_winery(book: str) -> None:
    if book == "european":
        Winery.objects.update(currency="EUR", locale="fr_FR")
    forget_winery()


def _write_places(book: str) -> dict[str, Zone]:
    zones: dict[str, Zone] = {}
    for row in table(book, "places"):
        zone = zones.setdefault(row["zone"], Zone.objects.get_or_create(name=row["zone"])[0])
        facts = {"name": row["name"], "zone": zone, "is_open": row["open"] == "yes"}
        Destination.objects.create(country=row["country"], state=row["state"], **facts)
    return zones


_HOMES = {
    "american": {"country": "US", "state": "CA"},
    "texan": {"country": "US", "state": "TX"},
    "european": {"country": "FR"},
}


def _write_ways(book: str, zones: dict[str, Zone]) -> dict[str, Method]:
    home = Destination.objects.get(**_HOMES[book])
    methods: dict[str, Method] = {}
    for row in table(book, "ways"):
        name = row["way"]
        if name not in methods:
            methods[name] = Method.objects.create(
                name=name,
                kind=row["kind"],
                qualifies_for_free_shipping=row["free_key"] == "yes",
                handover=home if row["kind"] == "pickup" else None,
                position=len(methods),
            )
        if row["zone"]:
            _write_rate(methods[name], zones[row["zone"]], row)
    return methods


def _write_rate(method: Method, zone: Zone, row: Row) -> None:
    first = date.fromisoformat(row["first_day"])
    facts: dict[str, Any] = {
        "basis": row["basis"],
        "minimum_minor": cents(row["minimum"] or "0"),
        "maximum_minor": cents(row["maximum"]) if row["maximum"] else None,
        "included_from_milli": int(row["included_bottles"]) * 1_000 if row["included_bottles"] else None,
        "included_from_minor": cents(row["included_wine"]) if row["included_wine"] else None,
    }
    # The first table of a method always held.
    is_first = not method.rate_tables.filter(first_day=BEGINNING).exists() or first.year == 2026
    rates, _ = RateTable.objects.get_or_create(
        method=method, first_day=BEGINNING if is_first else first, defaults=facts
    )
    parts = {"weight": POUND, "value": Fraction(100)}.get(row["basis"], Fraction(1_000))
    Rate.objects.create(
        table=rates,
        zone=zone,
        up_to_milli=round(Fraction(row["up_to"]) * parts),
        price_minor=cents(row["price"]),
    )


def _days(row: Row) -> dict[str, date | None]:
    last = row["last_day"]
    return {
        "first_day": date.fromisoformat(row["first_day"]),
        "last_day": date.fromisoformat(last) if last else None,
    }


def _write_taxes(book: str, world: World) -> None:
    home = {
        "american": ("US", "CA", "Sonoma", "Healdsburg", "95448"),
        "texan": ("US", "TX", "Gillespie", "Fredericksburg", "78624"),
        "european": ("FR", "", "", "Bordeaux", "33000"),
    }
    country, state, county, city, code = home[book]
    for row in table(book, "taxes"):
        on = {name: row[name] == "yes" for name in ("on_wine", "on_shipping", "by_line", "by_origin")}
        values = RateValues(
            row["country"],
            row["state"],
            row["name"],
            TaxKind(row["kind"]),
            row["county"],
            row["city"],
            row["zips"].replace(" ", ", "),
            rate_ppm=int(Decimal(row["percent"]) * 10_000),
            source=row["source"],
            **(on | _days(row)),  # type: ignore[arg-type]
        )
        save_row(table=RATES, values=values, actor=world.staff, now=world.now)
    for row in table(book, "fees"):
        fee = FeeValues(
            row["country"],
            row["state"],
            row["name"],
            cents(row["amount"]),
            TaxKind(row["kind"]),
            FeeUnit(row["unit"]),
            cents(row["least_wine"] or "0"),
            int(row["least_millilitres"] or 0),
            int(row["most_millilitres"]) if row["most_millilitres"] else None,
            only_shipped=row["only_shipped"] == "yes",
            absorbed=row["absorbed"] == "yes",
            source=row["source"],
            **_days(row),  # type: ignore[arg-type]
        )
        save_row(table=FEES, values=fee, actor=world.staff, now=world.now)
    save_setup(
        values=SetupValues(country, state, county, city, code, prices_include_vat=book == "european"),
        actor=world.staff,
        now=world.now,
    )


def _write_laws(book: str) -> None:
    places = {(one.country, one.state): one for one in Destination.objects.all()}
    for row in table(book, "laws"):
        tenths = int(Decimal(row["percent"]) * 10) if row["percent"] else None
        place = places[row["country"], row["state"]]
        Law.objects.create(
            destination=place, kind=row["kind"], tenths=tenths, words=row["words"], **_days(row)
        )
    for row in table(book, "limits"):
        VolumeLimit.objects.create(
            destination=places[row["country"], row["state"]],
            millilitres=int(row["bottles"]) * 750,
            unit="bottle",
            period=row["period"],
            subject=row["subject"],
            **_days(row),
        )


def _write_wines(book: str, setting_up: datetime) -> Iterator[tuple[str, Sku]]:
    for row in table(book, "wines"):
        wine, _ = Wine.objects.get_or_create(name=f"Golden {row['name']}")
        year = int(row["name"][-4:]) if row["name"][-4:].isdigit() else None
        vintage, _ = Vintage.objects.get_or_create(
            wine=wine, year=year, defaults={"alcohol_percent": row["percent"] or None}
        )
        sku = Sku.objects.create(
            code=f"G-{row['code']}",
            vintage=vintage,
            name=row["name"],
            millilitres=int(row["millilitres"]),
            units=int(row["units"]),
            price_minor=cents(row["price"]),
        )
        stock = Stock.objects.create(sku=sku, on_hand=PLENTY)
        Movement.objects.create(
            stock=stock,
            at=setting_up,
            quantity=PLENTY,
            reason=MovementReason.OPENING.value,
            actor_label="Tirage",
        )
        yield row["code"], sku


def _address(customer: Customer, row: Row) -> Address:
    facts = {name: row[name] for name in ("line1", "city", "state", "postal_code", "country")}
    return Address.objects.create(
        customer=customer,
        recipient=customer.name,
        phone=customer.phone,
        birth_date=customer.birth_date,
        **facts,
    )
