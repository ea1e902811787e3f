"""What gateways tell us unasked. News of a payment is only a reason to look: the outcome comes from the gateway."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from tirage.core.actors import system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.orders.operations import flag_order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations.reconciling import reconcile_payment
from tirage.payments.queries import saved_cards
from tirage.payments.states import OPEN, PaymentKind, PaymentState

#: For so long a payment's own request is at work; its answer is on its way.
OWN_REQUEST = timedelta(seconds=30)
_FIRST = [PaymentKind.CHARGE.value, PaymentKind.AUTHORISE.value]
_MOVEMENTS = [PaymentKind.CAPTURE.value, PaymentKind.REFUND.value]


def settle_told(*, gateway: str, gateway_reference: str, idempotency_key: str, now: datetime) -> int:
    """Reaction to a gateway's news: looks up what it may be about and settles it; how many payments.

    By the gateway's reference, and by the key where an answer with the reference never came. Captures of that
    payment are looked at too, and attempts that were given up: money that moves all the same is booked, and goes back
    where it isn't owed. Talks to the gateway; no transaction may be open.
    """
    about = Q(idempotency_key=idempotency_key)
    if gateway_reference:
        about |= Q(gateway_reference=gateway_reference)
        about |= Q(kind__in=_MOVEMENTS, parent__gateway_reference=gateway_reference)
    undecided = Q(state__in=[state.value for state in OPEN]) | Q(
        state=PaymentState.VOIDED.value, kind__in=_FIRST
    )
    young = Q(state=PaymentState.PENDING.value, made_at__gt=now - OWN_REQUEST)
    payments = list(Payment.objects.filter(about, undecided, gateway=gateway).exclude(young).order_by("id"))
    for payment in payments:
        reconcile_payment(payment=payment, actor=system(gateway.title()), now=now)
    return len(payments)


def heed_warning(*, gateway: str, gateway_reference: str, words: str, now: datetime) -> None:
    """Reaction to news that needs a person (a dispute, money given back elsewhere): flags the order with the words.

    Locks the order. Records ``order.flagged``.
    """
    found = Payment.objects.filter(gateway=gateway, gateway_reference=gateway_reference).order_by("id")
    payment = found.exclude(kind__in=_MOVEMENTS).first()
    if payment is not None:
        with transaction.atomic():
            flag_order(order_id=payment.order_id, words=words, actor=system(gateway.title()), now=now)


@transaction.atomic
def renew_card(
    *,
    gateway: str,
    token: str,
    brand: str,
    last4: str,
    exp_month: int,
    exp_year: int,
    now: datetime,
) -> bool:
    """Reaction to a card that its bank renewed: number and expiry as they are now; False when nothing changed.

    Locks the card. Records ``card.renewed``.
    """
    card = lock_row(_cards(gateway, token))
    facts = {"brand": brand, "last4": last4, "exp_month": exp_month, "exp_year": exp_year}
    if card is None or all(getattr(card, name) == value for name, value in facts.items()):
        return False
    before = f"{card.label}, good until {card.exp_month:02d}/{card.exp_year}"
    PaymentMethod.objects.filter(pk=card.pk).update(**facts)
    text = f"replaced {before}, by {brand} {last4}, good until {exp_month:02d}/{exp_year}"
    _record(EventName.CARD_RENEWED, card, text, gateway, now)
    return True


@transaction.atomic
def note_card_expiring(*, gateway: str, token: str, now: datetime) -> bool:
    """Reaction to a card in its last month: noted with the customer. Records ``card.expiring``."""
    card = lock_row(_cards(gateway, token))
    if card is None:
        return False
    text = f"noted that {card.label} expires at the end of {card.exp_month:02d}/{card.exp_year}"
    _record(EventName.CARD_EXPIRING, card, text, gateway, now)
    return True


@transaction.atomic
def drop_card(*, gateway: str, token: str, now: datetime) -> bool:
    """Reaction to a card that the gateway has no more: it is taken off here too. Locks it. Records ``card.removed``."""
    card = lock_row(_cards(gateway, token))
    if card is None:
        return False
    PaymentMethod.objects.filter(pk=card.pk).update(removed_at=now, forgotten_at=now, is_default=False)
    if card.is_default and (heir := saved_cards(card.customer_id, now).first()):
        PaymentMethod.objects.filter(pk=heir.pk).update(is_default=True)
    _record(EventName.CARD_REMOVED, card, f"removed {card.label}", gateway, now)
    return True


def _cards(gateway: str, token: str) -> QuerySet[PaymentMethod]:
    return PaymentMethod.objects.filter(gateway=gateway, token=token, removed_at__isnull=True)


def _record(name: EventName, card: PaymentMethod, text: str, gateway: str, now: datetime) -> None:
    record_event(
        name,
        "customer",
        card.customer_id,
        text=text,
        customer_id=card.customer_id,
        actor=system(gateway.title()),
        now=now,
    )
