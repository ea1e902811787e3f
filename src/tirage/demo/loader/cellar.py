"""The winery, its wines and its ways of delivery. A few rows each, written at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

from tirage.catalog.models import Sku, Vintage, Wine
from tirage.catalog.operations import set_label
from tirage.catalog.rules import sku_name
from tirage.core.actors import system
from tirage.core.models import Winery
from tirage.core.winery import forget_winery, local_time
from tirage.customers.models import Address
from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
from tirage.delivery.rates.operations import begin_table
from tirage.delivery.rules import Freight, RateStep, Tariff, Terms
from tirage.delivery.states import BEGINNING, MethodKind, Visibility
from tirage.demo import shipping
from tirage.demo.estate import ESTATE, SKUS, VINTAGES, WINES
from tirage.demo.loader.context import Load
from tirage.taxes.rules import TaxRule, sales_tax

#: Long enough to look around while bottles are held, short enough to see them come back.
CART_MINUTES = 20


def build_winery() -> None:
    logo = (files("tirage.demo") / "labels" / "logo.svg").read_text(encoding="utf-8")
    line, city, state, postal_code, _ = ESTATE.address
    Winery.objects.update_or_create(
        id=1,
        defaults={
            "name": ESTATE.name,
            "legal_name": ESTATE.legal_name,
            "vineyard": ESTATE.place,
            "support_email": ESTATE.email,
            "support_phone": ESTATE.phone,
            "postal_address": f"{line}, {city}, {state} {postal_code}",
            "time_zone": ESTATE.time_zone,
            "currency": ESTATE.currency,
            "cart_minutes": CART_MINUTES,
            "customers_cancel_orders": True,
            "change_days": 3,
            "wish_mails": True,
            "staff_second_factor": False,
            "sign_up": "waiting",
            "sign_up_words": "We make about four thousand cases a year, and most of it goes to people who have been "
            "with us for a while. Join the waiting list: each spring, when we know the size of the vintage, we invite "
            "as many as we have wine for.",
            "paper": ESTATE.paper,
            "ink": ESTATE.ink,
            "accent": ESTATE.accent,
            "logo_svg": logo,
        },
    )
    forget_winery()


def build_wines(load: Load) -> dict[str, Sku]:
    """The skus by code; their stock is built with the movements, when sales are known."""
    wines = {
        one.key: Wine.objects.create(
            reference=load.reference("WIN"),
            name=one.name,
            variety=one.variety,
            appellation=one.appellation,
            colour=one.colour,
        )
        for one in WINES
    }
    vintages = {}
    for made in VINTAGES:
        vintages[made.key] = Vintage.objects.create(
            wine=wines[made.wine],
            year=made.year,
            note=made.note,
            alcohol_percent=Decimal(made.alcohol_tenths) / 10,
            cases_made=made.cases_made,
        )
        picture = (files("tirage.demo") / "labels" / f"{made.key}.svg").read_bytes()
        when = load.now - timedelta(days=860)
        set_label(vintage=vintages[made.key], data=picture, actor=system("Demo"), now=when)
    return {
        one.code: Sku.objects.create(
            code=one.code,
            vintage=vintages[one.vintage],
            name=sku_name(wines[one.wine].name, one.year),
            millilitres=one.millilitres,
            units=one.units,
            price_minor=one.price_minor,
        )
        for one in SKUS
    }


@dataclass(frozen=True, slots=True)
class Quote:
    shipping_minor: int
    tax_minor: int


class Ways:
    """The ways of delivery, and what each costs, by the rules that the checkout uses."""

    def __init__(self, load: Load) -> None:
        zones = {name: Zone.objects.create(name=name) for name in shipping.zones()}
        self.destinations = {
            (one.country, one.state): Destination.objects.create(
                country=one.country,
                state=one.state,
                name=one.name,
                zone=zones.get(one.zone),
                is_open=one.is_open,
                source=one.source,
                checked_on=one.checked_on,
            )
            for one in shipping.destinations()
        }
        #: The rates of the files that the demo's past was sold by.
        self.taxed = {
            (one.country, one.state): TaxRule(one.tax_rate_ppm, one.taxes_shipping)
            for one in shipping.destinations()
        }
        self.methods: dict[str, Method] = {}
        self.closed: dict[str, set[str]] = {}
        for one in shipping.methods():
            self._method(load, one)
        self.steps: dict[tuple[str, int], list[RateStep]] = {}
        tables = {key: RateTable.objects.create(method=method) for key, method in self.methods.items()}
        for rate in shipping.rates():
            zone = zones[rate.zone]
            Rate.objects.create(
                table=tables[rate.method],
                zone=zone,
                up_to_milli=rate.up_to_milli,
                price_minor=rate.price_minor,
            )
            steps = self.steps.setdefault((rate.method, zone.pk), [])
            steps.append(RateStep(rate.up_to_milli, rate.price_minor))
        self._announce_next_year(load)

    def _announce_next_year(self, load: Load) -> None:
        """The ground carrier has sent next year's prices: three percent dearer, to whole quarters of a dollar."""
        year = local_time(load.now).year + 1
        table = begin_table(
            method=self.methods["ground"], first_day=date(year, 1, 1), actor=system("Demo"), now=load.now
        )
        for rate in table.rates.all():
            rate.price_minor = round(rate.price_minor * 1.03 / 25) * 25
            rate.save(update_fields=["price_minor"])

    def _method(self, load: Load, one: shipping.DemoMethod) -> None:
        is_pickup = one.kind == MethodKind.PICKUP
        method = Method.objects.create(
            reference=load.reference("MTH"),
            name=one.name,
            description=one.description,
            internal_description=one.internal_description,
            kind=one.kind,
            visibility=one.visibility,
            qualifies_for_free_shipping=one.qualifies_for_free_shipping,
            position=one.position,
            handover=self.destinations[one.handover] if one.handover else None,
            pickup_address=", ".join(ESTATE.address[:3]) if is_pickup else "",
            opening_hours="Friday to Sunday, 11 to 4" if is_pickup else "",
            remind_first_days=2 if is_pickup else None,
            remind_again_days=10 if is_pickup else None,
            send_after_days=28 if is_pickup else None,
            carrier=one.carrier,
            days_least=one.days_least,
            days_most=one.days_most,
        )
        method.closed_destinations.set([self.destinations["US", state] for state in one.closed_states])
        self.methods[one.key], self.closed[one.key] = method, set(one.closed_states)

    def reach(self, address: Address | None) -> list[str]:
        """Keys of the methods that a customer may choose, nearest to the usual first."""
        return [key for key, method in self.methods.items() if self._reaches(key, method, address)]

    def _reaches(self, key: str, method: Method, address: Address | None) -> bool:
        if method.visibility != Visibility.ALL:
            return False
        if not MethodKind(method.kind).is_sent:
            return True
        if address is None or address.state in self.closed[key]:
            return False
        place = self.destinations.get((address.country, address.state))
        return bool(place and place.is_open and self.steps.get((key, place.zone_id or 0)))

    def quote(
        self,
        key: str,
        address: Address | None,
        *,
        freight: Freight,
        free_shipping: bool,
    ) -> Quote:
        terms = self.terms(key, address, discount_bp=0, free_shipping=free_shipping)
        price = 0 if terms.is_free else terms.tariff.price(freight) or 0
        return Quote(price, sales_tax(terms.tax, wine_minor=freight.value_minor, shipping_minor=price))

    def terms(self, key: str, address: Address | None, *, discount_bp: int, free_shipping: bool) -> Terms:
        """What an order that goes this way is priced by."""
        method = self.methods[key]
        place = method.handover
        if place is None and address is not None:
            place = self.destinations[address.country, address.state]
        if place is None:
            raise ValueError("wine that is shipped needs an address")
        return Terms(
            discount_bp,
            free_shipping and method.qualifies_for_free_shipping,
            Tariff(
                tuple(self.steps.get((key, place.zone_id or 0), [])),
                zone=place.zone.name if place.zone else "",
                first_day=BEGINNING.isoformat(),
            ),
            self.taxed[place.country, place.state],
            sent_after_days=method.send_after_days,
        )
