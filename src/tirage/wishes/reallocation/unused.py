"""The unused bottles of a release as they are now: by wine, by group, and what of them can be given on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.rules import OfferStatus, offer_status
from tirage.wishes.reallocation.models import Gift, Reallocation, ReallocationLine
from tirage.wishes.reallocation.rules import Counted, add_up, to_give
from tirage.wishes.reallocation.statements import gifts_waiting, second_offers_of, unused_by_item
from tirage.wishes.reallocation.states import ReallocationKind


@dataclass(frozen=True, slots=True)
class Row:
    """One wine of one offer. ``status`` is the offer's, ``is_second`` says that it was made of unused bottles."""

    offer: Offer
    sku: Sku
    status: OfferStatus
    counted: Counted
    is_second: bool


@dataclass(frozen=True, slots=True)
class Wine:
    """One wine over all offers of the release, in pieces. ``free`` is on hand, not sold, not held.

    ``given`` was given on already, of which ``waiting`` may still be taken by those who have it now.
    """

    sku: Sku
    counted: Counted
    #: Of the first offers alone: what second offers leave isn't left over once more.
    first: Counted
    free: int
    given: int
    waiting: int
    #: Whether pieces that may still be taken count as left over, as if every window were over.
    as_if_over: bool = False

    @property
    def to_give(self) -> int:
        left = self.first.left if self.as_if_over else self.first.certain
        return to_give(
            left=left, beyond=self.first.beyond, given=self.given, free=self.free, waiting=self.waiting
        )


@dataclass(frozen=True, slots=True)
class Unused:
    """``rows`` in the order of groups and items, ``wines`` in the order of items."""

    release: Release
    rows: Sequence[Row]
    wines: Sequence[Wine]

    @property
    def to_give(self) -> dict[int, int]:
        """Pieces that can be given on, by sku id; wines without any are left out."""
        return {wine.sku.pk: wine.to_give for wine in self.wines if wine.to_give}

    @property
    def total(self) -> Counted:
        return add_up(wine.counted for wine in self.wines)

    def of_offer(self, offer_id: int) -> Counted:
        return add_up(row.counted for row in self.rows if row.offer.pk == offer_id)


def unused_of(release: Release, now: datetime, *, as_if_over: bool = False) -> Unused:
    """What the allowances of a release left; nine statements however many customers there are.

    Who counts: everybody who was offered something in their group, once (``statements``). Drafts don't count.
    """
    counted = _by_item(release.pk, now)
    offers = {
        offer.pk: offer
        for offer in release.offers.select_related("group").order_by("group__rank", "group__name", "pk")
    }
    places = [
        (item.offer_id, item.sku)
        for item in _items(release)
        if (item.offer_id, item.sku_id) in counted and item.offer_id in offers
    ]
    skus = {sku.pk: sku for _, sku in places}
    order = list(offers)
    seconds = set(
        Reallocation.offers.through.objects.filter(
            offer__in=list(offers), reallocation__undone_at=None
        ).values_list("offer_id", flat=True)
    )
    rows = [
        Row(
            offers[offer_id],
            sku,
            _status(offers[offer_id], now),
            counted[offer_id, sku.pk],
            offer_id in seconds,
        )
        for offer_id, sku in sorted(places, key=lambda place: order.index(place[0]))
    ]
    stock = stock_figures(list(skus), now)
    given, waiting = given_on(release, list(skus), now)
    wines = [
        Wine(
            sku,
            add_up(row.counted for row in rows if row.sku.pk == key),
            add_up(row.counted for row in rows if row.sku.pk == key and not row.is_second),
            max(stock.get(key, NO_STOCK).available, 0),
            given.get(key, 0),
            waiting.get(key, 0),
            as_if_over,
        )
        for key, sku in skus.items()
    ]
    return Unused(release, rows, wines)


def _items(release: Release) -> QuerySet[OfferItem]:
    return OfferItem.objects.filter(offer__release=release).select_related("sku").order_by("position", "id")


def _status(offer: Offer, now: datetime) -> OfferStatus:
    status = offer_status(
        is_active=offer.is_active, opens_at=offer.opens_at, closes_at=offer.closes_at, now=now
    )
    # It was shown, or it wouldn't be counted: who deactivates an offer ends it.
    return OfferStatus.CLOSED if status is OfferStatus.NONE else status


def _by_item(release_id: int, now: datetime) -> dict[tuple[int, int], Counted]:
    found: dict[tuple[int, int], Counted] = defaultdict(Counted)
    for row in unused_by_item(release_id, now):
        still = bool(row["goes_on"])
        found[row["offer_id"], row["sku_id"]] += Counted(
            people=int(row["people"]),
            entitled=int(row["entitled"]),
            taken=int(row["taken"]),
            beyond=int(row["beyond"]),
            held=int(row["held"]),
            certain=0 if still else int(row["unused"]),
            open=int(row["unused"]) if still else 0,
            people_left=int(row["people_left"]),
        )
    return dict(found)


def live_of(release: Release) -> list[Reallocation]:
    """What was done with the release's unused bottles and holds still, the newest first."""
    return list(
        Reallocation.objects.filter(release=release, undone_at=None)
        .prefetch_related("lines__sku", "offers__release", "offers__group")
        .order_by("-pk")
    )


def given_on(
    release: Release, sku_ids: Sequence[int], now: datetime
) -> tuple[dict[int, int], dict[int, int]]:
    """Pieces by sku id that were given on, and those of them that wait for somebody to take them; four statements.

    Of a second offer that is over only what was bought there stays given on. Own allowances that nobody used come
    back as left over of the release that they were given in.
    """
    given: dict[int, int] = defaultdict(int)
    for sku_id, pieces in (
        ReallocationLine.objects.filter(reallocation__release=release, reallocation__undone_at=None)
        .exclude(reallocation__kind=ReallocationKind.SECOND_OFFER.value)
        .values_list("sku_id")
        .annotate(sum=Sum("pieces"))
    ):
        given[sku_id] += pieces
    for sku_id, pieces in (
        Gift.objects.filter(reallocation__release=release, taken_back_at=None)
        .values_list("offer_item__sku")
        .annotate(sum=Sum("pieces"))
    ):
        given[sku_id] += pieces
    waiting: dict[int, int] = defaultdict(int, gifts_waiting(sku_ids, now))
    for row in second_offers_of(release.pk, now):
        goes_on, pieces = row["goes_on"], row["pieces"]
        given[row["sku_id"]] += pieces if goes_on else min(int(row["bought"]), pieces)
        waiting[row["sku_id"]] += max(pieces - int(row["used"]), 0) if goes_on else 0
    return dict(given), dict(waiting)
