"""Orders that were placed for granted wishes and aren't paid: collected, their bottles kept until a date, then free."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.changes.operations.cancelling import cancel_unpaid_order
from tirage.core.actors import system
from tirage.core.errors import Conflict
from tirage.orders.models import Order
from tirage.payments.models import Collection
from tirage.payments.states import CollectionState
from tirage.wishes.granting.reactions import note_order_paid
from tirage.wishes.models import GrantLine
from tirage.wishes.states import UNDER_WAY, GrantOutcome

#: What the activity and the mail say.
NOT_PAID = "The bottles were kept for a while; the card could not be charged"


def look_after_granted_orders(*, now: datetime) -> int:
    """Looks after each order that was placed for a grant and isn't paid yet; how many. Run by the schedule."""
    lines = GrantLine.objects.filter(
        outcome__in=[one.value for one in UNDER_WAY], draft__isnull=True, order__isnull=False
    )
    orders = list(lines.order_by("order_id").values_list("order_id", flat=True).distinct()[:500])
    for order_id in orders:
        look_after_order(order_id, now)
    return len(orders)


def look_after_order(order_id: int, now: datetime) -> None:
    """Grants what is paid; keeps the bottles of what is collected until a date; cancels the order after it.

    No transaction may be open. Cancelling locks payments, order, drafts, stock, customer, wishes.
    """
    if note_order_paid(order_id=order_id, now=now):
        return
    waiting = Collection.objects.filter(
        order_id=order_id, purpose="", state=CollectionState.OPEN.value
    ).first()
    lines = GrantLine.objects.filter(order_id=order_id, draft__isnull=True)
    if waiting:
        for line in lines.filter(outcome=GrantOutcome.GRANTING.value).select_related("run"):
            until = now + timedelta(days=line.run.kept_days)
            GrantLine.objects.filter(pk=line.pk, outcome=GrantOutcome.GRANTING.value).update(
                outcome=GrantOutcome.COLLECTING.value, reason=waiting.message[:300], kept_until=until
            )
    if lines.filter(outcome=GrantOutcome.COLLECTING.value, kept_until__lte=now).exists():
        _let_go(order_id, now)


def _let_go(order_id: int, now: datetime) -> None:
    """Cancels it unless something moves just now; then the next look does."""
    reference = Order.objects.values_list("reference", flat=True).get(pk=order_id)
    try:
        cancel_unpaid_order(
            order_reference=reference, reason=NOT_PAID, actor=system("Bottles kept for wishes"), now=now
        )
    except Conflict:
        return
