"""Moving money and keeping cards; no network inside a transaction, every outcome settled once."""

from tirage.payments.operations.authorising import charge_kind
from tirage.payments.operations.capturing import (
    Captured,
    capture_order,
    release_authorisation,
    release_authorisations,
    release_stray_authorisations,
)
from tirage.payments.operations.cards import make_default_card, remove_card, save_card
from tirage.payments.operations.charging import (
    Settled,
    StartedPayment,
    send_charge,
    settle_result,
    start_charge,
    void_payment,
)
from tirage.payments.operations.credit import give_credit, refund_to_credit, return_credit, spend_credit
from tirage.payments.operations.offline import record_offline_payment, take_offline_payment
from tirage.payments.operations.reconciling import (
    reconcile_payment,
    reconcile_payments,
    refund_stray_payments,
)
from tirage.payments.operations.refunding import refund_payment, refundable_payments, refunded_minor
from tirage.payments.operations.renewing import renew_authorisation, renew_authorisations

__all__ = [
    "Captured",
    "Settled",
    "StartedPayment",
    "capture_order",
    "charge_kind",
    "give_credit",
    "make_default_card",
    "reconcile_payment",
    "reconcile_payments",
    "record_offline_payment",
    "refund_payment",
    "refund_stray_payments",
    "refund_to_credit",
    "refundable_payments",
    "refunded_minor",
    "release_authorisation",
    "release_authorisations",
    "release_stray_authorisations",
    "remove_card",
    "renew_authorisation",
    "renew_authorisations",
    "return_credit",
    "save_card",
    "send_charge",
    "settle_result",
    "spend_credit",
    "start_charge",
    "take_offline_payment",
    "void_payment",
]
