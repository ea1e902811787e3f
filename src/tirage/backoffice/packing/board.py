"""What waits for whom before it leaves: the board of the packing room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse

from tirage.backoffice.orders.leaving import leaving
from tirage.fulfilment.models import ChangeAsked
from tirage.fulfilment.operations.pickups import lying_ready
from tirage.fulfilment.states import AskState
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.queries import with_authorised


@dataclass(frozen=True, slots=True)
class Queue:
    """Orders that wait for the same; ``days`` is how long the oldest has."""

    label: str
    count: int
    days: int
    href: str
    is_late: bool = False

    @property
    def age(self) -> str:
        if not self.count:
            return ""
        return (
            "since today" if not self.days else f"oldest {self.days:,} {'day' if self.days == 1 else 'days'}"
        )


def board(now: datetime) -> Sequence[Queue]:
    """Every queue with its count and age; six statements."""
    placed = Order.objects.filter(state=OrderState.PLACED.value)
    owing = with_authorised(placed.filter(balance_minor__gt=F("later_minor")), now)
    unpaid = owing.filter(balance_minor__gt=F("authorised") + F("later_minor"))
    orders = reverse("backoffice:orders")
    sums = placed.aggregate(
        count_compliance=Count("pk", filter=Q(awaits_compliance=True)),
        since_compliance=Min("placed_at", filter=Q(awaits_compliance=True)),
        count_packed=Count("pk", filter=~Q(packed_in="")),
        since_packed=Min("placed_at", filter=~Q(packed_in="")),
        count_attention=Count("pk", filter=~Q(attention="")),
        since_attention=Min("placed_at", filter=~Q(attention="")),
    )
    asked = ChangeAsked.objects.filter(state=AskState.OPEN.value)
    every = Order.objects.all()

    def of(label: str, count: int, since: datetime | None, href: str, late: int = 0) -> Queue:
        days = max((now - since).days, 0) if since else 0
        return Queue(label, count, days, href, bool(late) and count > 0 and days >= late)

    def counted(rows: QuerySet[Order], moment: str) -> tuple[int, datetime | None]:
        found = rows.order_by().aggregate(count=Count("pk"), since=Min(moment))
        return found["count"], found["since"]

    waiting = asked.aggregate(count=Count("pk"), since=Min("asked_at"))
    ready = lying_ready().aggregate(count=Count("pk"), since=Min("ready_at"))
    return [
        of(
            "To pack", *counted(leaving(every, "ready", now), "placed_at"), f"{orders}?packing=ready", late=14
        ),
        of("In a batch", sums["count_packed"], sums["since_packed"], f"{orders}?packing=packed"),
        of(
            "Changes asked for",
            waiting["count"],
            waiting["since"],
            f"{reverse('backoffice:packing')}#asked",
            late=1,
        ),
        of(
            "Waiting for payment",
            *counted(unpaid, "placed_at"),
            f"{orders}?state=placed&balance=owing",
            late=7,
        ),
        of(
            "In compliance",
            sums["count_compliance"],
            sums["since_compliance"],
            f"{reverse('backoffice:compliance')}?waits=yes",
            late=3,
        ),
        of("Ready for pickup", ready["count"], ready["since"], f"{orders}?packing=pickup", late=21),
        of(
            "On its way",
            *counted(leaving(every, "under_way", now), "shipped_at"),
            f"{orders}?packing=under_way",
        ),
        of(
            "Needs somebody",
            sums["count_attention"],
            sums["since_attention"],
            f"{orders}?state=placed&attention=yes",
            late=1,
        ),
    ]
