"""What a customer wished for beside an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tirage.catalog.rules import full_title
from tirage.core.sql import moment_out
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.storefront.offer.wines import decision_words
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState


@dataclass(frozen=True, slots=True)
class WishesBeside:
    """Open wishes of the order's offer, each in words, and when they are decided."""

    wines: list[str]
    decision: str


def wishes_beside(order: Order, now: datetime) -> WishesBeside | None:
    """What of the order's offer its customer still wishes for; one statement, none without an offer."""
    if order.offer is None or order.release is None:
        return None
    state = WishState.TEST if order.is_test else WishState.OPEN
    open_ones = Wish.objects.filter(
        customer_id=order.customer_id, offer_item__offer=order.offer_id, state=state.value
    )
    found = open_ones.select_related("offer_item__sku").order_by("offer_item__position", "id")
    wines = [f"{wish.asked - wish.granted} × {_title(wish)}" for wish in found]
    closes_at = moment_out(order.offer.closes_at)
    if not wines or closes_at is None:
        return None
    decided_on = order.release.wishes_decided_on
    return WishesBeside(wines, decision_words(decided_on, closes_at, current_winery(), now))


def _title(wish: Wish) -> str:
    sku = wish.offer_item.sku
    return full_title(sku.name, sku.format_name)
