"""The page of an offer that hasn't opened yet: its wines, if the winery shows them, and ways to be there in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tirage.checkout.operations.opening import can_be_reminded, is_reminded
from tirage.checkout.rules import ItemView, OfferFacts, OfferPage
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.calendar import Entry
from tirage.storefront.frame.calendar import address_of, uid_of
from tirage.storefront.offer.wines import item_name, label_url

#: How long before the opening a calendar says so.
_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class EarlyWine:
    """A wine that will be offered: what it costs, and how many may be taken."""

    name: str
    price: str
    limit: str
    label_url: str


def early_words(page: OfferPage, customer: Customer, now: datetime) -> dict[str, Any]:
    """What the page says besides the moment of opening; one statement."""
    if page.offer is None:
        return {}
    return {
        "early": [_wine(item) for item in page.items] if page.offer.shown_early else [],
        "has_plan": page.offer.has_plan,
        "is_reminded": is_reminded(customer, page.offer),
        "can_remind": can_be_reminded(page.offer, now),
        "zone": current_winery().time_zone,
    }


def opening_entry(offer: OfferFacts) -> Entry:
    """The opening, for the customer's own calendar."""
    url, winery = address_of("storefront:offer"), current_winery()
    title = f"{winery.name}: {offer.title or offer.release_name} opens"
    return Entry(uid_of(f"{offer.reference}-opens"), offer.opens_at, title, words=url, url=url, remind=_AHEAD)


def _wine(item: ItemView) -> EarlyWine:
    limit = f"up to {item.cap}" if item.cap else "by wish only"
    return EarlyWine(
        item_name(item),
        say_money(item.price, current_winery().locale),
        limit,
        label_url(item.label_digest),
    )
