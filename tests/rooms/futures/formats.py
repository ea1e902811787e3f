"""A lot in barrel that may be had in magnums, too, for tests that are about one step of it."""

from __future__ import annotations

from typing import Any

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures
from tirage.catalog.models import Sku
from tirage.changes.operations import Confirmed
from tirage.futures.formats.changing import Wish, change_format
from tirage.futures.formats.offering import family_of, millilitres_of, save_format
from tirage.futures.models import Lot
from tirage.offers.models import OfferItem
from tirage.orders.models import Order

MAGNUM = "CAB25-M"


def magnums(futures: Futures, *, supplement: int = 10_00, offered: bool = False, units: int = 1) -> Lot:
    """``offered``: customers may buy them at once, at $210."""
    sku = Sku.objects.create(
        code=MAGNUM,
        vintage=futures.sku.vintage,
        name=futures.sku.name,
        millilitres=1500,
        units=units,
        price_minor=210_00,
    )
    made = save_format(
        lot=futures.lot,
        sku=sku,
        supplement_minor=supplement,
        actor=futures.world.staff,
        now=futures.world.now,
    )
    if offered:
        OfferItem.objects.create(offer=futures.offer, sku=sku, position=1, purchase_maximum=24)
    return made


def choose(
    futures: Futures, order: Order, source: Lot, target: Lot, pieces: int, minor: int, **changes: Any
) -> Confirmed:
    card = order.customer.payment_methods.filter(removed_at=None).first()
    facts: dict[str, Any] = {
        "wish": Wish(order, source, target, pieces),
        "expected_minor": minor,
        "card_reference": card.reference if card else "",
        "actor": customer_actor(order.customer),
        "now": futures.world.now,
    }
    return change_format(**facts | changes)


def wine_of(lot: Lot) -> int:
    """Millilitres of all formats of a lot that are expected."""
    return sum(one.expected * millilitres_of(one.sku) for one in family_of(lot))
