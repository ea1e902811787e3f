"""A customer asks to be erased, and the team answers."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.customers.models import Customer
from tirage.leaving.models import ErasureAsk
from tirage.leaving.states import AskState


def ask_erasing(*, customer: Customer, actor: Actor, now: datetime) -> ErasureAsk:
    """Puts the wish before the team; the one that is open already where there is one.

    Records ``customer.asked_erasing``.
    """
    try:
        with transaction.atomic():
            ask = ErasureAsk.objects.create(customer=customer, made_at=now)
            record_event(
                EventName.CUSTOMER_ASKED_ERASING,
                "customer",
                customer.pk,
                text="asked to be erased",
                customer_id=customer.pk,
                actor=actor,
                now=now,
            )
    except IntegrityError:
        return ErasureAsk.objects.get(customer=customer, state=AskState.OPEN.value)
    return ask


def refuse_erasing(*, ask: ErasureAsk, answer: str, actor: Actor, now: datetime) -> None:
    """Answers why not; the customer reads it, and may ask again.

    Records ``customer.erasing_refused``. Raises DomainError ``answer_missing``, Conflict ``answered``.
    """
    answer = answer.strip()[:300]
    if not answer:
        raise DomainError("answer_missing", "Write why not: the customer reads it.")
    with transaction.atomic():
        waiting = ErasureAsk.objects.filter(pk=ask.pk, state=AskState.OPEN.value)
        changes = {"answer": answer, "closed_at": now, "actor_label": actor.label[:200]}
        if not waiting.update(state=AskState.REFUSED.value, **changes):
            raise Conflict("answered", "Somebody has answered it already.")
        record_event(
            EventName.CUSTOMER_ERASING_REFUSED,
            "customer",
            ask.customer_id,
            text="didn’t erase the customer",
            customer_id=ask.customer_id,
            actor=actor,
            now=now,
        )


def close_ask(customer_id: int, actor: Actor, now: datetime) -> None:
    """What was asked is done, within the erasing."""
    waiting = ErasureAsk.objects.filter(customer=customer_id, state=AskState.OPEN.value)
    waiting.update(state=AskState.DONE.value, closed_at=now, actor_label=actor.label[:200])
