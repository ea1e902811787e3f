"""What offers promise of each wine, all of them together, against what there is of it.

Offers of one release draw on the same bottles, and so do those of other releases that are open: each alone may find
enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from tirage.catalog.models import Sku
from tirage.customers.models import Membership
from tirage.customers.states import CustomerStatus
from tirage.inventory.queries import NO_STOCK, StockFigures, stock_figures
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release

#: Pieces bought already, by offer and sku; what nobody says counts as not bought.
Bought = Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class WinePromise:
    """One wine in pieces: ``there`` is on hand and not sold; ``release`` what the release's offers may still have to
    give, ``elsewhere`` the same of active offers in other releases.
    """

    sku: Sku
    there: int
    release: int
    elsewhere: int

    @property
    def promised(self) -> int:
        return self.release + self.elsewhere

    @property
    def short(self) -> int:
        """How many more are promised than there are."""
        return max(self.promised - self.there, 0)

    @property
    def words(self) -> str:
        """The two numbers and where the promises are, such as "540 available, 870 promised by all offers (62%)."."""
        there = f"{self.there:,} available" if self.there > 0 else "none available"
        text = f"{self.sku}: {there}, {self.promised:,} promised by all offers together"
        if self.there > 0:
            text += f" ({self.there / self.promised:.0%})"
        return text + (f", {self.elsewhere:,} of them in other releases." if self.elsewhere else ".")


def wine_promises(
    release: Release, now: datetime, *, offer: Offer | None = None, bought: Bought | None = None
) -> list[WinePromise]:
    """Each wine of the release (or of its ``offer``) in the order of its offers; four statements.

    All offers of the release count, drafts too, unless their window is over; of other releases those that are active.
    What is bought already is promised no more.
    """
    wines = OfferItem.objects.filter(offer__release=release) if offer is None else offer.items
    timely = Q(offer__closes_at__gt=now) | Q(offer=offer) if offer else Q(offer__closes_at__gt=now)
    items = list(
        OfferItem.objects.filter(Q(offer__release=release) | Q(offer__is_active=True))
        .filter(timely, sku__in=wines.values("sku"))
        .select_related("offer", "sku")
        .order_by("position", "offer__group__rank", "id")
    )
    promised = promised_pieces(items)
    here: dict[int, int] = defaultdict(int)
    elsewhere: dict[int, int] = defaultdict(int)
    for item in items:
        still = max(promised[item.pk] - (bought or {}).get((item.offer_id, item.sku_id), 0), 0)
        (here if item.offer.release_id == release.pk else elsewhere)[item.sku_id] += still
    skus = {item.sku_id: item.sku for item in items if item.offer.release_id == release.pk}
    figures = stock_figures(list(skus), now)
    return [
        WinePromise(sku, _there(figures.get(pk, NO_STOCK)), here[pk], elsewhere[pk])
        for pk, sku in skus.items()
    ]


def selling_offers(release: Release, now: datetime) -> QuerySet[Offer]:
    """The offers that ``wine_promises`` of the release may count and that may have sold already."""
    return Offer.objects.filter(Q(release=release) | Q(is_active=True), opens_at__lte=now, closes_at__gt=now)


def promised_pieces(items: Sequence[OfferItem]) -> dict[int, int]:
    """The sum of what active members may take of each item, by its id, allowances of their own in place of the
    group's. The items' offers are loaded.
    """
    members = dict(
        Membership.objects.filter(
            group__in={item.offer.group_id for item in items}, customer__status=CustomerStatus.ACTIVE.value
        )
        .values_list("group")
        .annotate(members=Count("id"))
    )
    sums = {item.pk: item.purchase_maximum * members.get(item.offer.group_id, 0) for item in items}
    maximums = {item.pk: item.purchase_maximum for item in items}
    own = CustomAllowance.objects.filter(
        offer_item__in=list(sums),
        customer__status=CustomerStatus.ACTIVE.value,
        customer__memberships__group=F("offer_item__offer__group"),
    ).values_list("offer_item_id", "purchase_maximum")
    for item_id, maximum in own:
        sums[item_id] += maximum - maximums[item_id]
    return sums


def _there(figures: StockFigures) -> int:
    """On hand and not sold: what is held is held by carts, mostly of these same offers."""
    return figures.unsold
