"""The releases that Home shows: every one that is open, the largest first, and their last hours.

An offer to a test group is no selling: it neither opens a release here nor closes one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncHour
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import axis_money
from tirage.backoffice.releases.figures import ReleaseFigures, figures_of
from tirage.catalog.models import Sku
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.inventory.queries import NO_STOCK, StockFigures, stock_figures
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import BOUGHT
from tirage.parts.charts import Bar, Part, bar_chart

HOURS = 24
_BOUGHT = [state.value for state in BOUGHT]


@dataclass(frozen=True, slots=True)
class LiveWine:
    """One wine of the release: sold in this release, held in carts now, left for anybody."""

    sku: Sku
    sold: int
    figures: StockFigures

    @property
    def parts(self) -> list[Part]:
        return [
            Part("sold", self.sold, "sold"),
            Part("in carts", self.figures.held, "held"),
            Part("left", self.figures.available, "left"),
        ]


@dataclass(frozen=True, slots=True)
class Hours:
    """Orders and money of the last hours, oldest first."""

    orders: list[Bar]
    money: list[Bar]


@dataclass(frozen=True, slots=True)
class Live:
    """``is_open`` is false for a release that is yet to open (``opens_at``) or has closed, ``is_active`` for one whose
    offers were all taken back. ``offered``: bottles.
    """

    release: Release
    is_active: bool
    is_open: bool
    opens_at: datetime
    closes_at: datetime
    orders: int
    customers: int
    bottles: int
    money: Money
    members: int
    offered: int
    take_rate: Decimal | None
    wines: list[LiveWine]


def live_releases(now: datetime) -> list[Live]:
    """Every open release, the one that offers most bottles first (then the one with more members); when none is open
    the next to open, else the last that closed, else the last that sold before its offers were taken back. Fourteen
    statements, however many are open.
    """
    selling = Offer.objects.filter(is_active=True, group__is_test=False)
    shown = selling.filter(opens_at__lte=now, closes_at__gt=now)
    offers = list(shown.select_related("release"))
    if not offers:
        ahead = selling.filter(opens_at__gt=now)
        if nearest := ahead.order_by("opens_at", "id").first():
            shown = ahead.filter(release=nearest.release_id)
        elif nearest := selling.order_by("-closes_at", "-id").first():
            shown = selling.filter(release=nearest.release_id)
        else:
            shown = Offer.objects.filter(group__is_test=False, release=_last_sold())
        offers = list(shown.select_related("release"))
    releases = list({offer.release_id: offer.release for offer in offers}.values())
    live = _live(figures_of(releases, now), offers, now)
    return sorted(live, key=lambda one: (-one.offered, -one.members, one.opens_at, one.release.pk))


def _last_sold() -> Release | None:
    """The release of the newest order: who has sold is no beginner, though nothing is active now."""
    sold = Order.objects.filter(release__isnull=False, state__in=_BOUGHT).exclude(offer__group__is_test=True)
    newest = sold.select_related("release").order_by("-made_at", "-id").first()
    return newest.release if newest else None


def releases_in_test(now: datetime) -> list[Offer]:
    """Offers that only a test group sees now."""
    return list(
        Offer.objects.filter(
            is_active=True, group__is_test=True, opens_at__lte=now, closes_at__gt=now
        ).select_related("release", "group")
    )


def _live(all_figures: Sequence[ReleaseFigures], shown: Sequence[Offer], now: datetime) -> list[Live]:
    releases = [figures.release for figures in all_figures]
    windows: dict[int, list[Offer]] = defaultdict(list)
    for offer in shown:
        windows[offer.release_id].append(offer)
    totals = {
        row["release"]: row
        for row in Order.objects.filter(release__in=releases, state__in=_BOUGHT)
        .values("release")
        .annotate(orders=Count("pk"), customers=Count("customer", distinct=True), money=Sum("owed_minor"))
    }
    wines = _wines(releases, shown, now)
    currency = current_winery().currency
    found = []
    for figures in all_figures:
        key = figures.release.pk
        sums = totals.get(key, {"orders": 0, "customers": 0, "money": 0})
        opens_at = min(offer.opens_at for offer in windows[key])
        closes_at = max(offer.closes_at for offer in windows[key])
        found.append(
            Live(
                release=figures.release,
                # The offers shown are all open, all ahead, all gone or all taken back.
                is_active=(is_active := windows[key][0].is_active),
                is_open=is_active and opens_at <= now < closes_at,
                opens_at=opens_at,
                closes_at=closes_at,
                orders=sums["orders"],
                customers=sums["customers"],
                bottles=sum(wine.sold * wine.sku.units for wine in wines[key]),
                money=Money(sums["money"] or 0, currency),
                members=figures.members,
                offered=figures.offered,
                take_rate=figures.take_rate,
                wines=wines[key],
            )
        )
    return found


def _wines(releases: Sequence[Release], shown: Sequence[Offer], now: datetime) -> dict[int, list[LiveWine]]:
    """The wines of the active and the shown offers of each release, by its id, in the order of the offers."""
    counted = Q(offer__is_active=True) | Q(offer__in=shown)
    items = OfferItem.objects.filter(counted, offer__release__in=releases)
    places = {
        (release_id, sku_id): place
        for release_id, sku_id, place in items.values_list("offer__release", "sku").annotate(
            place=Min("position")
        )
    }
    sold = {
        (release_id, sku_id): pieces
        for release_id, sku_id, pieces in OrderLine.objects.filter(
            order__release__in=releases, order__state__in=_BOUGHT
        )
        .values_list("order__release", "sku")
        .annotate(pieces=Sum("quantity"))
    }
    skus = Sku.objects.in_bulk({sku_id for _, sku_id in places})
    figures = stock_figures(list(skus), now)
    found: dict[int, list[LiveWine]] = {release.pk: [] for release in releases}
    for release_id, sku_id in sorted(places, key=lambda key: (places[key], skus[key[1]].code)):
        wine = LiveWine(skus[sku_id], sold.get((release_id, sku_id), 0), figures.get(sku_id, NO_STOCK))
        found[release_id].append(wine)
    return found


def last_hours(live: Sequence[Live], now: datetime) -> Hours:
    """The orders of all these releases together."""
    zone = ZoneInfo(current_winery().time_zone)
    last = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=HOURS - 1)
    rows = (
        Order.objects.filter(release__in=[one.release for one in live], state__in=_BOUGHT, made_at__gte=first)
        .annotate(hour=TruncHour("made_at", tzinfo=zone))
        .values_list("hour")
        .annotate(orders=Count("pk"), money=Sum("owed_minor"))
    )
    by_hour = {hour: (orders, money) for hour, orders, money in rows}
    hours = [first + timedelta(hours=at) for at in range(HOURS)]
    labels = [hour.astimezone(zone).strftime("%I %p").lstrip("0") for hour in hours]
    found = [by_hour.get(hour, (0, 0)) for hour in hours]
    return Hours(
        orders=[Bar(label, orders) for label, (orders, _) in zip(labels, found, strict=True)],
        money=[Bar(label, money) for label, (_, money) in zip(labels, found, strict=True)],
    )


def hour_charts(hours: Hours) -> list[SafeString]:
    """Money and orders by hour, as plots with their tables."""
    return [
        bar_chart(hours.money, title="Sales", unit="by hour", say=axis_money),
        bar_chart(hours.orders, title="Orders", unit="by hour"),
    ]
