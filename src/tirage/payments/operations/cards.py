"""Saved cards: the gateway keeps the card, we keep its token."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.networks import network_of
from tirage.core.reactions import react
from tirage.core.tries import begin_card, end_card, refuse_card
from tirage.customers.models import Customer
from tirage.payments.gateways import current_gateway, gateway_for
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations.forgetting import remove_card
from tirage.payments.protocol import CardRefused, Gateway, GatewayRefused, GatewayTimeout, SavedCard
from tirage.payments.states import TRIAL, PaymentState


def save_card(
    *,
    customer: Customer,
    details: Mapping[str, str],
    make_default: bool,
    attempt_key: str = "",
    for_one_payment: bool = False,
    keep: bool = True,
    test: bool = False,
    ip: str = "",
    actor: Actor,
    now: datetime,
) -> PaymentMethod:
    """Saves a card at the gateway, then its token here; the first card becomes the default.

    ``attempt_key`` (from the form) makes a repeated submit save one card. Reacts with ``card.saved``, unless it was
    given ``for_one_payment``: then nothing else that waits is tried with it. One that isn't to be kept (``keep``) pays
    what it is given for, is on no list, and is forgotten afterwards (``forgetting.py``).
    Counted before the gateway is asked, by customer, by the network of ``ip`` and for the whole shop, so that nobody
    tests cards here. With ``test`` it is a test card for a test order: never kept, counted nowhere.
    Raises DomainError ``card_refused``, ``card_unknown``, Conflict ``too_many_tries``.
    """
    if test:
        return _save_test_card(customer, details, attempt_key, now)
    gateway = current_gateway()
    tried = begin_card(customer_reference=customer.reference, network=network_of(ip), now=now)
    try:
        card = _given(gateway, customer, details, attempt_key)
    except DomainError as refused:
        if refused.code == "card_refused":
            end_card(tried, card_reference="", refused=True)
        raise
    with transaction.atomic():
        saved, made = _kept(gateway, customer, card, keep, now)
        others = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True, is_default=True)
        if saved.kept and (make_default or not any(not other.has_expired(now) for other in others)):
            _make_default(customer, saved)
        if made:
            done = f"saved {saved.label}" if keep else f"gave {saved.label} for one payment"
            _record(EventName.CARD_SAVED, customer, done, actor, now)
        if made and keep and not for_one_payment:
            react("card.saved", customer_id=customer.pk, payment_method_id=saved.pk, now=now)
        end_card(tried, card_reference=saved.reference, refused=False)
    return saved


def _save_test_card(
    customer: Customer, details: Mapping[str, str], attempt_key: str, now: datetime
) -> PaymentMethod:
    """No act of the customer's: nothing is written into the record, and nothing that waits is tried with it."""
    gateway = gateway_for(TRIAL)
    card = _given(gateway, customer, details, attempt_key)
    with transaction.atomic():
        return _kept(gateway, customer, card, False, now)[0]


def count_declined_card(*, payment_id: int, **facts: object) -> None:
    """Reaction to a payment that failed: a new card that its bank declines was most likely tried for that."""
    payment = Payment.objects.select_related("payment_method").get(pk=payment_id)
    card = payment.payment_method
    if card is not None and payment.state == PaymentState.DECLINED:
        refuse_card(card.reference)


def _given(gateway: Gateway, customer: Customer, details: Mapping[str, str], attempt_key: str) -> SavedCard:
    """The card as the gateway keeps it."""
    try:
        return gateway.save_card(
            customer_reference=customer.reference,
            details=details,
            idempotency_key=f"{customer.reference}-{attempt_key or secrets.token_hex(8)}",
        )
    except CardRefused as refused:
        raise DomainError("card_refused", str(refused), {refused.field: str(refused)}) from refused
    except GatewayRefused as refused:
        # Most likely another card in a form that was sent before: its key is for one card.
        raise _old_form() from refused
    except GatewayTimeout as timeout:
        raise DomainError(
            "card_unknown", "The bank did not answer. Nothing was charged; try again in a moment."
        ) from timeout


def _kept(
    gateway: Gateway, customer: Customer, card: SavedCard, keep: bool, now: datetime
) -> tuple[PaymentMethod, bool]:
    """The card's row here, and whether it was made just now; one that is on the list already stays there."""
    saved, made = PaymentMethod.objects.get_or_create(
        gateway=gateway.key,
        token=card.token,
        defaults={
            "customer": customer,
            "brand": card.brand,
            "last4": card.last4,
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "saved_at": now,
            "kept": keep,
        },
    )
    if saved.removed_at is not None:
        raise _old_form()
    if keep and not saved.kept:
        saved.kept = True
        saved.save(update_fields=["kept"])
    return saved, made


def _record(name: EventName, customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "customer", customer.pk, text=text, customer_id=customer.pk, actor=actor, now=now)


def _old_form() -> DomainError:
    words = "This form was used before. Give the card once more."
    return DomainError("card_refused", words, {"card_number": words})


def _make_default(customer: Customer, card: PaymentMethod) -> None:
    PaymentMethod.objects.filter(customer=customer, is_default=True).exclude(pk=card.pk).update(
        is_default=False
    )
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=True)
    card.is_default = True


def _own_card(customer: Customer, card_reference: str) -> PaymentMethod:
    cards = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True)
    card = lock_row(cards.filter(reference=card_reference))
    if card is None:
        raise DomainError("not_found", "This card is no longer saved.")
    return card


@transaction.atomic
def make_default_card(
    *, customer: Customer, card_reference: str, actor: Actor, now: datetime
) -> PaymentMethod:
    """Makes one of the customer's cards the one that is offered first."""
    card = _own_card(customer, card_reference)
    _make_default(customer, card)
    return card


#: A card saved at most so long before a payment was typed for it.
TYPED_FOR_IT = timedelta(minutes=2)


def forget_declined_card(*, payment: Payment, actor: Actor, now: datetime) -> bool:
    """Removes the card of a declined payment when it was typed for it; whether it did.

    A card that was saved before, that paid something, or that another payment is under way with stays.
    """
    card = payment.payment_method
    if payment.state != PaymentState.DECLINED or card is None or card.removed_at is not None:
        return False
    if payment.made_at - card.saved_at > TYPED_FOR_IT:
        return False
    nothing_came = [PaymentState.DECLINED.value, PaymentState.VOIDED.value]
    if Payment.objects.filter(payment_method=card).exclude(state__in=nothing_came).exists():
        return False
    remove_card(customer=card.customer, card_reference=card.reference, at_once=True, actor=actor, now=now)
    return True
