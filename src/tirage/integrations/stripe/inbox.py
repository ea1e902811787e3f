"""What Stripe tells us: each event once, whatever it says, in whatever order and however often it comes.

An event is only a reason to look: what became of a payment is asked of Stripe itself, so an old or doubled event
can't say anything untrue. What follows in the shop is done by those who react (``config/subscriptions.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import stripe
from django.db.models import Q

from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.winery import local_time
from tirage.integrations.stripe import books, judging
from tirage.integrations.stripe.models import StripeCall, StripeEvent
from tirage.integrations.stripe.states import CallKind
from tirage.payments.protocol import Outcome

#: After how long somebody who began to handle an event counts as dead.
CLAIM = timedelta(minutes=1)


class Heard(Enum):
    """What hearing an event did."""

    HANDLED = "handled"
    #: It was handled before.
    KNOWN = "known"
    #: Somebody is at work on it just now.
    BUSY = "busy"


def hear_event(event: stripe.Event, *, now: datetime) -> Heard:
    """Handles an event whose signature was checked, once. Asks Stripe; no transaction may be open.

    Raises what handling raised, such as GatewayTimeout: the event is then free again for its next delivery.
    """
    row = StripeEvent(
        event_id=event.id, kind=event.type, happened_at=judging.read_time(event.created), heard_at=now
    )
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not _claim(event.id, now):
        is_known = StripeEvent.objects.filter(event_id=event.id, handled_at__isnull=False).exists()
        return Heard.KNOWN if is_known else Heard.BUSY
    try:
        if handle := HANDLERS.get(event.type):
            handle(event.data.object, now)
    except Exception:
        StripeEvent.objects.filter(event_id=event.id).update(claimed_at=None)
        raise
    StripeEvent.objects.filter(event_id=event.id).update(handled_at=now)
    return Heard.HANDLED


def _claim(event_id: str, now: datetime) -> bool:
    """One statement: of two deliveries at once one gets the event."""
    free = StripeEvent.objects.filter(event_id=event_id, handled_at__isnull=True)
    free = free.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM))
    return free.update(claimed_at=now) == 1


def _tell_payment(intent: Any, now: datetime) -> None:
    """A charge or authorisation has news. Payments that this shop didn't make have no key of ours."""
    if key := judging.metadata_of(intent, "tirage_key"):
        react("gateway.told", gateway="stripe", gateway_reference=intent.id, idempotency_key=key, now=now)


def _tell_refund(refund: Any, now: datetime) -> None:
    """A refund of ours has news."""
    key = judging.metadata_of(refund, "tirage_key")
    call = StripeCall.objects.filter(idempotency_key=key, kind=CallKind.REFUND.value).first()
    if call is None:
        return
    if refund.status == "failed" and call.outcome == Outcome.SETTLED:
        _warn(
            refund.payment_intent,
            f"A refund of {_amount(refund)} failed at the customer's bank after all. Give it back another way.",
            now,
        )
    else:
        react("gateway.told", gateway="stripe", gateway_reference="", idempotency_key=key, now=now)


def _tell_new_refund(refund: Any, now: datetime) -> None:
    """Money given back in Stripe's own pages is news to the shop's books; what we asked for ourselves isn't."""
    if not judging.metadata_of(refund, "tirage_key"):
        words = f"{_amount(refund)} were given back in Stripe's own pages. The shop's books don't know of it."
        _warn(refund.payment_intent, words, now)


def _tell_dispute(dispute: Any, now: datetime) -> None:
    reason = str(dispute.reason).replace("_", " ")
    due_by = judging.look(dispute, "evidence_details", "due_by")
    until = f" by {local_time(judging.read_time(due_by)):%B %-d}" if due_by else ""
    words = f"The customer's bank disputes {_amount(dispute)} ({reason}). Answer it in Stripe{until}."
    _warn(dispute.payment_intent, words, now)


def _tell_dispute_end(dispute: Any, now: datetime) -> None:
    ends = {
        "won": f"The dispute about {_amount(dispute)} is won: the money stays.",
        "lost": f"The dispute about {_amount(dispute)} is lost: the bank took the money back.",
    }
    words = ends.get(dispute.status, f"The dispute about {_amount(dispute)} is closed.")
    _warn(dispute.payment_intent, words, now)


def _warn(intent_id: str | None, words: str, now: datetime) -> None:
    """Brings the order of one of our payments to people's attention."""
    if intent_id and books.payment_call(intent_id):
        react("gateway.warned", gateway="stripe", gateway_reference=intent_id, words=words, now=now)


def _tell_card(method: Any, now: datetime) -> None:
    """The bank sent a new card of the same account, or its expiry was changed."""
    card = judging.look(method, "card")
    if card is None:
        return
    facts = {
        "brand": judging.brand_words(card.brand),
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }
    books.renew_card(method.id, facts)
    react("gateway.card_renewed", gateway="stripe", token=method.id, **facts, now=now)


def _tell_card_expiring(card: Any, now: datetime) -> None:
    """At the beginning of a card's last month."""
    react("gateway.card_expiring", gateway="stripe", token=card.id, now=now)


def _tell_card_gone(method: Any, now: datetime) -> None:
    """A card was taken off in Stripe's own pages (or by us; then nothing is left to do)."""
    books.drop_card(method.id, now)
    react("gateway.card_gone", gateway="stripe", token=method.id, now=now)


def _amount(found: Any) -> Money:
    return Money(found.amount, str(found.currency).upper())


#: The events that docs/stripe.md says to send.
HANDLERS: dict[str, Callable[[Any, datetime], None]] = {
    "payment_intent.succeeded": _tell_payment,
    "payment_intent.payment_failed": _tell_payment,
    "payment_intent.amount_capturable_updated": _tell_payment,
    "payment_intent.canceled": _tell_payment,
    "refund.created": _tell_new_refund,
    "refund.updated": _tell_refund,
    "refund.failed": _tell_refund,
    "charge.dispute.created": _tell_dispute,
    "charge.dispute.closed": _tell_dispute_end,
    "payment_method.automatically_updated": _tell_card,
    "payment_method.updated": _tell_card,
    "payment_method.detached": _tell_card_gone,
    "customer.source.expiring": _tell_card_expiring,
}
