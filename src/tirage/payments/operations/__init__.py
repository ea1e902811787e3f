"""Moving money and keeping cards; no network inside a transaction, every outcome settled once."""

from tirage.payments.operations.cards import make_default_card, remove_card, save_card
from tirage.payments.operations.charging import (
    Settled,
    StartedPayment,
    send_charge,
    settle_result,
    start_charge,
    void_payment,
)
from tirage.payments.operations.reconciling import (
    reconcile_payment,
    reconcile_payments,
    refund_stray_payments,
)
from tirage.payments.operations.refunding import refund_payment, refundable_payments, refunded_minor

__all__ = [
    "Settled",
    "StartedPayment",
    "make_default_card",
    "reconcile_payment",
    "reconcile_payments",
    "refund_payment",
    "refund_stray_payments",
    "refundable_payments",
    "refunded_minor",
    "remove_card",
    "save_card",
    "send_charge",
    "settle_result",
    "start_charge",
    "void_payment",
]
