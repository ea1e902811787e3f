"""What a release en primeur begins with, before the winery makes it its own."""

from __future__ import annotations

from datetime import datetime

from tirage.core.winery import current_winery
from tirage.offers.models import Campaign, Release
from tirage.offers.plans import digest_of


def first_terms() -> str:
    """What the terms begin with, for the winery to make its own."""
    winery = current_winery()
    return (
        f"You buy wine of {winery.name} before it is bottled. The price is for the wine in bond at the winery. It does "
        "not include delivery, customs, duty, VAT or sales tax: those are asked for when the wine is released, by the "
        "rates of that day and the place it goes to.\n\n"
        "The wine is yours once it is paid for. If the vintage yields fewer bottles than were sold, we tell you and "
        "give back what you paid for the bottles that are missing.\n\n"
        "Days of bottling and release are estimates. We tell you when they move."
    )


def begin_campaign(release: Release, *, now: datetime) -> Campaign:
    """A release en primeur has its campaign from the start: paid at once, by our first terms."""
    terms = first_terms()
    return Campaign.objects.get_or_create(
        release=release, defaults={"terms": terms, "terms_digest": digest_of(terms), "changed_at": now}
    )[0]
