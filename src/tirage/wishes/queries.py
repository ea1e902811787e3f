"""What granting a wish will need: a card that can be charged, and an address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tirage.core.money import Money
from tirage.customers.models import Address
from tirage.offers.states import WishKind
from tirage.payments.queries import good_cards
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState


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


#: A card that is good for no longer may have expired when the wish is granted.
SOON = timedelta(days=60)


class Need(StrEnum):
    """What an open promise waits for before it can be granted."""

    CARD = "card"
    #: There is one, and it expires soon.
    LASTING_CARD = "expires"
    ADDRESS = "address"


def _ways(now: datetime) -> dict[str, Exists]:
    """Of a wish's customer: a card that can be charged, one that can be for a while yet, an address."""
    mine = {"customer_id": OuterRef("customer_id")}
    return {
        "has_card": Exists(good_cards(now).filter(**mine)),
        "has_lasting_card": Exists(good_cards(now + SOON).filter(**mine)),
        "has_address": Exists(Address.objects.filter(**mine, removed_at__isnull=True)),
    }


def with_ways(wishes: QuerySet[Wish], now: datetime) -> Any:
    """The wishes, each with ``has_card``, ``has_lasting_card`` and ``has_address`` of its customer."""
    return wishes.annotate(**_ways(now))


def lacking(wishes: QuerySet[Wish], needs: Collection[Need], now: datetime) -> QuerySet[Wish]:
    """The open promises that wait for any of ``needs``."""
    found = {
        Need.CARD: Q(has_card=False),
        Need.LASTING_CARD: Q(has_card=True, has_lasting_card=False),
        Need.ADDRESS: Q(has_address=False),
    }
    any_of = reduce(or_, [found[need] for need in needs])
    promises = wishes.filter(kind=WishKind.PROMISE.value, state=WishState.OPEN.value)
    return promises.alias(**_ways(now)).filter(any_of)


def wish_price(wish: Wish, currency: str) -> Money:
    """What a piece cost when the wish was made; of wishes from before that was kept, what it costs now."""
    item = wish.offer_item
    now = item.sku.price_minor if item.price_minor is None else item.price_minor
    return Money(now if wish.price_minor is None else wish.price_minor, currency)
