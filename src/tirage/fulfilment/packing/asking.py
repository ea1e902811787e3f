"""Changes that customers ask for once their order is packed: kept in their words, answered by the team."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.fulfilment.models import ChangeAsked
from tirage.fulfilment.packing.freezing import recall_order
from tirage.fulfilment.states import AskState
from tirage.orders.models import Order

MOST_WORDS = 600
#: What stands in the batch of an order that is recalled for it.
FOR_A_CHANGE = "Its customer asked for a change."
RECALLED = "We have taken your order out of its box again: you can change it on its page now."


def ask_change(*, order_reference: str, words: str, actor: Actor, now: datetime) -> ChangeAsked:
    """Keeps what the customer of a packed order asks for; the team sees it in the packing room. One at a time.

    Locks the order. Records ``change.asked``. Raises DomainError ``not_found`` (somebody else's order too),
    ``words_missing``, Conflict ``not_packed``, ``asked_already``.
    """
    words = words.strip()
    if not words:
        raise DomainError(
            "words_missing", "Say what should be changed.", {"words": "Say what should be changed."}
        )
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None or not actor.is_customer or order.customer_id != actor.id:
            raise DomainError("not_found", "There is no such order.")
        if not order.packed_in:
            raise Conflict("not_packed", "This order isn’t being packed any more. Look at it again.")
        try:
            with transaction.atomic():
                asked = ChangeAsked.objects.create(order=order, words=words[:MOST_WORDS], asked_at=now)
        except IntegrityError:
            raise Conflict(
                "asked_already", "You have asked for a change already. We answer by mail."
            ) from None
        text = f"asked for a change: {asked.words}"
        _record(EventName.CHANGE_ASKED, asked, text, actor, now)
    return asked


def answer_change(
    *, asked: ChangeAsked, state: AskState, answer: str, recall: bool, actor: Actor, now: datetime
) -> ChangeAsked:
    """Answers a customer: done, or declined in words; ``recall`` takes the order out of its batch, so that it can be
    changed again. The customer is mailed.

    Locks the order. Records ``change.answered``, reacts with it. Raises DomainError ``words_missing`` (declined
    without), Conflict ``answered_already``.
    """
    answer = answer.strip()[:MOST_WORDS]
    if state is AskState.DECLINED and not answer:
        words = "Say why not; the customer reads it."
        raise DomainError("words_missing", words, {"answer": words})
    with transaction.atomic():
        order = lock_row(Order.objects.filter(pk=asked.order_id))
        columns = {"state": state.value, "answer": answer or (RECALLED if recall else "")}
        still = ChangeAsked.objects.filter(pk=asked.pk, state=AskState.OPEN.value)
        if order is None or not still.update(answered_at=now, answered_by=actor.label[:200], **columns):
            raise Conflict("answered_already", "Somebody has answered this already. Look at it again.")
        if recall and order.packed_in:
            recall_order(order_reference=order.reference, reason=FOR_A_CHANGE, actor=actor, now=now)
        asked.refresh_from_db()
        verb = "declined a change that was asked for" if state is AskState.DECLINED else "answered"
        text = f"{verb}: {asked.answer}" if asked.answer else "did what the customer asked for"
        _record(EventName.CHANGE_ANSWERED, asked, text, actor, now)
        react(
            "change.answered",
            asked_id=asked.pk,
            order_id=order.pk,
            customer_id=order.customer_id,
            now=now,
        )
    return asked


def overtake_ended(*, order_id: int, now: datetime, **_: object) -> None:
    """Reaction to an order that has left or was canceled, and locked: what was asked for can't be done any more."""
    asked = ChangeAsked.objects.filter(order_id=order_id, state=AskState.OPEN.value).first()
    if asked is None:
        return
    ChangeAsked.objects.filter(pk=asked.pk).update(
        state=AskState.OVERTAKEN.value, answered_at=now, answered_by=system().label
    )


def _record(name: EventName, asked: ChangeAsked, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "order",
        asked.order_id,
        text=text,
        data={"asked": asked.reference},
        customer_id=asked.order.customer_id,
        actor=actor,
        now=now,
    )
