"""Orders by how near they are to leaving: for the list's filter and the packing room's board."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from tirage.fulfilment.operations.pickups import lying_ready
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.queries import with_authorised

LEAVING = (
    ("ready", "To pack"),
    ("packed", "In a batch"),
    ("pickup", "Ready for pickup"),
    ("under_way", "On its way"),
)
#: Parcels are looked after for so long once they left.
UNDER_WAY = timedelta(days=10)


def leaving(orders: QuerySet[Order], which: str, now: datetime) -> QuerySet[Order]:
    """Those of the orders that are that far; ``which`` is one of ``LEAVING``."""
    if which == "packed":
        return orders.filter(~Q(packed_in=""))
    if which == "pickup":
        return orders.filter(pk__in=lying_ready().values("order"))
    if which == "under_way":
        left = orders.filter(state=OrderState.SHIPPED.value, shipped_at__gte=now - UNDER_WAY)
        return left.exclude(tracking="")
    return _ready(orders, now)


def _ready(orders: QuerySet[Order], now: datetime) -> QuerySet[Order]:
    """Nothing stands against them but a law, a wish or a later day, which are told when they are chosen."""
    free = orders.filter(state=OrderState.PLACED.value, awaits_compliance=False, packed_in="")
    settled = Order.objects.filter(settlements__state="settled").values("pk")
    en_primeur = Q(release__kind=ReleaseKind.EN_PRIMEUR.value) & ~Q(pk__in=settled)
    return with_authorised(free.exclude(en_primeur), now).filter(balance_minor__lte=F("authorised"))
