"""A campaign en primeur in the small world: a Cabernet in barrel, one lot of it, an offer to Estate, Ben who buys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.rooms.checkout.journey import customer_actor, hold
from tests.world import World
from tirage.catalog.models import Sku, Vintage
from tirage.checkout.operations import Placing, place_order
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.customers.models import Customer
from tirage.futures.lots import LotValues, save_lot
from tirage.futures.models import Lot
from tirage.offers.models import Campaign, Offer, OfferItem, Release
from tirage.offers.operations import CampaignValues, save_campaign, save_release
from tirage.offers.states import PlanKind, ReleaseKind
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

CODE = "CAB25"


@dataclass(frozen=True, slots=True)
class Futures:
    world: World
    release: Release
    offer: Offer
    sku: Sku
    lot: Lot

    @property
    def campaign(self) -> Campaign:
        return Campaign.objects.get(release=self.release)


def begin(world: World, *, expected: int = 60, maximum: int = 24) -> Futures:
    """The release is open to Estate, and closes before the world's own."""
    vintage = Vintage.objects.create(wine=world.cabernet.vintage.wine, year=2025, alcohol_percent="14.5")
    sku = Sku.objects.create(code=CODE, vintage=vintage, name="Cabernet Sauvignon 2025", price_minor=100_00)
    lot = save_lot(lot=None, sku=sku, values=lot_values(expected), actor=world.staff, now=world.now)
    release = save_release(
        release=None,
        name="En primeur 2025",
        kind=ReleaseKind.EN_PRIMEUR.value,
        actor=world.staff,
        now=world.now,
    )
    offer = Offer.objects.create(
        release=release,
        group=world.estate,
        is_active=True,
        activated_at=world.now - timedelta(hours=1),
        opens_at=world.now - timedelta(hours=1),
        closes_at=world.now + timedelta(days=3),
        title="The 2025s, from the barrel",
    )
    OfferItem.objects.create(offer=offer, sku=sku, purchase_maximum=maximum, wish_maximum=12)
    return Futures(world, release, offer, sku, lot)


def lot_values(expected: int = 60, **changes: Any) -> LotValues:
    facts: dict[str, Any] = {
        "name": "Barrels 1 to 4",
        "lowest": expected * 9 // 10,
        "expected": expected,
        "highest": expected * 11 // 10,
        "window_from": date(2028, 9, 1),
        "window_until": date(2029, 3, 31),
        "bottling_on": date(2027, 6, 15),
    }
    return LotValues(**facts | changes)


def plan(futures: Futures, kind: PlanKind = PlanKind.INSTALMENTS, **changes: Any) -> None:
    """30 % now, 30 % in March, the rest in September; or the rest at release."""
    values: dict[str, Any] = {"terms": futures.campaign.terms, "plan": kind, "deposit_bp": 3000}
    if kind is PlanKind.INSTALMENTS:
        values["instalments"] = ((date(2027, 3, 1), 3000), (date(2027, 9, 1), 4000))
    save_campaign(
        release=futures.release,
        values=CampaignValues(**values | changes),
        actor=futures.world.staff,
        now=futures.world.now,
    )


def form_of(futures: Futures, customer: Customer, now: datetime, **changes: Any) -> dict[str, Any]:
    """What the checkout form sends: no address and no way, the terms as they stand."""
    page = load_offer_page(customer, now)
    assert page.cart is not None
    quote = quote_checkout(page, country="", state="")
    card = PaymentMethod.objects.filter(customer=customer, removed_at=None).first()
    return {
        "customer": customer,
        "attempt": page.cart.attempt,
        "address_reference": "",
        "method_reference": "",
        "card_reference": card.reference if card else "",
        "expected_total_minor": quote.due_now.minor,
        "adult_confirmed": True,
        "terms_digest": futures.campaign.terms_digest,
        "actor": customer_actor(customer),
        "now": now,
        **changes,
    }


def buy(futures: Futures, customer: Customer, pieces: int, **changes: Any) -> Placing:
    hold(customer, {CODE: pieces}, futures.world.now)
    return place_order(**form_of(futures, customer, futures.world.now, **changes))


def order_of(placing: Placing) -> Order:
    return Order.objects.get(reference=placing.order_reference)
