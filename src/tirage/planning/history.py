"""Past releases as cells: to whom each wine was offered, what was taken of it, and whether it ran out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import F, Max, Min, Q, QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.inventory.models import Movement
from tirage.inventory.states import MovementReason
from tirage.offers.audience import ItemAudience, item_audiences
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.models import OrderLine
from tirage.orders.states import OrderState
from tirage.planning.forecast.cells import Cell, Taken
from tirage.planning.statements import taken_of_offers

#: How many past releases a forecast looks back on, the newest of them.
RELEASES_AT_MOST = 12
#: A wine of which no more than this share is left has run out.
_NEARLY_NONE = 0.05
_PLACED = [OrderState.PLACED.value, OrderState.SHIPPED.value, OrderState.CANCELLED.value]


@dataclass(frozen=True, slots=True)
class PastRelease:
    """A release whose windows are over, and what its offers took; ``cells`` in the order of groups and items."""

    release: Release
    offers: tuple[Offer, ...]
    cells: tuple[Taken, ...]

    @property
    def opens_at(self) -> datetime:
        return min(offer.opens_at for offer in self.offers)

    @property
    def closes_at(self) -> datetime:
        return max(offer.closes_at for offer in self.offers)


@dataclass(frozen=True, slots=True)
class Sold:
    """Pieces of an item: ``sold`` in orders, ``taken`` of them within each customer's maximum, by ``buyers``."""

    sold: int = 0
    taken: int = 0
    squares: int = 0
    buyers: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """An item of the release that a forecast is for, and what its offer has sold already."""

    item: OfferItem
    cell: Cell
    sold: Sold


@dataclass(frozen=True, slots=True)
class History:
    """``past`` releases, oldest first, and the items of the release in question in the order of groups and items."""

    past: tuple[PastRelease, ...]
    planned: tuple[Planned, ...]


def read_history(*, before: datetime, now: datetime, release: Release | None = None) -> History:
    """The newest releases whose offers were all over ``before`` a moment, and ``release``; 15 statements at most.

    Offers to test groups don't count, nor past ones that nobody ever saw.
    """
    shown = Q(is_active=True) | Q(deactivated_at__gt=F("opens_at"))
    ours = Offer.objects.filter(group__is_test=False)
    newest = (
        ours.filter(shown)
        .exclude(release=release)
        .values("release")
        .annotate(opened=Min("opens_at"), closed=Max("closes_at"))
        .filter(closed__lte=before)
        .order_by("-opened", "-release")
        .values_list("release", flat=True)[:RELEASES_AT_MOST]
    )
    order = {pk: place for place, pk in enumerate(reversed(newest))}
    offers = list(
        ours.filter(Q(release=release) | shown & Q(release__in=list(order)))
        .select_related("release", "group")
        .order_by("group__rank", "group__name", "id")
    )
    items = items_of(offers)
    audiences = item_audiences(offers, now) if items else {}
    sold = sold_of_offers(offers)
    bygone = [item for item in items if item.offer.release_id in order]
    gone = _ran_out(bygone, sold)
    prices: dict[tuple[int, ...], int] = {}
    cells: dict[int, list[Taken]] = defaultdict(list)
    for _, together in groupby(
        sorted(bygone, key=lambda item: order[item.offer.release_id]), lambda item: item.offer.release_id
    ):
        # Prices before are those before the release, whichever of its groups was first.
        before_it = dict(prices)
        for item in together:
            cell = cell_of(item, audiences[item.pk], before_it)
            keep_price(prices, item)
            was = sold.get((item.offer_id, item.sku_id), Sold())
            if cell.entitled:
                ran_out = (item.offer.release_id, item.sku_id) in gone
                cells[item.offer.release_id].append(
                    Taken(cell, was.taken, was.buyers, was.squares, gone=ran_out)
                )
    past = [
        PastRelease(of[0].release, of, tuple(cells[pk]))
        for pk in order
        if cells[pk] and (of := tuple(offer for offer in offers if offer.release_id == pk))
    ]
    planned = [
        Planned(
            item,
            cell_of(item, audiences[item.pk], prices),
            sold.get((item.offer_id, item.sku_id), Sold()),
        )
        for item in items
        if release is not None and item.offer.release_id == release.pk
    ]
    return History(tuple(past), tuple(planned))


def sold_of_offers(offers: Sequence[Offer]) -> dict[tuple[int, int], Sold]:
    """What was sold, by offer id and sku id; one statement."""
    return {
        (row["offer_id"], row["sku_id"]): Sold(
            int(row["sold"]), int(row["taken"]), int(row["squares"]), int(row["buyers"])
        )
        for row in taken_of_offers([offer.pk for offer in offers])
    }


def items_of(offers: Sequence[Offer]) -> list[OfferItem]:
    """The items of the offers with their wines; one statement."""
    return list(
        OfferItem.objects.filter(offer__in=offers)
        .select_related("offer__group", "sku__vintage__wine")
        .order_by("offer__group__rank", "offer__group__name", "position", "id")
    )


def price_of(item: OfferItem) -> int:
    return item.sku.price_minor if item.price_minor is None else item.price_minor


def _thing(sku: Sku) -> tuple[int, ...]:
    """A wine in a format, whatever the vintage."""
    return (sku.vintage.wine_id, sku.millilitres, sku.units)


def keep_price(prices: dict[tuple[int, ...], int], item: OfferItem) -> None:
    """Notes what the wine costs in the item, for its group and for anybody."""
    thing = _thing(item.sku)
    prices[thing] = prices[(*thing, item.offer.group_id)] = price_of(item)


def cell_of(item: OfferItem, audience: ItemAudience, prices: dict[tuple[int, ...], int]) -> Cell:
    """The item as a cell, ``prices`` being those of releases before."""
    sku, thing = item.sku, _thing(item.sku)
    return Cell(
        release=item.offer.release_id,
        group=item.offer.group_id,
        sku=sku.pk,
        wine=sku.vintage.wine_id,
        vintage=sku.vintage.year,
        millilitres=sku.millilitres,
        units=sku.units,
        maximum=item.purchase_maximum,
        people=audience.members,
        entitled=audience.entitled,
        price_minor=price_of(item),
        price_before=prices.get((*thing, item.offer.group_id), prices.get(thing)),
    )


def _ran_out(items: Sequence[OfferItem], sold: dict[tuple[int, int], Sold]) -> set[tuple[int, int]]:
    """Release and sku of what was gone, or nearly, when the last of the release's offers closed: bottles that came back
    from cancelled orders at the end don't undo it.

    What was there is the sum of what came in and went out, shipping apart, less what was ordered until then. Where
    stock was first written down after the opening, nobody knows, and nothing ran out.
    """
    opened: dict[int, datetime] = {}
    closed: dict[int, datetime] = {}
    pairs = {(item.offer.release_id, item.sku_id) for item in items}
    for item in items:
        release = item.offer.release_id
        opened[release] = min(opened.get(release, item.offer.opens_at), item.offer.opens_at)
        closed[release] = max(closed.get(release, item.offer.closes_at), item.offer.closes_at)
    there = _sums(
        Movement.objects.exclude(reason=MovementReason.SHIPPED.value), "stock__sku", "at", closed, pairs
    )
    first = dict(
        Movement.objects.filter(stock__sku__in={sku for _, sku in pairs})
        .values_list("stock__sku")
        .annotate(first=Min("at"))
    )
    maybe = {
        (release, sku)
        for release, sku in pairs
        if sku in first and first[sku] <= opened[release]
        if _is_nearly_all(_sold_until(items, sold, sku, closed[release]), there[release, sku])
    }
    lines = OrderLine.objects.filter(order__state__in=_PLACED)
    ordered = _sums(lines, "sku", "change__at", closed, maybe)
    return {one for one in maybe if _is_nearly_all(ordered[one], there[one])}


def _is_nearly_all(sold: int, there: int) -> bool:
    return sold >= there * (1 - _NEARLY_NONE)


def _sold_until(
    items: Sequence[OfferItem], sold: dict[tuple[int, int], Sold], sku: int, until: datetime
) -> int:
    """At most so many pieces were sold by these offers until then."""
    return sum(
        sold[item.offer_id, item.sku_id].sold
        for item in items
        if item.sku_id == sku and item.offer.opens_at < until and (item.offer_id, item.sku_id) in sold
    )


def _sums(
    rows: QuerySet[Movement] | QuerySet[OrderLine],
    sku: str,
    at: str,
    until: dict[int, datetime],
    pairs: set[tuple[int, int]],
) -> dict[tuple[int, int], int]:
    """Sums of quantities by release and sku, of what came until the release's moment; one statement."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    if not pairs:
        return found
    releases = sorted({release for release, _ in pairs})
    sums = {f"of_{one}": Sum("quantity", filter=Q(**{f"{at}__lte": until[one]})) for one in releases}
    for row in rows.filter(**{f"{sku}__in": {one for _, one in pairs}}).values(sku).annotate(**sums):
        for release in releases:
            found[release, row[sku]] = row[f"of_{release}"] or 0
    return found
