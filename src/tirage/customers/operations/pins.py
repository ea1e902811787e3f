"""Customers whom no tiering moves: pinned by hand, with who, when and why."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.texts import fitting
from tirage.customers.models import MOST_WORDS, Customer, TierPin
from tirage.customers.operations.people import locked_customer


def pin_customer(*, customer: Customer, why: str, actor: Actor, now: datetime) -> TierPin:
    """No tiering moves the customer from now on; pinned already, the reason is written anew.

    Locks the customer, so a tiering that is at work sees the pin or has moved them before. Raises DomainError
    ``why_missing``, ``too_long``. Records ``customer.pinned``.
    """
    reason = fitting(why, MOST_WORDS, "why")
    if not reason:
        words = "Say why, for whoever looks at this in a year."
        raise DomainError("why_missing", words, {"why": words})
    with transaction.atomic():
        locked = locked_customer(customer)
        pin, _ = TierPin.objects.update_or_create(
            customer=locked, defaults={"at": now, "actor_label": actor.label[:MOST_WORDS], "why": reason}
        )
        _record(
            EventName.CUSTOMER_PINNED,
            locked,
            f"pinned {locked.name} to the group of now: {reason}",
            actor,
            now,
        )
    return pin


def unpin_customer(*, customer: Customer, actor: Actor, now: datetime) -> TierPin | None:
    """Tiering may move the customer again; what was pinned, so that it can be undone. Records ``customer.unpinned``."""
    with transaction.atomic():
        locked = locked_customer(customer)
        pin = TierPin.objects.filter(customer=locked).first()
        if pin is not None:
            TierPin.objects.filter(pk=pin.pk).delete()
            _record(EventName.CUSTOMER_UNPINNED, locked, f"let tiering move {locked.name} again", actor, now)
    return pin


def _record(name: EventName, customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "customer", customer.pk, text=text, customer_id=customer.pk, actor=actor, now=now)
