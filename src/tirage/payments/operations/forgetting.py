"""Cards that are let go: taken off the list at once, forgotten at the gateway once nobody can want them back.

Between both a customer may undo a removal, and a card that was typed for one order pays what is left of that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.models import Event
from tirage.core.turns import take_turns
from tirage.customers.models import Customer
from tirage.orders.states import OrderState
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.queries import saved_cards
from tirage.payments.states import OPEN, TRIAL, PaymentKind, PaymentState

#: How long a removed card can be had back, and one that wasn't to be kept is left for what is still going on.
UNDO = timedelta(hours=1)
#: Later than that, so that nobody has a card back while the gateway forgets it.
FORGET_AFTER = UNDO + timedelta(minutes=10)


def remove_card(
    *, customer: Customer, card_reference: str, at_once: bool = False, actor: Actor, now: datetime
) -> None:
    """Takes a card off the customer's list; the best of the others becomes the default.

    The gateway forgets it after ``FORGET_AFTER`` (``forget_let_go_cards``), or now with ``at_once``. Locks the card.
    Records ``card.removed``. Raises DomainError ``not_found``.
    """
    with transaction.atomic():
        mine = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True)
        card = lock_row(mine.filter(reference=card_reference))
        if card is None:
            raise DomainError("not_found", "This card is no longer saved.")
        was_default, card.is_default, card.removed_at = card.is_default, False, now
        card.save(update_fields=["removed_at", "is_default"])
        heir = saved_cards(customer.pk, now).first() if was_default else None
        if heir:
            _pass_default(customer, heir)
        record_event(
            EventName.CARD_REMOVED,
            "customer",
            customer.pk,
            text=f"removed {card.label}",
            data={"card": card.reference, "default": was_default, "heir": heir.reference if heir else ""},
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
    if at_once:
        _forget(card.pk, now)


def restore_card(*, customer: Customer, card_reference: str, actor: Actor, now: datetime) -> PaymentMethod:
    """Undoes a removal; the card is the default again if it was, unless another was chosen meanwhile.

    A card that is on the list stays as it is. Locks the card. Records ``card.restored``. Raises DomainError
    ``not_found``, Conflict ``forgotten``.
    """
    with transaction.atomic():
        card = lock_row(PaymentMethod.objects.filter(customer=customer, reference=card_reference, kept=True))
        if card is None:
            raise DomainError("not_found", "There is no such card.")
        if card.removed_at is None:
            return card
        if card.forgotten_at is not None or now >= card.removed_at + UNDO:
            raise Conflict("forgotten", "This card is forgotten by now. Add it again.")
        card.removed_at = None
        card.save(update_fields=["removed_at"])
        if _was_default(card, customer):
            _pass_default(customer, card)
        record_event(
            EventName.CARD_RESTORED,
            "customer",
            customer.pk,
            text=f"kept {card.label} after all",
            data={"card": card.reference},
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
    return card


def _was_default(card: PaymentMethod, customer: Customer) -> bool:
    """Whether the removal took it from the card, and what came in its place is still what it gave."""
    told = Event.objects.filter(
        name=EventName.CARD_REMOVED.value, subject_kind="customer", subject_id=customer.pk
    )
    latest = (one.data for one in told.order_by("-pk")[:50])
    data: dict[str, Any] = next((data for data in latest if data.get("card") == card.reference), {})
    others = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True, is_default=True)
    present = others.values_list("reference", flat=True).first()
    return bool(data.get("default")) and (present or "") == data.get("heir")


def _pass_default(customer: Customer, card: PaymentMethod) -> None:
    PaymentMethod.objects.filter(customer=customer, is_default=True).exclude(pk=card.pk).update(
        is_default=False
    )
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=True)
    card.is_default = True


def forget_let_go_cards(*, now: datetime) -> int:
    """By the clock: has the gateway forget cards that nobody wants back or needs; how many. Each has its own turn."""
    cards = _let_go(now).order_by("pk").values_list("pk", flat=True)[:100]
    turns: Iterator[Callable[[], bool]] = (partial(_forget, one, now) for one in cards)
    return sum(take_turns(turns))


def forget_cards_of(*, customer_id: int, now: datetime) -> int:
    """Has the gateway forget every card of an account that ended, without a way back; how many.

    No transaction may be open. Raises what the gateway raises; asked again it does no harm.
    """
    cards = PaymentMethod.objects.filter(customer=customer_id, forgotten_at__isnull=True).order_by("pk")
    return sum(_forget(pk, now) for pk in list(cards.values_list("pk", flat=True)))


def _let_go(now: datetime) -> QuerySet[PaymentMethod]:
    """Removed and past undoing; or typed for an order without being kept, once nothing of it is still to come."""
    payments = Payment.objects.filter(payment_method=OuterRef("pk"))
    moving = payments.filter(state__in=[state.value for state in OPEN])
    aside = payments.filter(
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        released_at__isnull=True,
        order__state=OrderState.PLACED.value,
    )
    spent = Q(kept=False, removed_at__isnull=True, saved_at__lte=now - FORGET_AFTER) & ~Exists(aside)
    # Test cards are nobody's secret: they stay for changes of their test orders.
    stays = Q(gateway=TRIAL, removed_at__isnull=True)
    return PaymentMethod.objects.filter(
        Q(removed_at__lte=now - FORGET_AFTER) | spent, ~stays, ~Exists(moving), forgotten_at__isnull=True
    )


def _forget(card_id: int, now: datetime) -> bool:
    """At the gateway first: a crash before it is noted asks it again, which does no harm."""
    card = PaymentMethod.objects.get(pk=card_id)
    gateway_for(card.gateway).remove_card(token=card.token)
    rows = PaymentMethod.objects.filter(pk=card_id, forgotten_at__isnull=True)
    return bool(rows.update(forgotten_at=now, removed_at=card.removed_at or now, is_default=False))
