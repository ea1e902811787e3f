"""``{% load releasing %}``: how offers and groups are said."""

from __future__ import annotations

from datetime import datetime

from django import template

from tirage.core.winery import current_winery
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus, offer_status
from tirage.parts.wording import say_percent

register = template.Library()

WORDS = {
    OfferStatus.OPEN: "Open",
    OfferStatus.NOT_YET: "Upcoming",
    OfferStatus.CLOSED: "Closed",
    OfferStatus.NONE: "Draft",
}


@register.filter
def basis_points(value: int) -> str:
    """``12.5%`` for 1250."""
    return say_percent(value / 10_000, current_winery().locale)


@register.filter
def status_at(offer: Offer, now: datetime) -> str:
    """What the clock says of an offer: open, not_yet, closed or none."""
    return offer_status(
        is_active=offer.is_active, opens_at=offer.opens_at, closes_at=offer.closes_at, now=now
    ).value


@register.filter
def status_words(status: str) -> str:
    """``Upcoming`` for not_yet."""
    return WORDS[OfferStatus(status)]
