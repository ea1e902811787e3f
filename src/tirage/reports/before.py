"""The release that a report is compared with: how far it was at the same moment of its life, and in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Min, Q

from tirage.core.sql import day_out
from tirage.core.winery import local_time
from tirage.offers.models import Offer, Release
from tirage.reports.rules import Sold, run_up
from tirage.reports.statements import Among, buyers_until, offered_bottles, sold_until

#: A release's life is drawn and told so many days long at most; what comes later counts to the last.
DAYS = 120


@dataclass(frozen=True, slots=True)
class Before:
    """Another release, as far as it was at the same moment of its life, and in the end."""

    release: Release
    curve: Sequence[Sold]
    then: Sold
    final: Sold
    offered: int
    buyers_then: int
    buyers: int

    @property
    def take_rate_then(self) -> Decimal | None:
        return Decimal(self.then.bottles) / self.offered if self.offered else None

    @property
    def take_rate(self) -> Decimal | None:
        return Decimal(self.final.bottles) / self.offered if self.offered else None


def begins_of(offer: Offer) -> datetime:
    """When it was first shown."""
    return max(offer.opens_at, offer.activated_at or offer.opens_at)


def previous_of(release: Release, opens_at: datetime) -> Release | None:
    """The release of its kind that opened before it."""
    shown = Q(is_active=True) | Q(deactivated_at__gt=F("opens_at"))
    earlier = (
        Offer.objects.filter(shown, group__is_test=False, release__kind=release.kind)
        .exclude(release=release)
        .values("release")
        .annotate(opened=Min("opens_at"))
        .filter(opened__lt=opens_at)
        .order_by("-opened", "-release")
        .values_list("release", flat=True)
    )
    return Release.objects.filter(pk__in=list(earlier[:1])).first()


def before_of(
    release: Release,
    opens_at: datetime,
    closes_at: datetime | None,
    against: Release | None,
    now: datetime,
    among: Among = None,
) -> Before | None:
    other = against or previous_of(release, opens_at)
    if other is None:
        return None
    offers = [
        offer
        for offer in Offer.objects.filter(release=other, group__is_test=False)
        if offer.is_active or (offer.deactivated_at and offer.deactivated_at > offer.opens_at)
    ]
    if not offers:
        return None
    began = min(begins_of(offer) for offer in offers)
    until = began + max(min(now, closes_at or now) - opens_at, timedelta(0))
    if closes_at and now >= closes_at:
        # What is over is compared with what was over.
        until = max(until, *(offer.closes_at for offer in offers))
    rows = sold_until(other.pk, until, now, among)
    by_day = {
        day: Sold(int(row["bottles"]), int(row["minor"])) for row in rows if (day := day_out(row["day"]))
    }
    first = local_time(began).date()
    last = max([min(max(offer.closes_at for offer in offers), now).date(), *by_day])
    curve = run_up(by_day, first, min(last, first + timedelta(days=DAYS - 1))) if last >= first else []
    buyers = buyers_until(other.pk, until, now, among)
    known = {offer.pk for offer in offers}
    return Before(
        release=other,
        curve=curve,
        then=Sold(
            sum(int(row["bottles_until"]) for row in rows), sum(int(row["minor_until"]) for row in rows)
        ),
        final=Sold(sum(int(row["bottles"]) for row in rows), sum(int(row["minor"]) for row in rows)),
        offered=sum(
            int(row["bottles"]) for row in offered_bottles(other.pk, now, among) if row["offer_id"] in known
        ),
        buyers_then=int(buyers.get("bought_until", 0)),
        buyers=int(buyers.get("bought", 0)),
    )
