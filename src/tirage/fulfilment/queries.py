"""What a choice of orders comes to before it ships, and how far a run is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum

from tirage.core.fields import product
from tirage.delivery.states import MethodKind
from tirage.fulfilment.models import Pickup, ShipRow, ShipRun
from tirage.fulfilment.states import PickupState, ShipOutcome
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import OrderState
from tirage.payments.queries import with_authorised


@dataclass(frozen=True, slots=True)
class ShipPreview:
    """Orders by what will become of them; ``to_take_minor`` is set aside and will be taken from cards."""

    total: int
    ready: int
    handed_over: int
    bottles: int
    to_take_minor: int
    unpaid: int
    not_placed: int
    #: Waiting in compliance, paid or not.
    waiting: int = 0


def preview_shipping(run: ShipRun, now: datetime) -> ShipPreview:
    """The run as it would go now; three statements however many orders."""
    chosen = Order.objects.filter(ship_rows__run=run)
    placed = with_authorised(chosen.filter(state=OrderState.PLACED.value, awaits_compliance=False), now)
    ready = placed.filter(balance_minor__lte=F("authorised"))
    of_placed = chosen.filter(state=OrderState.PLACED.value).aggregate(
        all=Count("pk"), waiting=Count("pk", filter=Q(awaits_compliance=True))
    )
    counts = ready.aggregate(
        all=Count("pk"),
        handed_over=Count("pk", filter=Q(method__kind=MethodKind.PICKUP.value)),
        taking=Sum("balance_minor", filter=Q(balance_minor__gt=0)),
    )
    return ShipPreview(
        total=run.total,
        ready=counts["all"],
        handed_over=counts["handed_over"],
        bottles=bottles_of(ready),
        to_take_minor=int(counts["taking"] or 0),
        unpaid=of_placed["all"] - of_placed["waiting"] - counts["all"],
        not_placed=run.total - of_placed["all"],
        waiting=of_placed["waiting"],
    )


def bottles_of(orders: QuerySet[Order]) -> int:
    """How many bottles these orders are, those in packs counted one by one."""
    lines = OrderLine.objects.filter(order__in=orders.values("pk"))
    return int(lines.aggregate(sum=Sum(product("quantity", "sku__units")))["sum"] or 0)


@dataclass(frozen=True, slots=True)
class ShipProgress:
    done: int
    total: int

    @property
    def words(self) -> str:
        return f"{self.done:,} of {self.total:,}"


def ship_progress(run: ShipRun) -> ShipProgress:
    """How many orders of the run have been looked at."""
    waiting = run.rows.filter(outcome=ShipOutcome.WAITING.value).count()
    return ShipProgress(run.total - waiting, run.total)


def refused_rows(run: ShipRun) -> QuerySet[ShipRow]:
    """The orders that a run left as they were, with why."""
    refused = run.rows.filter(outcome=ShipOutcome.REFUSED.value)
    return refused.select_related("order__customer").order_by("id")


def pickup_of(order: Order) -> Pickup | None:
    """What is known of an order that lies ready; no statement for one that isn't picked up."""
    if order.method is None or order.method.kind != MethodKind.PICKUP:
        return None
    return Pickup.objects.filter(order=order).first()


def waits_here(pickup: Pickup | None, order: Order) -> bool:
    """Whether it still lies ready for its owner."""
    return (
        pickup is not None
        and pickup.state != PickupState.SENT
        and order.step == OrderState.PLACED
        and order.method is not None
        and order.method.kind == MethodKind.PICKUP
    )


def say_until(pickup: Pickup) -> str:
    """Until when it waits, and what happens then; nothing where it waits as long as it takes, or a person decides."""
    if pickup.send_on is None or pickup.state not in (PickupState.READY, PickupState.SENDING):
        return ""
    last = pickup.send_on - timedelta(days=1)
    return (
        f"It waits for you until {last:%A, %B} {last.day}, {last.year}. After that we send it to your address and "
        "charge what its way costs to your card, as was said when you ordered."
    )
