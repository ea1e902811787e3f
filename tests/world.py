"""The small fixed world of the tests: one winery, four groups, four people, four wines, one open release.

Built with the models themselves, so that a test of one room doesn't depend on the operations of another.
``build_world(now)`` opens the release an hour before ``now`` and closes it a week after.

Who is who:

- Ana (San Francisco, CA; second address Brooklyn, NY) is in *Premier*: 10 % off and free shipping.
- Ben (New York, NY) is in *Estate*: full price, pays shipping.
- Clara (Portland, OR) is in no group and has no offer.
- Dora (Miami, FL) is in *Estate* and suspended.
- *Welcome* is the default group; nobody is in it. Its offer asks for six bottles.
- *Employees* is a standard group; nobody is in it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Address, Customer, Group, Membership
from tirage.customers.states import CustomerStatus, GroupKind
from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
from tirage.delivery.states import MethodKind, Visibility
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Movement, Stock
from tirage.inventory.states import MovementReason
from tirage.offers.models import Offer, OfferItem, Release
from tirage.payments.models import PaymentMethod
from tirage.staff.models import StaffMember
from tirage.staff.states import Role
from tirage.taxes.models import TaxRate, TaxSetup

#: Tuesday 6 October 2026, 9:00 in California.
OPENING_DAY = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Everything in the world by name; objects are as saved, reload them after acting on them."""

    now: datetime
    winery: Winery
    owner: StaffMember
    premier: Group
    estate: Group
    welcome: Group
    employees: Group
    ana: Customer
    ben: Customer
    clara: Customer
    dora: Customer
    ana_home: Address
    ana_brooklyn: Address
    ben_home: Address
    clara_home: Address
    dora_home: Address
    ana_card: PaymentMethod
    ben_card: PaymentMethod
    cabernet: Sku
    magnum: Sku
    chardonnay: Sku
    syrah_pack: Sku
    release: Release
    premier_offer: Offer
    estate_offer: Offer
    welcome_offer: Offer
    west: Zone
    east: Zone
    california: Destination
    new_york: Destination
    oregon: Destination
    florida: Destination
    utah: Destination
    ground: Method
    overnight: Method
    pickup: Method
    van: Method

    @property
    def staff(self) -> Actor:
        """The owner, acting."""
        return Actor(ActorKind.STAFF, self.owner.pk, self.owner.name)

    def item(self, offer: Offer, sku: Sku) -> OfferItem:
        """The item of ``sku`` in ``offer``."""
        return OfferItem.objects.get(offer=offer, sku=sku)

    def stock(self, sku: Sku) -> Stock:
        """The counters of ``sku`` as they are now."""
        return Stock.objects.get(sku=sku)


def acting(customer: Customer) -> Actor:
    """The customer, acting."""
    return Actor(ActorKind.CUSTOMER, customer.pk, customer.name)


def build_world(now: datetime = OPENING_DAY) -> World:
    """Builds the world in the present database, which holds none yet."""
    winery = _build_winery()
    groups = _build_groups()
    people = _build_people(now, groups)
    skus = _build_wines(now)
    offers = _build_release(now, groups, skus)
    delivery = _build_delivery()
    return World(
        now=now, winery=winery, owner=_build_owner(), **groups, **people, **skus, **offers, **delivery
    )


def _build_winery() -> Winery:
    Winery.objects.filter(id=1).delete()
    winery = Winery.objects.create(
        id=1,
        name="Halcyon Ridge",
        legal_name="Halcyon Ridge Vineyards LLC",
        vineyard="Sonoma Mountain, California",
        support_email="cellar@halcyon.example",
        support_phone="+1 707 555 0100",
    )
    forget_winery()
    return winery


def _build_owner() -> StaffMember:
    return StaffMember.objects.create_user("olive@halcyon.example", name="Olive Owens", role=Role.OWNER.value)


def _build_groups() -> dict[str, Any]:
    allocation, standard = GroupKind.ALLOCATION.value, GroupKind.STANDARD.value
    return {
        "premier": Group.objects.create(
            name="Premier", kind=allocation, discount_bp=1000, free_shipping=True, rank=1
        ),
        "estate": Group.objects.create(name="Estate", kind=allocation, rank=2),
        "welcome": Group.objects.create(name="Welcome", kind=allocation, rank=3, is_default=True),
        "employees": Group.objects.create(name="Employees", kind=standard, discount_bp=2500, rank=9),
    }


def _build_people(now: datetime, groups: dict[str, Group]) -> dict[str, Any]:
    ana = _customer("Ana", "Alvarez", now)
    ben = _customer("Ben", "Baker", now)
    clara = _customer("Clara", "Chen", now)
    dora = _customer("Dora", "Diaz", now, CustomerStatus.SUSPENDED)
    for customer, group in ((ana, groups["premier"]), (ben, groups["estate"]), (dora, groups["estate"])):
        Membership.objects.create(
            customer=customer, group=group, kind=group.kind, since=now - timedelta(days=200)
        )
    return {
        "ana": ana,
        "ben": ben,
        "clara": clara,
        "dora": dora,
        "ana_home": _address(ana, "1 Valencia Street", "San Francisco", "CA", "94110"),
        "ana_brooklyn": _address(ana, "2 Court Street", "Brooklyn", "NY", "11201", is_default=False),
        "ben_home": _address(ben, "3 Prince Street", "New York", "NY", "10012"),
        "clara_home": _address(clara, "4 Everett Street", "Portland", "OR", "97209"),
        "dora_home": _address(dora, "5 Ocean Drive", "Miami Beach", "FL", "33139"),
        "ana_card": save_test_card(ana, now),
        "ben_card": save_test_card(ben, now),
    }


def _customer(
    first: str, last: str, now: datetime, status: CustomerStatus = CustomerStatus.ACTIVE
) -> Customer:
    email = f"{first}@example.com".lower()
    return Customer.objects.create(
        email=email,
        first_name=first,
        last_name=last,
        phone="+14155550100",
        birth_date=date(1975, 5, 17),
        status=status.value,
        status_reason="Asked us to pause" if status is CustomerStatus.SUSPENDED else "",
        marketing_consent_at=now - timedelta(days=400),
        adult_confirmed_at=now - timedelta(days=400),
        signed_up_at=now - timedelta(days=400),
        source="world",
        search_text=f"{first} {last} {email} +1 415 555 0100".lower(),
    )


def _address(
    customer: Customer, line1: str, city: str, state: str, postal_code: str, *, is_default: bool = True
) -> Address:
    return Address.objects.create(
        customer=customer,
        recipient=customer.name,
        line1=line1,
        city=city,
        state=state,
        postal_code=postal_code,
        phone=customer.phone,
        birth_date=customer.birth_date,
        is_default=is_default,
    )


def save_test_card(
    customer: Customer,
    now: datetime,
    *,
    behaviour: Behaviour = Behaviour.SUCCEEDS,
    last4: str = "4242",
    is_default: bool = True,
) -> PaymentMethod:
    """A saved card that the test gateway knows too; ``behaviour`` says what becomes of its charges."""
    token = f"card_{customer.first_name.lower()}_{last4}"
    facts: dict[str, Any] = {"brand": "Visa", "last4": last4, "exp_month": 12, "exp_year": now.year + 3}
    TestCard.objects.create(
        token=token,
        idempotency_key=f"world-{token}",
        fingerprint=token,
        customer_reference=customer.reference,
        behaviour=behaviour.value,
        saved_at=now - timedelta(days=30),
        **facts,
    )
    if is_default:
        PaymentMethod.objects.filter(customer=customer, is_default=True).update(is_default=False)
    return PaymentMethod.objects.create(
        customer=customer,
        gateway="test",
        token=token,
        is_default=is_default,
        saved_at=now - timedelta(days=30),
        **facts,
    )


def _build_wines(now: datetime) -> dict[str, Any]:
    cabernet = _vintage("Estate Cabernet Sauvignon", "Cabernet Sauvignon", "red", 2023)
    chardonnay = _vintage("Ridge Chardonnay", "Chardonnay", "white", 2024)
    syrah = _vintage("Old Road Syrah", "Syrah", "red", 2023)
    return {
        "cabernet": _sku("CAB23", cabernet, 120_00, on_hand=100, now=now),
        "magnum": _sku("CAB23-MAG", cabernet, 260_00, millilitres=1500, on_hand=6, now=now),
        "chardonnay": _sku("CHA24", chardonnay, 65_00, on_hand=60, now=now),
        "syrah_pack": _sku("SYR23-3", syrah, 210_00, units=3, on_hand=10, now=now),
    }


def _vintage(name: str, variety: str, colour: str, year: int) -> Vintage:
    wine = Wine.objects.create(name=name, variety=variety, appellation="Sonoma Mountain", colour=colour)
    return Vintage.objects.create(wine=wine, year=year, note=f"{variety} from the upper blocks.")


def _sku(
    code: str,
    vintage: Vintage,
    price_minor: int,
    *,
    millilitres: int = 750,
    units: int = 1,
    on_hand: int,
    now: datetime,
) -> Sku:
    sku = Sku.objects.create(
        code=code,
        vintage=vintage,
        name=str(vintage),
        millilitres=millilitres,
        units=units,
        price_minor=price_minor,
    )
    stock = Stock.objects.create(sku=sku, on_hand=on_hand)
    Movement.objects.create(
        stock=stock,
        at=now - timedelta(days=30),
        quantity=on_hand,
        reason=MovementReason.OPENING.value,
        actor_label="Tirage",
    )
    return sku


def _build_release(now: datetime, groups: dict[str, Group], skus: dict[str, Sku]) -> dict[str, Any]:
    release = Release.objects.create(name="Autumn 2026", made_at=now - timedelta(days=10))
    premier = _offer(release, groups["premier"], now)
    estate = _offer(release, groups["estate"], now)
    welcome = _offer(release, groups["welcome"], now, bottles_minimum=6, bottles_maximum=12)
    _items(
        premier,
        skus,
        cabernet=(6, 6, 3, 1),
        magnum=(2, 2, 0, 1),
        chardonnay=(12, 6, 6, 3),
        syrah_pack=(2, 0, 0, 1),
    )
    _items(estate, skus, cabernet=(3, 6, 0, 1), magnum=(1, 1, 0, 1), chardonnay=(6, 6, 0, 1))
    _items(welcome, skus, chardonnay=(12, 0, 6, 1), syrah_pack=(4, 0, 0, 1))
    return {
        "release": release,
        "premier_offer": premier,
        "estate_offer": estate,
        "welcome_offer": welcome,
    }


def _offer(
    release: Release,
    group: Group,
    now: datetime,
    *,
    bottles_minimum: int = 0,
    bottles_maximum: int | None = None,
) -> Offer:
    return Offer.objects.create(
        release=release,
        group=group,
        is_active=True,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=7),
        title="Your autumn allocation",
        message="The 2023 reds are in bottle.",
        confirmation_message="Thank you. We ship when the days are cool.",
        bottles_minimum=bottles_minimum,
        bottles_maximum=bottles_maximum,
    )


def _items(offer: Offer, skus: dict[str, Sku], **limits: tuple[int, int, int, int]) -> None:
    """Each limit is (purchase maximum, wish maximum, default quantity, multiple)."""
    OfferItem.objects.bulk_create(
        OfferItem(
            offer=offer,
            sku=skus[name],
            position=position,
            purchase_maximum=maximum,
            wish_maximum=wish_maximum,
            default_quantity=default,
            multiple=multiple,
        )
        for position, (name, (maximum, wish_maximum, default, multiple)) in enumerate(limits.items())
    )


def _build_delivery() -> dict[str, Any]:
    west, east = Zone.objects.create(name="West"), Zone.objects.create(name="East")
    TaxSetup.objects.create(pk=1, revision=f"world {secrets.token_hex(8)}")
    california = _destination("CA", "California", west, tax_rate_ppm=72_500)
    places: dict[str, Any] = {
        "west": west,
        "east": east,
        "california": california,
        "oregon": _destination("OR", "Oregon", west),
        "new_york": _destination("NY", "New York", east, tax_rate_ppm=80_000, taxes_shipping=True),
        "florida": _destination("FL", "Florida", east, tax_rate_ppm=60_000),
        "utah": _destination("UT", "Utah", None, is_open=False),
    }
    return places | _build_methods(west, east, california)


def _destination(
    state: str,
    name: str,
    zone: Zone | None,
    *,
    is_open: bool = True,
    tax_rate_ppm: int = 0,
    taxes_shipping: bool = False,
) -> Destination:
    if tax_rate_ppm:
        TaxRate.objects.create(
            country="US",
            state=state,
            name=name,
            rate_ppm=tax_rate_ppm,
            on_shipping=taxes_shipping,
            elsewhere=True,
            checked_on=read_clock().date(),
        )
    return Destination.objects.create(country="US", state=state, name=name, zone=zone, is_open=is_open)


def _build_methods(west: Zone, east: Zone, california: Destination) -> dict[str, Any]:
    ground = Method.objects.create(name="Ground", qualifies_for_free_shipping=True, position=1)
    overnight = Method.objects.create(name="Overnight", position=2)
    pickup = Method.objects.create(
        name="Pick up at the winery", kind=MethodKind.PICKUP.value, handover=california, position=3
    )
    van = Method.objects.create(name="Winery van", visibility=Visibility.STAFF.value, position=4)
    _rates(ground, west, 18_00, 24_00, 36_00)
    _rates(ground, east, 28_00, 36_00, 52_00)
    _rates(overnight, west, 45_00, 65_00, 98_00)
    _rates(overnight, east, 65_00, 90_00, 140_00)
    _rates(van, west, 10_00, 10_00, 10_00)
    return {"ground": ground, "overnight": overnight, "pickup": pickup, "van": van}


def _rates(method: Method, zone: Zone, three: int, six: int, twelve: int) -> None:
    """Prices in cents for up to 3, 6 and 12 bottle equivalents."""
    table, _ = RateTable.objects.get_or_create(method=method)
    Rate.objects.bulk_create(
        Rate(table=table, zone=zone, up_to_milli=bottles * 1000, price_minor=price)
        for bottles, price in ((3, three), (6, six), (12, twelve))
    )
