"""What stands beside the cells of a release grid: stock, members, what is promised, and what was taken before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from tirage.backoffice.releases.figures import figures_of, pieces_bought
from tirage.customers.models import Membership
from tirage.customers.states import CustomerStatus
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.audience import item_audiences
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.promises import promised_pieces, selling_offers
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT

#: Releases before this one whose take rates stand beside its groups.
RELEASES_BEFORE = 2
#: An offer's or a group's id and a sku's id.
Place = tuple[int, int]
#: A wine in a format, whatever its vintage: wine id, millilitres, units.
Format = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class CellFacts:
    """One item in pieces: a maximum is given to ``people``; members with allowances of their own have ``own``
    together; ``bought`` is sold of it already.
    """

    people: int = 0
    own: int = 0
    bought: int = 0

    def likely(self, maximum: int | None, rate: Decimal | None) -> Decimal:
        """What of it will be taken at a ``rate``, beyond what is bought; all of it where nobody knows."""
        if maximum is None or rate is None:
            return Decimal(self.promised(maximum))
        return max((maximum * self.people + self.own) * rate - self.bought, Decimal(0))

    def promised(self, maximum: int | None) -> int:
        """What a maximum promises beyond what is bought; nothing where the wine isn't offered."""
        return 0 if maximum is None else max(maximum * self.people + self.own - self.bought, 0)


@dataclass(frozen=True, slots=True)
class Before:
    """What groups took in the releases before: ``groups`` by release and group id, ``wines`` by group id and
    format, the latest that there is.
    """

    releases: Sequence[Release] = ()
    groups: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)
    wines: Mapping[tuple[int, Format], Decimal] = field(default_factory=dict)


def members_of(offers: Collection[Offer]) -> dict[int, int]:
    """Active members by group id."""
    rows = Membership.objects.filter(
        group__in=[offer.group_id for offer in offers], customer__status=CustomerStatus.ACTIVE.value
    )
    return dict(rows.values_list("group").annotate(members=Count("id")))


def facts_of(
    release: Release, offers: Sequence[Offer], members: Mapping[int, int], now: datetime
) -> dict[Place, CellFacts]:
    """By offer and sku id; those without facts of their own have only their group's members. Two statements."""
    own = {
        (offer_id, sku_id): (people, pieces)
        for offer_id, sku_id, people, pieces in CustomAllowance.objects.filter(
            offer_item__offer__in=offers,
            customer__status=CustomerStatus.ACTIVE.value,
            customer__memberships__group=F("offer_item__offer__group"),
        )
        .values_list("offer_item__offer_id", "offer_item__sku_id")
        .annotate(people=Count("id"), pieces=Sum("purchase_maximum"))
    }
    bought = pieces_bought(selling_offers(release, now))
    groups = {offer.pk: offer.group_id for offer in offers}
    found = {}
    for place in own.keys() | {place for place in bought if place[0] in groups}:
        people, pieces = own.get(place, (0, 0))
        found[place] = CellFacts(members.get(groups[place[0]], 0) - people, pieces, bought.get(place, 0))
    return found


def stock_of(sku_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Pieces on hand and not sold, by sku id: what is held is held by carts, mostly of these same offers."""
    figures = stock_figures(sku_ids, now)
    return {pk: figures.get(pk, NO_STOCK).unsold for pk in sku_ids}


def promised_elsewhere(release: Release, sku_ids: Collection[int], now: datetime) -> dict[int, int]:
    """What active offers of other releases may still have to give, in pieces by sku id."""
    items = list(
        OfferItem.objects.filter(
            ~Q(offer__release=release), offer__is_active=True, offer__closes_at__gt=now, sku__in=sku_ids
        ).select_related("offer")
    )
    if not items:
        return {}
    promised = promised_pieces(items)
    bought = pieces_bought(Offer.objects.filter(pk__in={item.offer_id for item in items}))
    found: dict[int, int] = defaultdict(int)
    for item in items:
        found[item.sku_id] += max(promised[item.pk] - bought.get((item.offer_id, item.sku_id), 0), 0)
    return dict(found)


def taken_before(release: Release, offers: Sequence[Offer], now: datetime) -> Before:
    """What the groups of ``offers`` took in the last releases that are over; a constant number of statements."""
    groups = {offer.group_id for offer in offers}
    over = (
        Offer.objects.filter(group__in=groups, closes_at__lte=now, activated_at__isnull=False)
        | Offer.objects.filter(group__in=groups, closes_at__lte=now, is_active=True)
    ).exclude(release=release)
    ends: dict[int, datetime] = {}
    for release_id, closes_at in over.values_list("release_id", "closes_at"):
        ends[release_id] = max(ends.get(release_id, closes_at), closes_at)
    latest = sorted(ends, key=lambda pk: (ends[pk], pk), reverse=True)[:RELEASES_BEFORE]
    if not latest:
        return Before()
    known = Release.objects.in_bulk(latest)
    releases = [known[pk] for pk in latest]
    rates = {
        (figures.release.pk, one.offer.group_id): one.take_rate
        for figures in figures_of(releases, now)
        for one in figures.offers
        if one.take_rate is not None and one.offer.closes_at <= now
    }
    return Before(
        releases, rates, _wines_before(list(over.filter(release__in=latest).select_related("group")), now)
    )


def _wines_before(offers: Sequence[Offer], now: datetime) -> dict[tuple[int, Format], Decimal]:
    made_to = item_audiences(offers, now)
    bought = {
        (offer_id, sku_id): pieces
        for offer_id, sku_id, pieces in OrderLine.objects.filter(
            order__offer__in=offers, order__state__in=[state.value for state in BOUGHT]
        )
        .values_list("order__offer_id", "sku_id")
        .annotate(pieces=Sum("quantity"))
    }
    found: dict[tuple[int, Format], Decimal] = {}
    latest = sorted(offers, key=lambda offer: (offer.closes_at, offer.pk))
    by_offer: dict[int, list[OfferItem]] = defaultdict(list)
    for item in OfferItem.objects.filter(offer__in=offers).select_related("sku__vintage"):
        by_offer[item.offer_id].append(item)
    for offer in latest:
        for item in by_offer[offer.pk]:
            if offered := made_to[item.pk].entitled:
                rate = Decimal(bought.get((offer.pk, item.sku_id), 0)) / offered
                found[offer.group_id, format_of(item)] = rate
    return found


def format_of(item: OfferItem) -> Format:
    """Of an item whose sku and vintage are loaded."""
    return item.sku.vintage.wine_id, item.sku.millilitres, item.sku.units
