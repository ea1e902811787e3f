"""What a person does about an order that waits in compliance: let it ship with words why, or have it asked again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.compliance.asking import lock_order, new_check
from tirage.compliance.following import ASK, current_check, hold_order
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.sales import fingerprint_of
from tirage.compliance.services import checking_service
from tirage.compliance.states import HOLDING, CheckState
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.orders.models import Order

MOST_WORDS = 300
_CHANGED = "This order changed since you looked. Look at it again, then decide."


def let_ship(*, order_reference: str, seen: int, words: str, actor: Actor, now: datetime) -> ComplianceCheck:
    """Lets an order ship that waits in compliance, in a person's name and words.

    ``seen`` is the number of the check that the person looked at, nought where there was none. Locks the order, then
    its check. Records ``compliance.decided``. Raises DomainError ``not_found``, ``words_missing``, Conflict
    ``not_waiting``, ``changed_meanwhile``.
    """
    said = " ".join(words.split())
    if not said:
        missing = "Say why it may ship: who looked at it, and what they found."
        raise DomainError("words_missing", missing, {"words": missing})
    if len(said) > MOST_WORDS:
        long = f"Say it in at most {MOST_WORDS} characters."
        raise DomainError("words_missing", long, {"words": long})
    with transaction.atomic():
        order = _waiting(order_reference)
        check = _decidable(order, seen, now)
        ComplianceCheck.objects.filter(pk=check.pk).update(
            state=CheckState.DECIDED.value,
            decided_at=now,
            decided_by=actor.label[:200],
            decided_words=said,
            retry_at=check.retry_at if check.tries and check.state == CheckState.WAITING else None,
        )
        hold_order(order.pk, holds=False)
        text = f"lets the order ship, whatever the compliance service says: {said}"
        record_event(
            EventName.COMPLIANCE_DECIDED,
            "order",
            order.pk,
            text=text,
            customer_id=order.customer_id,
            actor=actor,
            now=now,
        )
    check.refresh_from_db()
    return check


def ask_again(*, order_reference: str, actor: Actor, now: datetime) -> None:
    """Lets the worker ask the service again at once. Locks the order, then its check.

    Raises DomainError ``not_found``, ``not_connected``, Conflict ``not_waiting``.
    """
    if checking_service() is None:
        raise DomainError(
            "not_connected",
            "No compliance service is connected, so nobody can be asked. Decide yourself whether the order may ship.",
        )
    with transaction.atomic():
        order = _waiting(order_reference)
        check = current_check(order.pk)
        if check is not None:
            # Whoever is asking just now goes on; another question is asked beside it and is the same.
            ComplianceCheck.objects.filter(pk=check.pk).update(
                state=CheckState.WAITING.value, tries=0, retry_at=None
            )
        queue_job(ASK, order.reference)


def _waiting(reference: str) -> Order:
    order = lock_order(reference)
    if order is None:
        raise DomainError("not_found", "There is no such order.")
    if not order.awaits_compliance:
        raise Conflict("not_waiting", "This order doesn’t wait for anybody’s decision any more.")
    return order


def _decidable(order: Order, seen: int, now: datetime) -> ComplianceCheck:
    """The check that was looked at, locked, while it is of the order as it stands.

    Where nobody can be asked any more, the order as it stands is what was looked at.
    """
    check, fingerprint = current_check(order.pk), fingerprint_of(order)
    if (check.number if check else 0) != seen:
        raise Conflict("changed_meanwhile", _CHANGED)
    if check is None or check.fingerprint != fingerprint:
        if check is not None and checking_service() is not None:
            raise Conflict("changed_meanwhile", _CHANGED)
        return new_check(order, check, fingerprint, now)
    locked = lock_row(ComplianceCheck.objects.filter(pk=check.pk))
    if locked is None or locked.state not in HOLDING:
        raise Conflict("changed_meanwhile", _CHANGED)
    return locked
