"""Who has more already than a maximum that came down: bought, or in a cart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from tirage.checkout.models import CartLine
from tirage.core.texts import say_names
from tirage.offers.models import CustomAllowance, OfferItem
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT

_SAID = 6


def say_beyond(lowered: Sequence[tuple[OfferItem, int]], now: datetime) -> str:
    """Customers without an allowance of their own who have more of an item than it now allows, item by item; empty
    when nobody has. Three statements, however many items.
    """
    if not lowered:
        return ""
    items = {(item.offer_id, item.sku_id): item for item, _ in lowered}
    offers, skus = {place[0] for place in items}, {place[1] for place in items}
    have: dict[tuple[int, int, int], int] = defaultdict(int)
    for *place, pieces in (
        OrderLine.objects.filter(
            order__offer__in=offers, sku__in=skus, order__state__in=[state.value for state in BOUGHT]
        )
        .values_list("order__offer_id", "sku_id", "order__customer_id")
        .annotate(pieces=Sum("quantity"))
    ):
        have[place[0], place[1], place[2]] += pieces
    for *place, pieces in CartLine.objects.filter(
        offer_item__in=[item.pk for item in items.values()],
        cart__expires_at__gt=now,
        cart__pending_order__isnull=True,
    ).values_list("offer_item__offer_id", "offer_item__sku_id", "cart__customer_id", "quantity"):
        have[place[0], place[1], place[2]] += pieces
    own = set(
        CustomAllowance.objects.filter(offer_item__in=[item.pk for item in items.values()]).values_list(
            "offer_item__offer_id", "offer_item__sku_id", "customer_id"
        )
    )
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for (offer_id, sku_id, customer_id), pieces in have.items():
        item = items.get((offer_id, sku_id))
        if item and pieces > item.purchase_maximum and (offer_id, sku_id, customer_id) not in own:
            counts[offer_id, sku_id] += 1
    if not counts:
        return ""
    said = [
        f"{count:,} of {items[place].sku} ({items[place].offer.group.name}, now {items[place].purchase_maximum})"
        for place, count in list(counts.items())[:_SAID]
    ]
    if len(counts) > _SAID:
        said.append(f"{len(counts) - _SAID} more")
    return (
        f"Customers who have more already than the new maximum: {say_names(said)}. What is bought stays theirs; a cart "
        "is asked to come down before it is paid."
    )
