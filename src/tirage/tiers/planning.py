"""What a ladder comes to: everybody's history of each wine, and what they may take by it. Reads only."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.customers.models import Membership
from tirage.customers.states import CustomerStatus
from tirage.offers.audience import offered_to
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.offers.promises import promised_pieces, wine_promises
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT
from tirage.tiers.models import Ladder, LadderStep
from tirage.tiers.rules.ladder import GroupLimits, History, LadderRules, Rung, Step, step_of
from tirage.wishes.models import Wish

#: A wine in one format, whatever its vintage: wine, millilitres, units.
WineKey = tuple[int, int, int]
NO_HISTORY = History(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Planned:
    """One customer and wine: what they got last time, what they may take now and by the ladder.

    ``by_hand``: somebody gave them limits of their own, which stay.
    """

    customer_id: int
    item_id: int
    history: History
    step: Step
    before: int
    by_hand: bool

    @property
    def maximum(self) -> int:
        """What they may take once the ladder is written."""
        return self.before if self.by_hand else self.step.maximum

    @property
    def is_written(self) -> bool:
        return self.step.is_own and not self.by_hand


@dataclass(frozen=True, slots=True)
class WineFigures:
    """A wine of the offer in pieces: what all members may take before and by the ladder, against what is there for
    them, besides what other offers promise. The rest counts customers.
    """

    item: OfferItem
    before: int
    after: int
    there: int
    elsewhere: int
    gain: int
    lose: int
    wish_only: int
    new: int
    by_hand: int

    @property
    def short(self) -> int:
        """How many more are promised than there are."""
        return max(self.after + self.elsewhere - self.there, 0)


@dataclass(frozen=True)
class LadderPlan:
    items: Sequence[OfferItem]
    rows: Sequence[Planned]
    figures: Sequence[WineFigures]

    @cached_property
    def digest(self) -> str:
        """The same for the same plan: what a page shows is what is written, or nothing is."""
        said = sorted(
            (row.customer_id, row.item_id, row.step.minimum, row.maximum, row.step.wish_maximum, row.by_hand)
            for row in self.rows
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]

    @property
    def written(self) -> list[Planned]:
        return [row for row in self.rows if row.is_written]

    @property
    def short(self) -> list[WineFigures]:
        return [one for one in self.figures if one.short]

    def totals(self) -> Mapping[int, tuple[int, int]]:
        """What each customer may take of all wines together, before and by the ladder."""
        found: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            before, after = found.get(row.customer_id, (0, 0))
            found[row.customer_id] = (before + row.before, after + row.maximum)
        return found


def rules_of(ladder: Ladder) -> LadderRules:
    return LadderRules(
        rise=ladder.rise,
        least=ladder.least,
        most=ladder.most,
        counts_grants=ladder.counts_grants,
        passed_wish_only=ladder.passed_wish_only,
        newcomers=ladder.newcomers,
    )


def written_by(ladder: Ladder) -> QuerySet[CustomAllowance]:
    """The allowances that the ladder wrote and that nobody changed since."""
    same = LadderStep.objects.filter(
        ladder=ladder,
        customer=OuterRef("customer"),
        offer_item=OuterRef("offer_item"),
        purchase_minimum=OuterRef("purchase_minimum"),
        purchase_maximum=OuterRef("purchase_maximum"),
        wish_maximum=OuterRef("wish_maximum"),
    )
    return CustomAllowance.objects.filter(Exists(same), offer_item__offer=ladder.offer_id)


def plan_ladder(ladder: Ladder, now: datetime) -> LadderPlan:
    """Of wines that the earlier release had: each active member's step. Some twenty statements, however many."""
    offer, rules = ladder.offer, rules_of(ladder)
    items = [
        item
        for item in offer.items.select_related("sku__vintage").order_by("position", "id")
        if _key(item.sku) in _wines_of(ladder)
    ]
    members = list(
        Membership.objects.filter(group=offer.group_id, customer__status=CustomerStatus.ACTIVE.value)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    histories = _histories(ladder, {_key(item.sku) for item in items}, now)
    mine = set(written_by(ladder).values_list("customer_id", "offer_item_id"))
    own = {
        (customer, item): maximum
        for customer, item, maximum in CustomAllowance.objects.filter(offer_item__in=items).values_list(
            "customer_id", "offer_item_id", "purchase_maximum"
        )
        if (customer, item) not in mine
    }
    rows = []
    for item in items:
        group = GroupLimits(item.purchase_minimum, item.purchase_maximum, item.wish_maximum, item.multiple)
        of_wine = histories.get(_key(item.sku), {})
        for customer in members:
            history = of_wine.get(customer, NO_HISTORY)
            by_hand = (customer, item.pk) in own
            before = own.get((customer, item.pk), item.purchase_maximum)
            rows.append(Planned(customer, item.pk, history, step_of(history, group, rules), before, by_hand))
    return LadderPlan(items, rows, _figures(offer, items, rows, now))


def _key(sku: Sku) -> WineKey:
    return sku.vintage.wine_id, sku.millilitres, sku.units


def _wines_of(ladder: Ladder) -> set[WineKey]:
    rows = OfferItem.objects.filter(offer__release=ladder.based_on_id).select_related("sku__vintage")
    return {_key(item.sku) for item in rows}


def _histories(ladder: Ladder, wines: set[WineKey], now: datetime) -> dict[WineKey, dict[int, History]]:
    """What each customer was offered of each wine in the earlier release, took and was granted."""
    offers = list(Offer.objects.filter(release=ladder.based_on_id))
    items = [
        item
        for item in OfferItem.objects.filter(offer__in=offers).select_related("sku__vintage")
        if _key(item.sku) in wines
    ]
    offered = _offered(offers, items, now)
    got: dict[tuple[WineKey, int], int] = defaultdict(int)
    granted: dict[tuple[WineKey, int], int] = defaultdict(int)
    keys = {item.sku_id: _key(item.sku) for item in items}
    bought = OrderLine.objects.filter(
        order__release=ladder.based_on_id, order__state__in=[state.value for state in BOUGHT], sku__in=keys
    )
    for customer, sku, pieces in bought.values_list("order__customer_id", "sku_id").annotate(
        pieces=Sum("quantity")
    ):
        got[keys[sku], customer] += max(pieces, 0)
    wishes = Wish.objects.filter(offer_item__in=items, granted__gt=0)
    for customer, sku, pieces in wishes.values_list("customer_id", "offer_item__sku_id").annotate(
        pieces=Sum("granted")
    ):
        granted[keys[sku], customer] += pieces
    found: dict[WineKey, dict[int, History]] = defaultdict(dict)
    for wine, customer in {*offered, *got}:
        total = got[wine, customer]
        extra = min(granted[wine, customer], total)
        found[wine][customer] = History(offered.get((wine, customer), 0), total - extra, extra)
    return found


def _offered(
    offers: Sequence[Offer], items: Sequence[OfferItem], now: datetime
) -> dict[tuple[WineKey, int], int]:
    """The most that each customer might take of each wine, limits of their own in place of the group's."""
    people = offered_to(offers, now)
    own = {
        (item, customer): maximum
        for item, customer, maximum in CustomAllowance.objects.filter(offer_item__in=items).values_list(
            "offer_item_id", "customer_id", "purchase_maximum"
        )
    }
    found: dict[tuple[WineKey, int], int] = {}
    for item in items:
        for customer in people[item.offer_id]:
            maximum = own.get((item.pk, customer), item.purchase_maximum)
            here = _key(item.sku), customer
            found[here] = max(found.get(here, 0), maximum)
    return found


def _figures(
    offer: Offer, items: Sequence[OfferItem], rows: Sequence[Planned], now: datetime
) -> list[WineFigures]:
    by_item: dict[int, list[Planned]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id].append(row)
    promises = {
        one.sku.pk: one for one in wine_promises(offer.release, now, offer=offer, bought=_bought(offer))
    }
    mine = promised_pieces(items) if items else {}
    sold = _bought(offer)
    found = []
    for item in items:
        its, promise = by_item[item.pk], promises[item.sku_id]
        still = max(mine[item.pk] - sold.get((offer.pk, item.sku_id), 0), 0)
        found.append(
            WineFigures(
                item=item,
                before=sum(row.before for row in its),
                after=sum(row.maximum for row in its),
                there=promise.there + sold.get((offer.pk, item.sku_id), 0),
                elsewhere=max(promise.promised - still, 0),
                gain=sum(row.maximum > row.before for row in its),
                lose=sum(row.maximum < row.before for row in its),
                wish_only=sum(row.step.rung is Rung.PASSED and not row.maximum for row in its),
                new=sum(row.step.rung is Rung.NEW for row in its),
                by_hand=sum(row.by_hand for row in its),
            )
        )
    return found


def _bought(offer: Offer) -> dict[tuple[int, int], int]:
    """Pieces of each wine that were bought by each offer of the release."""
    rows = OrderLine.objects.filter(
        order__release=offer.release_id,
        order__offer__isnull=False,
        order__state__in=[state.value for state in BOUGHT],
    )
    sums = rows.values_list("order__offer_id", "sku_id").annotate(pieces=Sum(F("quantity")))
    return {(offer_id or 0, sku): int(pieces) for offer_id, sku, pieces in sums}
