"""What a bulk move takes people away from while it is open: bottles in carts, wishes, own allowances; and who they are.

A few statements for each open offer, however many customers move. Adding to a group takes nobody away from anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from tirage.checkout.models import Cart
from tirage.core.fields import product
from tirage.customers.models import Customer, Membership, MoveRun
from tirage.customers.states import MoveKind
from tirage.inventory.models import Hold
from tirage.offers.models import CustomAllowance, Offer
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState


@dataclass(slots=True)
class Things:
    """What somebody has in an offer: bottles held in the cart, bottles wished for, own allowances, orders."""

    held: int = 0
    wished: int = 0
    allowances: int = 0
    orders: int = 0


@dataclass(slots=True)
class Leaving:
    """An open offer and how many lose it; the rest counts customers, but for bottles and orders.

    ``instead``: there is an offer of the same release for the group that they move to.
    """

    offer: Offer
    customers: int
    instead: bool
    things: dict[int, Things] = field(default_factory=dict)

    @property
    def carts(self) -> int:
        return sum(1 for one in self.things.values() if one.held)

    @property
    def held(self) -> int:
        return sum(one.held for one in self.things.values())

    @property
    def wishing(self) -> int:
        return sum(1 for one in self.things.values() if one.wished)

    @property
    def wished(self) -> int:
        return sum(one.wished for one in self.things.values())

    @property
    def allowances(self) -> int:
        return sum(1 for one in self.things.values() if one.allowances)

    @property
    def orders(self) -> int:
        return sum(one.orders for one in self.things.values())


def leaving_open_offers(run: MoveRun, now: datetime) -> list[Leaving]:
    """The open offers that customers of the run would leave, the one that most leave first."""
    if run.kind not in (MoveKind.MOVE, MoveKind.TIER):
        return []
    open_now = Offer.objects.filter(is_active=True, opens_at__lte=now, closes_at__gt=now)
    targets: set[int | None] = {run.group_id}
    if run.group_id is None:
        targets = set(run.rows.values_list("target", flat=True).distinct())
    instead = _open_for_all(open_now, targets)
    others = open_now.exclude(group=run.group_id or 0).select_related("release", "group").order_by("pk")
    members = Membership.objects.filter(
        group__in=others.values("group"), customer__in=run.rows.values("customer")
    )
    counts = dict(members.order_by().values_list("group").annotate(count=Count("pk")))
    if run.group_id is None:
        # Who stays in the offer's own group leaves nothing.
        staying = members.filter(customer__move_rows__run=run, customer__move_rows__target=F("group"))
        for group_id, count in staying.order_by().values_list("group").annotate(count=Count("pk")):
            counts[group_id] -= count
        counts = {group_id: count for group_id, count in counts.items() if count}
    found = [
        Leaving(offer, counts[offer.group_id], offer.release_id in instead)
        for offer in others
        if offer.group_id in counts
    ]
    for leaving in found:
        _count_things(leaving, run, now)
    return sorted(found, key=lambda leaving: -leaving.customers)


def _open_for_all(offers: QuerySet[Offer], targets: set[int | None]) -> set[int]:
    """The releases in which each of the groups has an open offer."""
    found: dict[int, set[int]] = {}
    for release_id, group_id in offers.filter(group__in=[pk for pk in targets if pk]).values_list(
        "release", "group"
    ):
        found.setdefault(release_id, set()).add(group_id)
    return {release_id for release_id, groups in found.items() if groups == targets}


def _count_things(leaving: Leaving, run: MoveRun, now: datetime) -> None:
    offer = leaving.offer
    members = Membership.objects.filter(group=offer.group_id, customer__in=run.rows.values("customer"))
    who = Q(customer__in=members.values("customer"))
    carts = Cart.objects.filter(who, release=offer.release_id, expires_at__gt=now)
    holds = Hold.objects.filter(holder__in=carts.values("reference"), expires_at__gt=now)
    owner = Cart.objects.filter(reference=OuterRef("holder")).values("customer")
    held = holds.annotate(customer=Subquery(owner)).values_list("customer")
    wishes = Wish.objects.filter(who, offer_item__offer=offer, state=WishState.OPEN.value)
    allowances = CustomAllowance.objects.filter(who, offer_item__offer=offer)
    bought = Order.objects.filter(who, offer=offer, state__in=[state.value for state in BOUGHT])
    counted: dict[str, Iterable[tuple[int, int]]] = {
        "held": held.annotate(n=Sum(product("quantity", "stock__sku__units"))),
        "wished": wishes.order_by()
        .values_list("customer")
        .annotate(n=Sum(product("asked", "offer_item__sku__units"))),
        "allowances": allowances.order_by().values_list("customer").annotate(n=Count("pk")),
        "orders": bought.order_by().values_list("customer").annotate(n=Count("pk")),
    }
    for name, rows in counted.items():
        for customer_id, count in rows:
            setattr(leaving.things.setdefault(customer_id, Things()), name, int(count))


def who_leaves(found: Sequence[Leaving]) -> list[tuple[Customer, Offer, Things]]:
    """Everybody who has something in an offer that they leave, those with most bottles held or wished first."""
    people = Customer.objects.in_bulk({pk for leaving in found for pk in leaving.things})
    rows = [(people[pk], leaving.offer, things) for leaving in found for pk, things in leaving.things.items()]
    return sorted(rows, key=lambda row: (-row[2].held, -row[2].wished, row[0].last_name, row[0].pk))
