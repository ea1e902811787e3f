"""Wine that is picked up: said to be ready, its customer told and reminded. That it was handed over is its shipping."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.core.winery import local_time
from tirage.delivery.models import Method
from tirage.delivery.rules import Terms
from tirage.delivery.states import MethodKind
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.operations.shipping import IN_COMPLIANCE
from tirage.fulfilment.states import PickupState
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: A day of reminders begins in the morning: nobody is mailed at midnight.
MORNING = timedelta(hours=9)
#: Reminders of one run; the next takes the rest.
MOST = 200


def pickup_day(now: datetime) -> date:
    """The winery's day, from nine in the morning on."""
    return (local_time(now) - MORNING).date()


def lying_ready() -> QuerySet[Pickup]:
    """Those that are still waited for: their orders are placed, and pickups."""
    return Pickup.objects.filter(
        state=PickupState.READY.value,
        order__state=OrderState.PLACED.value,
        order__method__kind=MethodKind.PICKUP.value,
    )


def mark_ready(*, order_reference: str, actor: Actor, now: datetime) -> Pickup:
    """Says that an order lies ready to be picked up; its customer is mailed where and when.

    Its days are counted from now: reminders by the method, the day on which it is sent instead by what the order
    keeps of what was said at the checkout. Locks the order. Records ``order.ready``, reacts with ``pickup.ready``.
    Raises DomainError ``not_found``, Conflict ``not_a_pickup``, ``ready_already``, ``awaits_compliance``.
    """
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        method = _refuse_unready(order)
        today = local_time(now).date()
        days = Terms.from_json(order.terms).sent_after_days if order.terms else None
        facts = {
            "state": PickupState.READY.value,
            "ready_at": now,
            "reminded": 0,
            "remind_on": _after(today, method.remind_first_days),
            "send_on": _after(today, days),
            "draft": "",
            "changed_at": now,
            "sent_instead_at": None,
        }
        pickup, _ = Pickup.objects.update_or_create(order=order, defaults=facts)
        _record(EventName.ORDER_READY, order, "said that the order is ready to be picked up", actor, now)
        react("pickup.ready", order_id=order.pk, customer_id=order.customer_id, now=now)
    return pickup


def _refuse_unready(order: Order) -> Method:
    method = order.method
    if order.step != OrderState.PLACED or method is None or method.kind != MethodKind.PICKUP:
        raise Conflict(
            "not_a_pickup", "Only an order that is paid for and waits to be picked up can be ready."
        )
    if order.awaits_compliance:
        raise Conflict("awaits_compliance", IN_COMPLIANCE)
    if Pickup.objects.filter(
        order=order, state__in=[PickupState.READY.value, PickupState.SENDING.value]
    ).exists():
        raise Conflict("ready_already", "This order lies ready already; its customer was told.")
    return method


def _after(day: date, days: int | None) -> date | None:
    return day + timedelta(days=days) if days else None


def remind_of_pickups(*, now: datetime) -> int:
    """Reminds those whose wine lies ready and whose day has come; how many. Scheduled."""
    due = lying_ready().filter(remind_on__lte=pickup_day(now)).order_by("remind_on", "pk")
    acts = (partial(_remind, order_id, now) for order_id in due.values_list("order_id", flat=True)[:MOST])
    return sum(take_turns(acts))


@transaction.atomic
def _remind(order_id: int, now: datetime) -> bool:
    """Once a reminder, and never two on a day: what was missed meanwhile is left out. Locks the order."""
    order = lock_row(Order.objects.filter(pk=order_id))
    today = pickup_day(now)
    pickup = lying_ready().filter(order_id=order_id, remind_on__lte=today).first()
    if order is None or order.method is None or pickup is None:
        return False
    again = _after(local_time(pickup.ready_at).date(), order.method.remind_again_days)
    pickup.remind_on = again if again and again > today and not pickup.reminded else None
    pickup.reminded = min(pickup.reminded + 1, 2)
    pickup.changed_at = now
    pickup.save(update_fields=["remind_on", "reminded", "changed_at"])
    text = "reminded the customer that the order is ready"
    _record(EventName.PICKUP_REMINDED, order, text, system("Pickups"), now)
    react("pickup.reminded", order_id=order.pk, customer_id=order.customer_id, now=now)
    return True


def _record(name: EventName, order: Order, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "order", order.pk, text=text, customer_id=order.customer_id, actor=actor, now=now)
