"""What is left of a release's wines when a policy looks: free, kept back, promised by open offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.checkout.models import CartLine
from tirage.inventory.models import Hold, Stock
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Offer, OfferItem
from tirage.offers.promises import promised_pieces
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT
from tirage.wishes.models import Policy, PolicyAct
from tirage.wishes.policies.rules import Pot, Reserve
from tirage.wishes.states import PolicyTrigger


@dataclass(frozen=True, slots=True)
class Left:
    """Pieces by sku id. ``free``: neither sold nor held by anybody else; ``kept``: of it kept back; ``promised``: of it
    what offers that are open may still sell."""

    skus: dict[int, Sku]
    free: dict[int, int]
    kept: dict[int, int]
    promised: dict[int, int]

    def pot(self) -> Pot:
        return Pot(self.free, self.kept, self.promised)


def reserve_of(policy: Policy) -> Reserve:
    own = {int(sku_id): pieces for sku_id, pieces in policy.reserve_own.items()}
    return Reserve(policy.reserve, policy.reserve_of_all, own)


def begins_at(policy: Policy) -> datetime | None:
    """When it begins by itself, as the offer's window is by now; None where somebody begins it. Its offer is loaded."""
    if policy.trigger == PolicyTrigger.CLOSING:
        return policy.offer.closes_at if policy.offer else None
    return policy.begins_at if policy.trigger == PolicyTrigger.TIME else None


def wines_of(policy: Policy) -> dict[int, Sku]:
    """The wines that it is about, by id, in the order of their offer; one statement."""
    items = OfferItem.objects.filter(offer__release_id=policy.release_id)
    if policy.offer_id:
        items = items.filter(offer_id=policy.offer_id)
    rows = items.select_related("sku").order_by("position", "offer__group__rank", "id")
    return {item.sku_id: item.sku for item in rows}


def what_is_left(policy: Policy, now: datetime, *, as_if_begun: bool = False) -> Left:
    """What the policy has to give at this moment, or with today's figures as if its time had come; seven statements.

    As if it had come: bottles in carts of its offer come back, and offers that close until then promise nothing.
    """
    skus = wines_of(policy)
    figures = stock_figures(list(skus), now)
    held = held_back(policy)
    free = {pk: figures.get(pk, NO_STOCK).available + held.get(pk, 0) for pk in skus}
    moment = now
    if as_if_begun:
        moment = max(begins_at(policy) or now, now)
        for sku_id, pieces in _in_carts(policy, now).items():
            free[sku_id] = free.get(sku_id, 0) + pieces
    kept = reserve_of(policy).kept(free)
    counted = Offer.objects.filter(is_active=True, closes_at__gt=moment)
    if not policy.minds_offers:
        counted = counted.filter(policy_acts__step__policy=policy)
    if as_if_begun and policy.trigger == PolicyTrigger.CLOSING and policy.offer_id:
        counted = counted.exclude(pk=policy.offer_id)
    promised = open_promises(counted, list(skus))
    if not policy.minds_offers:
        for sku_id, pieces in _raised(policy).items():
            promised[sku_id] = promised.get(sku_id, 0) + pieces
    return Left(skus, free, kept, promised)


def _raised(policy: Policy) -> dict[int, int]:
    """What the policy itself has promised to single customers, bought or not."""
    acts = PolicyAct.objects.filter(step__policy=policy, customer__isnull=False, undone_at__isnull=True)
    rows = acts.filter(done_at__isnull=False).order_by().values_list("offer_item__sku_id")
    return dict(rows.annotate(pieces=Sum("pieces")))


def held_back(policy: Policy) -> dict[int, int]:
    """Pieces that are held for the policy now, by sku id."""
    rows = Hold.objects.filter(holder=policy.reference).values_list("stock__sku_id", "quantity")
    return dict(rows)


def _in_carts(policy: Policy, now: datetime) -> dict[int, int]:
    """Live holds of carts with wines of the policy's offer, which end with it."""
    if policy.offer_id is None or policy.trigger != PolicyTrigger.CLOSING:
        return {}
    lines = CartLine.objects.filter(offer_item__offer_id=policy.offer_id, cart__kept_until__isnull=True)
    carts = lines.values("cart__reference")
    holds = Hold.objects.filter(holder__in=carts, expires_at__gt=now)
    return dict(holds.values_list("stock__sku_id").annotate(pieces=Sum("quantity")))


def open_promises(offers: QuerySet[Offer], sku_ids: Collection[int]) -> dict[int, int]:
    """What members of these offers may still take of these wines, by sku id; four statements."""
    items = list(
        OfferItem.objects.filter(offer__in=offers.values("pk"), sku__in=sku_ids).select_related("offer")
    )
    if not items:
        return {}
    promised = promised_pieces(items)
    bought = bought_of(offers)
    found: dict[int, int] = defaultdict(int)
    for item in items:
        found[item.sku_id] += max(promised[item.pk] - bought.get((item.offer_id, item.sku_id), 0), 0)
    return dict(found)


def bought_of(offers: QuerySet[Offer]) -> dict[tuple[int, int], int]:
    """Pieces in orders by offer id and sku id."""
    lines = OrderLine.objects.filter(
        order__offer__in=offers.values("pk"), order__state__in=[state.value for state in BOUGHT]
    )
    rows = lines.order_by().values_list("order__offer_id", "sku_id").annotate(pieces=Sum("quantity"))
    return {(offer_id, sku_id): int(pieces or 0) for offer_id, sku_id, pieces in rows}


def stock_ids(sku_ids: Collection[int]) -> dict[int, int]:
    """The stock rows by sku id."""
    return dict(Stock.objects.filter(sku_id__in=sku_ids).values_list("sku_id", "pk"))


def is_open(offer: Offer, now: datetime) -> bool:
    return offer.is_active and offer.opens_at <= now < offer.closes_at


def open_offers(policy: Policy, groups: Collection[int], moment: datetime) -> QuerySet[Offer]:
    """Those of the release that these groups can buy from at a moment."""
    here = Q(release_id=policy.release_id, is_active=True, opens_at__lte=moment, closes_at__gt=moment)
    return Offer.objects.filter(here, group__in=groups)
