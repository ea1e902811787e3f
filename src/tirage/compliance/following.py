"""What checks do when orders move; listed in ``config/subscriptions.py``. All of it inside the act's transaction.

None of it asks anybody; where no service checks orders, placing and changing one costs no statement.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tirage.compliance.models import ComplianceCheck
from tirage.compliance.sales import fingerprint_of, is_asked_about, needs_check
from tirage.compliance.services import connected
from tirage.compliance.states import CHECK_STEPS, CURRENT, LETTING, CheckState, Duty
from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.core.jobs import queue_job
from tirage.orders.models import Order

ASK, TELL = "tirage.compliance.tasks.ask_about_order", "tirage.compliance.tasks.tell_of_check"


def current_check(order_id: int) -> ComplianceCheck | None:
    """The check that the order has now, whatever it says."""
    states = [state.value for state in CURRENT]
    return ComplianceCheck.objects.filter(order_id=order_id, state__in=states).first()


def hold_order(order_id: int, *, holds: bool) -> None:
    """Says whether the order waits in compliance: the one place that writes it."""
    Order.objects.filter(pk=order_id, awaits_compliance=not holds).update(awaits_compliance=holds)


def follow_order(*, order_id: int) -> None:
    """Reaction to an order that was placed or changed: what a service hasn't judged waits, and is asked about.

    Locks the order, unless its writer did.
    """
    found = connected()
    if found is None:
        return
    order = Order.objects.select_related("method").get(pk=order_id)
    if order.step != "placed" or order.is_test:
        return
    check = current_check(order_id)
    if not needs_check(order):
        if check is not None:
            end_check(check, CheckState.VOIDED)
            hold_order(order_id, holds=False)
        return
    if not is_asked_about(order, found.setup):
        return
    if check is not None and check.fingerprint == fingerprint_of(order):
        return
    hold_order(order_id, holds=True)
    queue_job(ASK, order.reference)


def void_with_order(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to an order about to be cancelled, and locked: the service forgets it, and it waits for nothing."""
    check = current_check(order_id)
    if check is not None:
        end_check(check, CheckState.VOIDED)
    hold_order(order_id, holds=False)


def refuse_unasked(*, order_id: int, now: datetime) -> None:
    """Reaction to an order about to ship, and locked: not before a service was asked about it.

    What waits in compliance is refused by the shipping act itself; this is for orders of before there was a service.
    """
    found = connected()
    if found is None or not found.setup.checks_orders:
        return
    order = Order.objects.select_related("method").get(pk=order_id)
    if not needs_check(order):
        return
    states = [state.value for state in LETTING]
    if not ComplianceCheck.objects.filter(order_id=order_id, state__in=states).exists():
        raise Conflict(
            "awaits_compliance",
            "This order was never checked by the compliance service. It is asked in the next minutes by itself; try "
            "again then.",
        )


def commit_shipped(*, order_id: int, customer_id: int, now: datetime) -> None:
    """Reaction to a shipped order: the service is told, after this transaction."""
    check = current_check(order_id)
    if check is not None:
        end_check(check, CheckState.COMMITTED)


def end_check(check: ComplianceCheck, to: CheckState) -> None:
    """Ends a check for good and lets the service be told, unless it never heard of the order. The order is locked.

    While a worker is asking, the service is told after that has ended: what is said last holds there.
    """
    sources = [state.value for state, steps in CHECK_STEPS.items() if to in steps]
    duty = Duty.COMMIT if to is CheckState.COMMITTED else Duty.VOID if _may_be_known(check) else Duty.NONE
    if check.asked.get("only_tax"):
        duty = Duty.NONE  # a quote keeps nothing there
    is_asking = check.state in (CheckState.WAITING, CheckState.UNANSWERED) and check.retry_at is not None
    columns: dict[str, Any] = {"duty": duty.value, "tries": 0, "problem": ""}
    if not is_asking:
        columns["retry_at"] = None
    ended = ComplianceCheck.objects.filter(pk=check.pk, state__in=sources).update(state=to.value, **columns)
    if ended and duty is not Duty.NONE:
        queue_job(TELL, check.pk)


def _may_be_known(check: ComplianceCheck) -> bool:
    """Whether the service may have heard of the order: by this check, or by one before it."""
    return bool(check.service) and (check.tries > 0 or check.answered_at is not None or check.number > 1)
