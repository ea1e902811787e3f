"""How far releases have come: bottles offered, bottles bought, take rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from tirage.core.fields import product
from tirage.customers.states import CustomerStatus
from tirage.offers.audience import audiences
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.rules import OfferStatus, offer_status
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT

#: A release is what its most advanced offer is.
STATUS_ORDER = (OfferStatus.OPEN, OfferStatus.NOT_YET, OfferStatus.CLOSED, OfferStatus.NONE)


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """One offer in numbers. ``members`` are those of its time and ``offered`` what they might take, in bottles: see
    ``tirage.offers.audience``.
    """

    offer: Offer
    status: OfferStatus
    items: int
    members: int
    offered: int
    bought: int

    @property
    def take_rate(self) -> Decimal | None:
        """Bottles bought ÷ bottles offered; None when nothing was offered."""
        return Decimal(self.bought) / self.offered if self.offered else None


@dataclass(frozen=True, slots=True)
class ReleaseFigures:
    release: Release
    offers: list[OfferFigures]

    @property
    def status(self) -> OfferStatus:
        found = {offer.status for offer in self.offers}
        return next((status for status in STATUS_ORDER if status in found), OfferStatus.NONE)

    @property
    def opens_at(self) -> datetime | None:
        return min((figures.offer.opens_at for figures in self.offers), default=None)

    @property
    def closes_at(self) -> datetime | None:
        return max((figures.offer.closes_at for figures in self.offers), default=None)

    @property
    def offered(self) -> int:
        return sum(figures.offered for figures in self.offers)

    @property
    def members(self) -> int:
        return sum(figures.members for figures in self.offers)

    @property
    def bought(self) -> int:
        return sum(figures.bought for figures in self.offers)

    @property
    def take_rate(self) -> Decimal | None:
        return Decimal(self.bought) / self.offered if self.offered else None


def figures_of(releases: Sequence[Release], now: datetime) -> list[ReleaseFigures]:
    """Figures of each release in the order given; ten statements at most."""
    offers = list(
        Offer.objects.filter(release__in=releases)
        .select_related("group")
        .order_by("group__rank", "group__name", "id")
    )
    made_to = audiences(offers, now)
    bought = _bought(offers)
    by_release: dict[int, list[OfferFigures]] = {release.pk: [] for release in releases}
    for offer in offers:
        audience = made_to[offer.pk]
        status = offer_status(
            is_active=offer.is_active, opens_at=offer.opens_at, closes_at=offer.closes_at, now=now
        )
        by_release[offer.release_id].append(
            OfferFigures(
                offer,
                status,
                audience.items,
                audience.members,
                audience.offered,
                bought.get(offer.pk, 0),
            )
        )
    return [ReleaseFigures(release, by_release[release.pk]) for release in releases]


def _bought(offers: Sequence[Offer]) -> dict[int, int]:
    """Bottles in orders, by offer id."""
    states = [state.value for state in BOUGHT]
    rows = (
        OrderLine.objects.filter(order__offer__in=offers, order__state__in=states)
        .values_list("order__offer_id")
        .annotate(bottles=Sum(product("quantity", "sku__units")))
    )
    return {offer_id: int(bottles or 0) for offer_id, bottles in rows}


def pieces_bought(offers: QuerySet[Offer]) -> dict[tuple[int, int], int]:
    """Pieces in orders of those who are promised something, by offer id and sku id; one statement.

    What somebody bought who was suspended or left the group since takes nothing off what the others may take, and
    neither does what somebody was sold beyond their own maximum.
    """
    lines = OrderLine.objects.filter(
        order__offer__in=offers,
        order__state__in=[state.value for state in BOUGHT],
        order__customer__status=CustomerStatus.ACTIVE.value,
        order__customer__memberships__group=F("order__offer__group"),
    )
    item = {"offer": OuterRef("order__offer"), "sku": OuterRef("sku")}
    own = CustomAllowance.objects.filter(
        offer_item__offer=item["offer"], offer_item__sku=item["sku"], customer=OuterRef("order__customer")
    )
    maximum = Coalesce(
        Subquery(own.values("purchase_maximum")[:1]),
        Subquery(OfferItem.objects.filter(**item).values("purchase_maximum")[:1]),
    )
    sums = lines.values("order__offer", "sku").annotate(pieces=Sum("quantity"))
    beyond = (
        lines.values("order__offer", "sku", "order__customer")
        .annotate(sold=Sum("quantity"), maximum=maximum)
        .filter(sold__gt=F("maximum"))
        .annotate(pieces=F("maximum") - F("sold"))
    )
    columns = ("order__offer", "sku", "pieces")
    found: dict[tuple[int, int], int] = defaultdict(int)
    for offer_id, sku_id, pieces in sums.values_list(*columns).union(beyond.values_list(*columns), all=True):
        found[offer_id, sku_id] += int(pieces or 0)
    return dict(found)
