"""What granting a wish will need: a card that can be charged, and an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from tirage.core.money import Money
from tirage.customers.models import Address
from tirage.payments.queries import good_cards
from tirage.wishes.models import Wish


@dataclass(frozen=True, slots=True)
class Lacks:
    """What a customer has to give before a promise can be granted."""

    card: bool
    address: bool

    def __bool__(self) -> bool:
        return self.card or self.address


def what_lacks(customer_id: int, now: datetime) -> Lacks:
    """What the customer's promises wait for; two statements."""
    addresses = Address.objects.filter(customer_id=customer_id, removed_at__isnull=True)
    cards = good_cards(now).filter(customer_id=customer_id)
    return Lacks(card=not cards.exists(), address=not addresses.exists())


def with_ways(wishes: QuerySet[Wish], now: datetime) -> Any:
    """The wishes, each with ``has_card`` and ``has_address`` of its customer."""
    mine = {"customer_id": OuterRef("customer_id")}
    addresses = Address.objects.filter(**mine, removed_at__isnull=True)
    return wishes.annotate(has_card=Exists(good_cards(now).filter(**mine)), has_address=Exists(addresses))


def wish_price(wish: Wish, currency: str) -> Money:
    """What a piece cost when the wish was made; of wishes from before that was kept, what it costs now."""
    item = wish.offer_item
    now = item.sku.price_minor if item.price_minor is None else item.price_minor
    return Money(now if wish.price_minor is None else wish.price_minor, currency)
