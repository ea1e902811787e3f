"""Which orders still have open wishes beside them: granted later they would miss the parcel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from tirage.fulfilment.states import Hindrance
from tirage.orders.models import Order
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState

_OPEN = Wish.objects.filter(state=WishState.OPEN.value, asked__gt=F("granted"))


def with_open_wishes(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of the orders whose customer has an open wish in the same release."""
    beside = _OPEN.filter(customer=OuterRef("customer"), offer_item__offer__release=OuterRef("release"))
    return orders.filter(Exists(beside))


def leave_wishing(*, order_ids: Sequence[int], waits_for_wishes: bool, found: Any, **_: object) -> None:
    """Reaction to orders that are about to be packed: those with open wishes stay out, where the team wants it so."""
    if waits_for_wishes:
        wishing = with_open_wishes(Order.objects.filter(pk__in=order_ids))
        found.add(wishing.values_list("pk", flat=True), Hindrance.WISHING)


def open_wishes_beside(order: Order) -> list[Wish]:
    """The open wishes of the order's customer in its release, the oldest first; one statement."""
    if order.release_id is None:
        return []
    wishes = _OPEN.filter(customer_id=order.customer_id, offer_item__offer__release_id=order.release_id)
    return list(wishes.select_related("offer_item__sku").order_by("made_at", "id"))
