"""What Stripe tells us: each event once, whatever it says, in whatever order and however often it comes.

An event is only a reason to look: what became of a payment is asked of Stripe itself, so an old or doubled event
can't say anything untrue. What follows in the shop is done by those who react (``config/subscriptions.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog
from django.db.models import Q

from tirage.core.reactions import react
from tirage.core.winery import local_time
from tirage.integrations.stripe import books, judging
from tirage.integrations.stripe.models import StripeCall, StripeEvent
from tirage.integrations.stripe.reading import (
    Unreadable,
    id_at,
    look,
    moment_at,
    money_at,
    name_at,
    note_at,
    read_json,
    words_at,
)
from tirage.integrations.stripe.states import CallKind
from tirage.payments.protocol import Outcome

_log = structlog.get_logger(__name__)

#: After how long somebody who began to handle an event counts as dead.
CLAIM = timedelta(minutes=1)


class Heard(Enum):
    """What hearing an event did."""

    HANDLED = "handled"
    #: It was handled before.
    KNOWN = "known"
    #: Somebody is at work on it just now.
    BUSY = "busy"
    #: It can't be read; the team is told.
    ASIDE = "put aside"


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it came: signed, with a name, a kind and a time; ``about`` may be of any shape."""

    event_id: str
    kind: str
    happened_at: datetime
    about: Any


def read_event(body: bytes) -> Told:
    """The event in a body. Raises Unreadable for what is none: it has nothing to keep it by."""
    found = read_json(body)
    return Told(
        name_at(found, "id", most=80),
        name_at(found, "type", most=80),
        moment_at(found, "created"),
        look(found, "data", "object"),
    )


def hear_event(told: Told, *, now: datetime) -> Heard:
    """Handles an event whose signature was checked, once. Asks Stripe; no transaction may be open.

    One whose object can't be read is put aside with the reason: telling it again would say the same.
    Raises what handling raised, such as GatewayTimeout: the event is then free again for its next delivery.
    """
    row = StripeEvent(event_id=told.event_id, kind=told.kind, happened_at=told.happened_at, heard_at=now)
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not _claim(told.event_id, now):
        is_known = StripeEvent.objects.filter(event_id=told.event_id, handled_at__isnull=False).exists()
        return Heard.KNOWN if is_known else Heard.BUSY
    problem = ""
    try:
        if handle := HANDLERS.get(told.kind):
            handle(told.about, now)
    except Unreadable as unread:
        problem = str(unread)
        _log.error("stripe_event_put_aside", event_id=told.event_id, kind=told.kind, problem=problem)
    except Exception:
        StripeEvent.objects.filter(event_id=told.event_id).update(claimed_at=None)
        raise
    StripeEvent.objects.filter(event_id=told.event_id).update(handled_at=now, problem=problem[:200])
    return Heard.ASIDE if problem else Heard.HANDLED


def _claim(event_id: str, now: datetime) -> bool:
    """One statement: of two deliveries at once one gets the event."""
    free = StripeEvent.objects.filter(event_id=event_id, handled_at__isnull=True)
    free = free.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM))
    return free.update(claimed_at=now) == 1


def _tell_payment(intent: Any, now: datetime) -> None:
    """A charge or authorisation has news. Payments that this shop didn't make have no key of ours."""
    reference = name_at(intent, "id")
    if key := note_at(intent, "tirage_key"):
        react("gateway.told", gateway="stripe", gateway_reference=reference, idempotency_key=key, now=now)


def _tell_refund(refund: Any, now: datetime) -> None:
    """A refund of ours has news."""
    status, key = name_at(refund, "status"), note_at(refund, "tirage_key")
    call = StripeCall.objects.filter(idempotency_key=key, kind=CallKind.REFUND.value).first()
    if call is None:
        return
    if status == "failed" and call.outcome == Outcome.SETTLED:
        words = (
            f"A refund of {money_at(refund)} failed at the customer's bank after all. Refund it another way."
        )
        _warn(refund, words, now)
    else:
        react("gateway.told", gateway="stripe", gateway_reference="", idempotency_key=key, now=now)


def _tell_new_refund(refund: Any, now: datetime) -> None:
    """Money given back in Stripe's own pages is news to the shop's books; what we asked for ourselves isn't."""
    amount = money_at(refund)
    if not note_at(refund, "tirage_key"):
        words = f"{amount} were refunded in Stripe's own pages. The shop's books don't know of it."
        _warn(refund, words, now)


def _tell_dispute(dispute: Any, now: datetime) -> None:
    reason = words_at(dispute, "reason", most=60).replace("_", " ")
    has_end = look(dispute, "evidence_details", "due_by")
    until = ""
    if has_end:
        until = f" by {local_time(moment_at(dispute, 'evidence_details', 'due_by')):%B %-d}"
    words = f"The customer's bank disputes {money_at(dispute)} ({reason}). Answer it in Stripe{until}."
    _warn(dispute, words, now)


def _tell_dispute_end(dispute: Any, now: datetime) -> None:
    amount = money_at(dispute)
    ends = {
        "won": f"The dispute about {amount} is won: the money stays.",
        "lost": f"The dispute about {amount} is lost: the bank took the money back.",
    }
    words = ends.get(name_at(dispute, "status"), f"The dispute about {amount} is closed.")
    _warn(dispute, words, now)


def _warn(about: Any, words: str, now: datetime) -> None:
    """Brings the order of one of our payments to people's attention."""
    intent_id = id_at(about, "payment_intent")
    if intent_id and books.payment_call(intent_id):
        react("gateway.warned", gateway="stripe", gateway_reference=intent_id, words=words, now=now)


def _tell_card(method: Any, now: datetime) -> None:
    """The bank sent a new card of the same account, or its expiry was changed."""
    token = name_at(method, "id")
    if look(method, "card") is None:
        return
    facts = asdict(judging.card_facts(method))
    books.renew_card(token, facts)
    react("gateway.card_renewed", gateway="stripe", token=token, **facts, now=now)


def _tell_card_expiring(card: Any, now: datetime) -> None:
    """At the beginning of a card's last month."""
    react("gateway.card_expiring", gateway="stripe", token=name_at(card, "id"), now=now)


def _tell_card_gone(method: Any, now: datetime) -> None:
    """A card was taken off in Stripe's own pages (or by us; then nothing is left to do)."""
    token = name_at(method, "id")
    books.drop_card(token, now)
    react("gateway.card_gone", gateway="stripe", token=token, now=now)


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
