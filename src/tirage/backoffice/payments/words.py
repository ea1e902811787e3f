"""How payments are said: what was tried, how the money came, and what became of it."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.cells import state_cell
from tirage.payments.models import Payment
from tirage.payments.rules import say_decline
from tirage.payments.states import AT_ONCE, CREDIT, HISTORY, OfflineKind, PaymentKind, PaymentState

KINDS: dict[str, Any] = {
    PaymentKind.CHARGE: "Charge",
    PaymentKind.AUTHORISE: gettext_lazy("Authorization"),
    PaymentKind.CAPTURE: "Capture",
    PaymentKind.REFUND: "Refund",
}
STATES: dict[str, str] = {
    PaymentState.PENDING: "Under way",
    PaymentState.UNKNOWN: "No answer yet",
    PaymentState.NEEDS_CUSTOMER: "Waits for the customer",
    PaymentState.SETTLED: "Settled",
    PaymentState.DECLINED: "Declined",
    PaymentState.VOIDED: "Given up",
}
#: What a settled payment of each kind has come to.
_SETTLED: dict[str, str] = {
    PaymentKind.CHARGE: "Paid",
    PaymentKind.AUTHORISE: "Set aside",
    PaymentKind.CAPTURE: "Paid",
    PaymentKind.REFUND: "Refunded",
}
OFFLINE_KINDS: dict[str, Any] = {
    OfflineKind.CHEQUE: gettext_lazy("Check"),
    OfflineKind.TRANSFER: "Transfer",
    OfflineKind.CASH: "Cash",
    OfflineKind.COMP: "Gift",
    OfflineKind.MOVED: "Moved",
}
GATEWAYS = {"test": "Test gateway", "stripe": "Stripe", "trial": "Test orders", HISTORY: "Former system"}
STORE_CREDIT = "Store credit"


def gateway_words(gateway: str) -> str:
    """``Stripe``; nothing where no gateway moved the money."""
    return "" if gateway in AT_ONCE else GATEWAYS.get(gateway, gateway.capitalize())


def how_words(gateway: str, offline_kind: str, card: str = "") -> str:
    """How money comes: ``Visa 4242`` (or whatever ``card`` says), ``Store credit``, ``Check``."""
    if gateway == CREDIT:
        return STORE_CREDIT
    return str(OFFLINE_KINDS.get(offline_kind) or card or "Card")


def how(payment: Payment) -> str:
    """How this payment's money comes."""
    if payment.gateway == HISTORY:
        return payment.note or "In the former system"
    card = payment.payment_method.label if payment.payment_method else ""
    return how_words(payment.gateway, payment.offline_kind, card)


def payment_words(payment: Payment) -> str:
    """``Paid``, ``Given back``, ``Declined``: what became of it."""
    if payment.state != PaymentState.SETTLED:
        return STATES[payment.state]
    if payment.kind == PaymentKind.AUTHORISE and payment.released_at:
        return "No longer set aside"
    return _SETTLED[payment.kind]


def payment_state(payment: Payment) -> SafeString:
    """The same with its dot."""
    ended = payment.kind == PaymentKind.AUTHORISE and payment.released_at
    return state_cell(PaymentState.VOIDED if ended else payment.state, payment_words(payment))


def decline_words(payment: Payment) -> str:
    """Why money didn't move; nothing when it did or still may."""
    if payment.state not in (PaymentState.DECLINED, PaymentState.VOIDED):
        return ""
    # "This card can't be charged" is said of charges; a refund or capture that is refused says why itself.
    is_ask = payment.kind in (PaymentKind.CHARGE, PaymentKind.AUTHORISE)
    code = "" if payment.decline_code == "refused" and not is_ask else payment.decline_code
    return say_decline(code, payment.message)


def code_words(code: str) -> str:
    """A decline code in words: ``Not enough money on the card``."""
    return say_decline(code, code.replace("_", " ").capitalize())


def signed_minor(payment: Payment) -> int:
    """The amount as asked for, negative where it goes back to the customer."""
    return -payment.amount_minor if payment.kind == PaymentKind.REFUND else payment.amount_minor


def moved_minor(payment: Payment) -> int:
    """What it adds to the paid side of its order: nothing before it settles, nothing for what is only set aside."""
    moved = payment.state == PaymentState.SETTLED and payment.kind != PaymentKind.AUTHORISE
    return signed_minor(payment) if moved else 0
