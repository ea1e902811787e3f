"""What drafts do when payments and orders move; listed in ``config/subscriptions.py``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.applying import apply_paid
from tirage.changes.operations.steps import (
    NEEDS_CUSTOMER,
    advance_draft,
    end_draft,
    hold_until,
    lock_draft,
    record_on_order,
    refuse_while_paying,
)
from tirage.changes.queries import saying_something
from tirage.changes.states import LIVE, DraftState
from tirage.core.actors import Actor, system
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.sql import fetch_related
from tirage.fulfilment.states import Hindrance
from tirage.inventory.models import Hold
from tirage.inventory.statements import lock_counters
from tirage.orders.queries import stock_promised
from tirage.payments.models import Payment
from tirage.payments.operations import start_refunds
from tirage.payments.operations.reconciling import AUTHENTICATION_TIME
from tirage.payments.states import MONEY_IN, PaymentKind

#: After a failed payment, and for a customer at the bank's page, the bottles stay for at least so much longer.
GRACE = timedelta(minutes=5)
#: Why a draft waits whose money came and could not be used.
NOT_APPLIED = "not_applied"
_PAYMENT = "SELECT {columns} FROM payments_payment t {joins} WHERE t.id = %s"
_ASKING = (PaymentKind.CHARGE.value, PaymentKind.AUTHORISE.value)


def apply_when_paid(*, order_id: int, payment_id: int, purpose: str, actor: Actor, now: datetime) -> None:
    """Reaction to a settled payment: the change that it pays for is made, or else the money goes back.

    Locks order, draft, stock, customer; the payment is locked by whoever settles it.
    """
    payment = _payment_for_a_change(payment_id) if purpose else None
    draft = _locked(purpose) if payment else None
    if payment is None or draft is None:
        return
    if not _awaits(draft, payment):
        # Whatever the draft waits for (another attempt, a pay link) it goes on waiting for.
        _give_back(payment, draft, "The change was not waiting for it any more.", now)
        return
    try:
        with transaction.atomic():
            apply_paid(draft, payment, now)
    except DomainError as refused:
        draft.refresh_from_db(fields=["state"])
        _give_back(payment, draft, refused.message, now)
        _let_wait(draft, NOT_APPLIED, f"The money goes back: {refused.message}", now + GRACE, now)


def _payment_for_a_change(payment_id: int) -> Payment | None:
    """A first attempt to take money for a change; captures, refunds and renewals follow from others."""
    payment = fetch_related(Payment, _PAYMENT, [payment_id], related=("payment_method",))[0]
    is_first = payment.parent_id is None and payment.kind in _ASKING
    return payment if payment.purpose and is_first else None


def _locked(reference: str) -> ChangeDraft | None:
    try:
        return lock_draft(reference, system())
    except DomainError:
        return None


def _awaits(draft: ChangeDraft, payment: Payment) -> bool:
    """Whether the draft waits for just this attempt: one that was given up and comes late pays for nothing."""
    waits = draft.state == DraftState.PAYING or (
        draft.state == DraftState.WAITING and draft.waiting_code == NEEDS_CUSTOMER
    )
    asked = Payment.objects.filter(purpose=draft.reference, kind__in=_ASKING, parent=None)
    return waits and asked.order_by("-pk").values_list("pk", flat=True).first() == payment.pk


def _give_back(payment: Payment, draft: ChangeDraft, why: str, now: datetime) -> None:
    """Stores the refund in the transaction that books the money; what was only set aside is let go by the schedule."""
    if payment.kind in MONEY_IN:
        start_refunds(
            [payment],
            payment.amount_minor,
            lowers_owed=False,
            reason="The change was not made",
            actor=system("Payment check"),
            now=now,
        )
    amount = Money(payment.amount_minor, payment.currency)
    text = f"refunds {amount} that came for a change by {draft.actor_label}, which was not made. {why}"
    record_on_order(EventName.CHANGE_NOT_APPLIED, draft, text, system("Payment check"), now)


def wait_after_failure(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a failed payment: its change waits with the bank's reason, its bottles to their normal end."""
    payment = _payment_for_a_change(payment_id)
    draft = _locked(payment.purpose) if payment else None
    if payment and draft and _awaits(draft, payment):
        words = payment.message or "The bank declined the payment."
        _let_wait(draft, payment.decline_code or "declined", words, now + GRACE, now)


def wait_for_customer(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a bank that wants to see the customer: the change waits, and its bottles with it."""
    payment = _payment_for_a_change(payment_id)
    draft = _locked(payment.purpose) if payment else None
    if payment and draft and _awaits(draft, payment):
        words = "The bank wants the customer to confirm the payment."
        _let_wait(draft, NEEDS_CUSTOMER, words, now + AUTHENTICATION_TIME + GRACE, now)


def _let_wait(draft: ChangeDraft, code: str, words: str, at_least: datetime, now: datetime) -> None:
    until = max(draft.expires_at, at_least)
    columns = {"waiting_code": code[:60], "waiting_for": words[:300], "expires_at": until}
    if draft.state == DraftState.PAYING:
        advance_draft(draft, DraftState.WAITING, **columns)
    else:
        ChangeDraft.objects.filter(pk=draft.pk).update(**columns)
    hold_until(draft, until)
    text = f"lets a change by {draft.actor_label} wait: {words}"
    record_on_order(EventName.CHANGE_WAITING, draft, text, system("Payment check"), now)
    react(
        "change.waiting",
        draft_id=draft.pk,
        order_id=draft.order_id,
        customer_id=draft.order.customer_id,
        code=code,
        message=words,
        now=now,
    )


def refuse_shipping(*, order_id: int, now: datetime) -> None:
    """Reaction to an order about to ship: not while a change of it is being paid. The order is locked."""
    refuse_while_paying(order_id)


def leave_changing(*, order_ids: Sequence[int], found: Any, **_: object) -> None:
    """Reaction to orders that are about to be packed: those with a change that is prepared or paid stay out."""
    states = [state.value for state in LIVE]
    drafts = saying_something(ChangeDraft.objects.filter(order_id__in=order_ids, state__in=states))
    found.add(drafts.values_list("order_id", flat=True), Hindrance.CHANGING)


def refuse_refund(*, order_id: int, now: datetime) -> None:
    """Reaction to money about to be given back: not while a change of the order is being paid."""
    refuse_while_paying(order_id)


def drop_with_order(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to an order about to be cancelled, and locked: its drafts are let go, unless one is being paid."""
    refuse_while_paying(order_id)
    _drop_all(order_id, "let a change go with the order", actor, now)


def drop_after_shipping(*, order_id: int, customer_id: int, now: datetime) -> None:
    """Reaction to a shipped order: what was being prepared can't be made any more."""
    _drop_all(order_id, "let a change go: the order has left", system(), now)


def _drop_all(order_id: int, text: str, actor: Actor, now: datetime) -> None:
    states = [state.value for state in LIVE]
    drafts = lock_rows(
        ChangeDraft.objects.select_related("order").filter(order_id=order_id, state__in=states)
    )
    _lock_bottles(order_id, [draft.reference for draft in drafts])
    for draft in drafts:
        end_draft(draft, DraftState.DROPPED, text, actor, now)


def _lock_bottles(order_id: int, holders: Sequence[str]) -> None:
    """All at once, so that what is locked later has its place in the order of locks already."""
    held = Hold.objects.filter(holder__in=holders).values_list("stock_id", flat=True)
    lock_counters(sorted({*held, *stock_promised(order_id)}))
