"""Orders of a run that aren't paid: collected, their bottles kept until a date, then free."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tirage.changes.operations.cancelling import cancel_unpaid_order
from tirage.core.actors import system
from tirage.core.errors import Conflict
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.orders.models import Order
from tirage.payments.models import Collection
from tirage.payments.operations.balances import due_minor
from tirage.payments.states import CollectionState
from tirage.standing.models import StandingLine
from tirage.standing.states import Outcome

#: What the activity and the mail say.
NOT_PAID = "The bottles were kept for a while; the card could not be charged"
_UNPAID = [Outcome.ORDERING.value, Outcome.COLLECTING.value]
#: Orders that one look of the schedule looks after.
MOST = 500


def look_after_standing_orders(*, now: datetime) -> int:
    """Looks after each order that was placed by a run and isn't paid yet; how many. Run by the schedule."""
    lines = StandingLine.objects.filter(outcome__in=_UNPAID, order__isnull=False)
    orders = list(lines.order_by("order_id").values_list("order_id", flat=True)[:MOST])
    for order_id in orders:
        look_after_order(order_id, now)
    return len(orders)


def look_after_order(order_id: int, now: datetime) -> None:
    """Says thanks for what is paid; keeps the bottles of what is collected until a date; cancels the order after it.

    No transaction may be open. Cancelling locks payments, order, drafts, stock, customer.
    """
    if note_paid(order_id=order_id, now=now):
        return
    waiting = Collection.objects.filter(
        order_id=order_id, purpose="", state=CollectionState.OPEN.value
    ).first()
    lines = StandingLine.objects.filter(order_id=order_id)
    if waiting:
        for line in lines.filter(outcome=Outcome.ORDERING.value).select_related("run"):
            until = now + timedelta(days=line.run.kept_days)
            StandingLine.objects.filter(pk=line.pk, outcome=Outcome.ORDERING.value).update(
                outcome=Outcome.COLLECTING.value, reason=waiting.message[:300], kept_until=until
            )
    if lines.filter(outcome=Outcome.COLLECTING.value, kept_until__lte=now).exists():
        _cancel(order_id, now)


@transaction.atomic
def note_paid(*, order_id: int, now: datetime) -> bool:
    """The order is the customer's once no card has to be asked any more; True then. Locks the order.

    Reacts with ``standing.ordered``.
    """
    order = lock_row(Order.objects.filter(pk=order_id))
    if order is None or due_minor(order, now) > 0:
        return False
    done = StandingLine.objects.filter(order_id=order_id, outcome__in=_UNPAID)
    if done.update(outcome=Outcome.ORDERED.value, kept_until=None, reason=""):
        react("standing.ordered", order_id=order_id, customer_id=order.customer_id, now=now)
    return True


def _cancel(order_id: int, now: datetime) -> None:
    """Unless something moves just now; then the next look does."""
    reference = Order.objects.values_list("reference", flat=True).get(pk=order_id)
    try:
        cancel_unpaid_order(
            order_reference=reference, reason=NOT_PAID, actor=system("Standing orders"), now=now
        )
    except Conflict:
        return
