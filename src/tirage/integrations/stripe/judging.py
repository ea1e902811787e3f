"""What Stripe's objects say, in the protocol's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.integrations.stripe.reading import look, moment_at, name_at, name_or_none, whole_at, words_at
from tirage.payments.protocol import GatewayTimeout, Outcome

#: Stripe's codes that have another name here. Every other code is kept: staff and their bank know it.
_CODES = {
    "generic_decline": "card_declined",
    "payment_intent_authentication_failure": "authentication_failed",
    "setup_intent_authentication_failure": "authentication_failed",
    "invalid_cvc": "incorrect_cvc",
    "invalid_number": "incorrect_number",
    "invalid_expiry_month": "invalid_expiry",
    "invalid_expiry_year": "invalid_expiry",
}
#: The bank wants to see the customer, who wasn't there.
AUTHENTICATION_REQUIRED = "authentication_required"
#: Reasons of a cancellation that nobody asked for: what was set aside has lapsed.
_LAPSED = frozenset({"automatic", "expired"})

_BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What has become of a call. No outcome: Stripe has not been asked for the money yet."""

    outcome: Outcome | None
    code: str = ""
    expires_at: datetime | None = None


def our_code(code: str) -> str:
    """Stripe's decline code under our name; a plain decline for what can't be a code."""
    is_code = re.fullmatch(r"[a-zA-Z0-9_.-]{1,60}", code)
    return _CODES.get(code, code) if is_code else "card_declined"


def judge_decline(code: str) -> Judgement:
    """A bank's no; ``authentication_required`` is a question instead."""
    if code == AUTHENTICATION_REQUIRED:
        return Judgement(Outcome.NEEDS_CUSTOMER)
    return Judgement(Outcome.DECLINED, our_code(code))


def judge_payment(intent: Any) -> Judgement:
    """The present state of a payment. Raises GatewayTimeout while Stripe itself doesn't know."""
    match name_at(intent, "status"):
        case "succeeded":
            return Judgement(Outcome.SETTLED)
        case "requires_capture":
            return Judgement(Outcome.SETTLED, expires_at=_capture_before(intent))
        case "requires_action":
            return Judgement(Outcome.NEEDS_CUSTOMER)
        case "canceled":
            is_lapsed = name_or_none(intent, "cancellation_reason") in _LAPSED
            return Judgement(Outcome.DECLINED, "authorization_expired" if is_lapsed else "voided")
        case "requires_payment_method":
            return _judge_attempt(look(intent, "last_payment_error"))
        case "requires_confirmation":
            return Judgement(None)
    raise GatewayTimeout("Stripe is still at work on it")


def _judge_attempt(error: Any) -> Judgement:
    code = error_code(error)
    return judge_decline(code) if code else Judgement(None)


def error_code(error: Any) -> str:
    """The bank's reason where Stripe passes one on, else Stripe's; empty without an error."""
    return str(look(error, "decline_code") or look(error, "code") or "")


def judge_refund(refund: Any) -> Judgement:
    """The state of a refund. Raises GatewayTimeout while it is on its way."""
    status = name_at(refund, "status")
    if status == "succeeded":
        return Judgement(Outcome.SETTLED)
    if status in {"failed", "canceled"}:
        return Judgement(Outcome.DECLINED, "refund_failed")
    raise GatewayTimeout("the refund is on its way")


def brand_words(brand: str) -> str:
    """``Visa`` for ``visa``; a brand we never heard of is at least written like a name."""
    return _BRANDS.get(brand) or brand.replace("_", " ").title()[:30] or "Card"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a person recognises a card by."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


def card_facts(method: Any) -> CardFacts:
    """The card of a payment method. Raises Unreadable."""
    return CardFacts(
        brand_words(words_at(method, "card", "brand", most=30)),
        name_at(method, "card", "last4", most=4),
        whole_at(method, "card", "exp_month", least=1, most=12),
        whole_at(method, "card", "exp_year", least=2000, most=2199),
    )


def _capture_before(intent: Any) -> datetime | None:
    path = ("latest_charge", "payment_method_details", "card", "capture_before")
    return moment_at(intent, *path) if look(intent, *path) else None
