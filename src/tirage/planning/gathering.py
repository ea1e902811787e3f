"""The plan of a release as it stands: its wines, groups, limits and windows, and what is known of its people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import log

from django.db.models import Count, F

from tirage.core.errors import DomainError
from tirage.core.winery import current_winery, local_time, start_of_day
from tirage.customers.models import Membership
from tirage.customers.states import CustomerStatus
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.rules import CheckoutRules, Limits
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT
from tirage.planning.coming import COMES, Coming, comings
from tirage.planning.forecast.predicting import Band
from tirage.planning.forecasting import rates_for
from tirage.planning.simulation.curve import USUAL, come_by, place_of
from tirage.planning.simulation.plan import (
    DAY,
    MINUTE,
    OwnAllowances,
    Plan,
    PlannedGroup,
    PlannedItem,
    PlannedWine,
)

#: The share of carts that nobody pays for, and how long half of the others take.
LEAVES, PAYS = 0.12, 5 * MINUTE
#: What the forecast says nothing of: what all together want of what they may take, and how sure that is (the standard
#: deviation of its logit between releases).
WANTS, UNSURE = 0.4, 0.6
#: However little is known, most releases are neither loved nor left by everybody.
MOST_UNSURE = 1.5
#: How far a normal distribution's 80 % band reaches, in standard deviations.
_REACH = 1.2816
#: Figures are given by the hour on the first day, then by the day, at most so many days.
DAYS = 92
_ACTIVE = CustomerStatus.ACTIVE.value


def gather_plan(release: Release, now: datetime, *, leaves: float = LEAVES) -> Plan:
    """What would be rehearsed now: all offers of the release whose window isn't over, drafts too, but for those of test
    groups; of an open one, what is left of its time, stock and people. Reads only.

    Raises DomainError ``nothing_to_rehearse``.
    """
    offers = list(
        Offer.objects.filter(release=release, closes_at__gt=now, group__is_test=False)
        .select_related("group")
        .order_by("group__rank", "group__name", "id")
    )
    items = list(
        OfferItem.objects.filter(offer__in=offers, sku__is_active=True)
        .select_related("sku")
        .order_by("position", "id")
    )
    skus = list({item.sku_id: item.sku for item in items}.values())
    people = _people(offers, release)
    offers = [offer for offer in offers if people.get(offer.group_id)]
    if not skus or not offers:
        raise DomainError(
            "nothing_to_rehearse",
            "There is nothing to rehearse: give the release an offer with wines whose window isn’t over, "
            "for a group with members.",
        )
    stock = stock_figures([sku.pk for sku in skus], now)
    origin = min(offer.opens_at for offer in offers)
    known, rates = comings([offer.group_id for offer in offers], now), rates_for(release, now)
    own = _own(offers)
    wines = {sku.pk: place for place, sku in enumerate(skus)}
    by_offer: dict[int, list[OfferItem]] = defaultdict(list)
    for item in items:
        by_offer[item.offer_id].append(item)
    groups = tuple(
        _group(
            offer,
            by_offer[offer.pk],
            wines,
            people[offer.group_id],
            own[offer.pk],
            origin,
            now,
            known,
            rates,
            leaves,
        )
        for offer in offers
    )
    edges, midnights = _edges(origin, max(offer.closes_at for offer in offers))
    return Plan(
        origin=origin.isoformat(),
        cart=current_winery().cart_minutes * MINUTE,
        leaves=leaves,
        pays=PAYS,
        wines=tuple(
            PlannedWine(sku.pk, str(sku), max(stock.get(sku.pk, NO_STOCK).available, 0), sku.units)
            for sku in skus
        ),
        groups=groups,
        edges=edges,
        midnights=midnights,
    )


def _people(offers: Sequence[Offer], release: Release) -> dict[int, int]:
    """Active members of each group who haven't ordered in the release yet: who has is taken to be done."""
    bought = Order.objects.filter(release=release, state__in=[state.value for state in BOUGHT])
    members = Membership.objects.filter(
        group__in=[offer.group_id for offer in offers], customer__status=_ACTIVE
    ).exclude(customer__in=bought.order_by().values("customer"))
    return dict(members.values_list("group").annotate(people=Count("id")).order_by())


def _own(offers: Sequence[Offer]) -> dict[int, list[tuple[int, dict[int, tuple[int, int]]]]]:
    """Of each offer, people with allowances of their own: how many have the same, by sku (minimum, maximum)."""
    bought = Order.objects.filter(
        release__in=[offer.release_id for offer in offers], state__in=[state.value for state in BOUGHT]
    )
    rows = CustomAllowance.objects.filter(
        offer_item__offer__in=offers,
        customer__status=_ACTIVE,
        customer__memberships__group=F("offer_item__offer__group"),
    ).exclude(customer__in=bought.order_by().values("customer"))
    limits: dict[tuple[int, int], dict[int, tuple[int, int]]] = defaultdict(dict)
    for offer_id, customer_id, sku_id, minimum, maximum in rows.values_list(
        "offer_item__offer", "customer_id", "offer_item__sku", "purchase_minimum", "purchase_maximum"
    ):
        limits[offer_id, customer_id][sku_id] = (minimum, maximum)
    counts = Counter((offer_id, tuple(sorted(own.items()))) for (offer_id, _), own in limits.items())
    found: dict[int, list[tuple[int, dict[int, tuple[int, int]]]]] = defaultdict(list)
    for (offer_id, own), people in sorted(counts.items()):
        found[offer_id].append((people, dict(own)))
    return found


def _group(
    offer: Offer,
    items: Sequence[OfferItem],
    wines: Mapping[int, int],
    people: int,
    own: Sequence[tuple[int, dict[int, tuple[int, int]]]],
    origin: datetime,
    now: datetime,
    known: Mapping[int, Coming],
    rates: Mapping[tuple[int, int], Band],
    leaves: float,
) -> PlannedGroup:
    history = known.get(offer.group_id)
    opens, closes = _ms(offer.opens_at - origin), _ms(offer.closes_at - origin)
    since = max(opens, _ms(now - origin))
    # Past figures are of carts that were paid for; rehearsed are those that are left as well.
    comes = min(history.buys / (1 - leaves), 1.0) if history else COMES
    curve = history.curve if history else USUAL
    planned = tuple(
        PlannedItem(
            wines[item.sku_id],
            Limits(item.purchase_minimum, item.purchase_maximum, item.wish_maximum, item.multiple),
            item.sku.price_minor if item.price_minor is None else item.price_minor,
            item.purchase_maximum,
            *_wanted(rates.get((offer.group_id, item.sku_id)), leaves),
        )
        for item in items
    )
    offered = {item.sku_id for item in items}
    return PlannedGroup(
        group=offer.group_id,
        name=offer.group.name,
        rank=offer.group.rank,
        people=people,
        opens=opens,
        closes=closes,
        since=since,
        comes=round(_still_comes(comes, curve, opens, closes, since), 4),
        curve=curve,
        rules=CheckoutRules(offer.bottles_minimum, offer.bottles_maximum, offer.spend_minimum_minor),
        discount_bp=offer.group.discount_bp,
        items=planned,
        own=tuple(
            OwnAllowances(count, {wines[sku]: pair for sku, pair in limits.items() if sku in offered})
            for count, limits in own
        ),
    )


def _wanted(rate: Band | None, leaves: float) -> tuple[float, float]:
    """The share of what they may take that all members want, and the spread of its logit, from the rate that was paid
    for.
    """
    if rate is None:
        return WANTS, UNSURE
    low, high = (_logit(min(max(bound, 0.005), 0.995)) for bound in (rate.low, rate.high))
    spread = min((high - low) / (2 * _REACH), MOST_UNSURE)
    return round(min(rate.expected / (1 - leaves), 1.0), 4), round(spread, 4)


def _logit(share: float) -> float:
    return log(share / (1 - share))


def _still_comes(comes: float, curve: Sequence[float], opens: int, closes: int, since: int) -> float:
    """The share of those who haven't come by ``since`` who will."""
    if since <= opens:
        return comes
    gone = comes * come_by(curve, place_of(since, opens=opens, closes=closes))
    return (comes - gone) / (1 - gone) if gone < 1 else 0.0


def _edges(origin: datetime, closes: datetime) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What parts the time: every hour of the first day, then the winery's midnights; and these midnights."""
    end = _ms(closes - origin)
    day = local_time(origin).date()
    midnights: list[int] = []
    while len(midnights) < DAYS and (not midnights or midnights[-1] < end):
        day += timedelta(days=1)
        midnights.append(_ms(start_of_day(day) - origin))
    hours = range(0, min(DAY, end), 60 * MINUTE)
    edges = sorted({*hours, *(moment for moment in midnights if moment < end), end})
    return tuple(edges), tuple(midnights)


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
