"""What another time zone or currency means for windows and prices that are set already, said before it is saved."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.bounds import is_meant, on_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.delivery.models import Rate
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order
from tirage.parts.wording import say_moment
from tirage.payments.models import CreditEntry, Payment


class Windows(StrEnum):
    """What stays of windows that are still to open or to close."""

    MOMENTS = "moments"
    CLOCK = "clock"


def windows_ahead(now: datetime) -> list[Offer]:
    """Offers of which something is still to come, the next to open first."""
    return list(Offer.objects.filter(closes_at__gt=now).select_related("group").order_by("opens_at", "pk"))


def say_window(offer: Offer, zone: str, windows: Windows, old_zone: str) -> str:
    """``Premier opens Tue, Oct 6, 2026, 12:00 PM PDT and closes …``: on the clock of ``zone``."""
    locale = current_winery().locale
    opens, closes = (
        say_moment(_moved(moment, windows, old_zone, zone), zone, locale, year=True)
        for moment in (offer.opens_at, offer.closes_at)
    )
    return f"{offer.group.name} opens {opens} and closes {closes}"


def _moved(moment: datetime, windows: Windows, old_zone: str, zone: str) -> datetime:
    """As a moment in UTC: of a clock's time that the new zone skips, the moment at which its clock has gone on."""
    if windows is Windows.MOMENTS or not is_meant(moment):
        return moment
    clock = on_clock(moment, ZoneInfo(old_zone)).replace(tzinfo=None, fold=0)
    return clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def move_windows(*, old_zone: str, zone: str, now: datetime) -> int:
    """Keeps the clock's times of what is still to come; how many offers were moved. Inside the caller's transaction.

    Raises DomainError ``settings_invalid`` where a window would begin or end in the past or before it begins.
    """
    offers = windows_ahead(now)
    for offer in offers:
        opens, closes = offer.opens_at, _moved(offer.closes_at, Windows.CLOCK, old_zone, zone)
        if opens > now:
            opens = _moved(opens, Windows.CLOCK, old_zone, zone)
        if opens >= closes or closes <= now or (offer.opens_at > now and opens <= now):
            words = f"{offer.group.name}: its window would have begun or ended already. Change it first."
            raise DomainError("settings_invalid", words, {"windows": words})
        Offer.objects.filter(pk=offer.pk).update(opens_at=opens, closes_at=closes)
    return len(offers)


def why_currency_stays(currency: str) -> str:
    """What stands in the way of another currency, in words; empty when only prices do."""
    there = [
        words
        for words, rows in (
            ("orders", Order.objects.all()),
            ("payments", Payment.objects.all()),
            ("store credit", CreditEntry.objects.all()),
            ("customers' totals", Customer.objects.exclude(lifetime_minor=0)),
        )
        if rows.exists()
    ]
    return f"There are {' and '.join(there[:2])} in {currency}, so the currency stays." if there else ""


def count_prices() -> int:
    """Prices that would be read in another currency: of wines, in offers, of delivery, least sums of offers."""
    return (
        Sku.objects.exclude(price_minor=0).count()
        + OfferItem.objects.filter(~Q(price_minor=F("sku__price_minor")), price_minor__isnull=False).count()
        + Rate.objects.exclude(price_minor=0).count()
        + Offer.objects.exclude(spend_minimum_minor=0).count()
    )


def say_price(currency: str, new: str) -> str:
    """``EUR: $120.00 becomes €120.00``: the first price, read in both."""
    minor = Sku.objects.exclude(price_minor=0).order_by("pk").values_list("price_minor", flat=True).first()
    if minor is None:
        return "the figures stay as they are"
    return f"{Money(minor, currency)} becomes {Money(minor, new)}"
