"""Payments on the page of their order, and saved cards on the page of their customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.backoffice.payments.page import is_payable, set_aside
from tirage.backoffice.payments.refunds import RefundForm
from tirage.backoffice.payments.words import KINDS, decline_words, how, payment_state
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import refundable_payments
from tirage.payments.queries import saved_cards
from tirage.payments.states import OPEN, PaymentKind, PaymentState
from tirage.staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of the order in words; ``refund_form`` where something of it can be given back."""

    payment: Payment
    how: str
    said: SafeString
    why: str
    tried: str
    refund_form: RefundForm | None


def payments_of(look: Look[Order]) -> list[Payment]:
    """All of the order's, in the order of time."""
    payments = Payment.objects.filter(order=look.about).select_related("payment_method", "parent")
    return list(payments.order_by("id"))


def aside_of(look: Look[Order]) -> int:
    """What of the order's balance is set aside on cards, in minor units."""
    return set_aside(look.about, look.once(payments_of), look.now)


def cards_of(look: Look[Customer]) -> list[PaymentMethod]:
    """The customer's saved cards, the one to choose first in front."""
    return list(saved_cards(look.about.pk, look.now))


def _payment_row(payment: Payment, left: int, sent: RefundForm | None) -> PaymentRow:
    # What has come to something says what it was in its state: "Set aside", "Refunded".
    tried = "" if payment.state == PaymentState.SETTLED else KINDS[payment.kind]
    is_sent = sent is not None and sent.about.pk == payment.pk
    form = sent if is_sent else RefundForm(about=payment, left=left)
    return PaymentRow(
        payment, how(payment), payment_state(payment), decline_words(payment), tried, form if left else None
    )


def _read_payments(look: Look[Order]) -> Mapping[str, Any]:
    payments, form = look.once(payments_of), look.sent.get("refund_form")
    left = dict(refundable_payments(order_id=look.about.pk)) if look.may(Permission.REFUND) else {}
    return {
        "payments": [_payment_row(one, left.get(one.reference, 0), form) for one in payments],
        "has_open": any(payment.state in OPEN for payment in payments),
        "payable": is_payable(look.about),
        "form": form,
        "refund_kind": PaymentKind.REFUND.value,
    }


ORDER_PAGE.declare(
    Panel(
        title="Payments",
        template="backoffice/payments/of_order.html",
        read=_read_payments,
        permission=Permission.SEE_ORDERS,
        rank=50,
    )
)
CUSTOMER_PAGE.declare(
    Panel(
        title="Cards",
        template="backoffice/payments/cards_of_customer.html",
        read=lambda look: {"cards": look.once(cards_of)},
        permission=Permission.SEE_CUSTOMERS,
        rank=110,
    )
)
