"""Moving money and keeping cards; no network inside a transaction, every outcome settled once."""

from tirage.payments.operations.answering import may_be_said, say_outcome
from tirage.payments.operations.authorising import charge_kind
from tirage.payments.operations.balances import (
    Attempt,
    attempt_of,
    charge_balance,
    due_minor,
    open_payment,
    usable_card,
)
from tirage.payments.operations.capturing import (
    Captured,
    capture_order,
    release_authorisation,
    release_authorisations,
    release_stray_authorisations,
)
from tirage.payments.operations.card_links import (
    CardLink,
    card_link_url,
    count_card_try,
    find_card_link,
    mail_card_link,
)
from tirage.payments.operations.cards import forget_declined_card, make_default_card, save_card
from tirage.payments.operations.charging import (
    Settled,
    StartedPayment,
    send_charge,
    settle_result,
    start_charge,
    void_payment,
)
from tirage.payments.operations.collecting import ask_for_balance
from tirage.payments.operations.comparing import (
    begin_comparison,
    compare_daily,
    continue_comparison,
    last_comparison,
    open_findings,
    running_comparison,
    start_comparison,
)
from tirage.payments.operations.credit import give_credit, refund_to_credit, return_credit, spend_credit
from tirage.payments.operations.forgetting import forget_let_go_cards, remove_card, restore_card
from tirage.payments.operations.giving import can_give_back, finish_giving, give_back_found
from tirage.payments.operations.links import (
    count_try,
    find_pay_link,
    live_pay_link,
    make_pay_link,
    pay_link_url,
    revoke_pay_links,
    state_of_link,
    use_pay_link,
)
from tirage.payments.operations.offline import record_offline_payment, take_offline_payment
from tirage.payments.operations.reconciling import (
    reconcile_payment,
    reconcile_payments,
    refund_stray_payments,
)
from tirage.payments.operations.refunding import (
    announce_refunds,
    is_gift,
    lock_payments_of,
    refund_payment,
    refundable_payments,
    refunded_minor,
    send_refunds,
    start_refunds,
)
from tirage.payments.operations.renewing import renew_authorisation, renew_authorisations
from tirage.payments.operations.resolving import (
    attach_found,
    book_arrival,
    book_found_refund,
    can_book_arrival,
    look_into,
    paid_by,
)
from tirage.payments.operations.rests import (
    is_too_small,
    least_minor,
    rests_are_waived,
    say_too_small,
    settle_rest,
)

__all__ = [
    "Attempt",
    "Captured",
    "CardLink",
    "Settled",
    "StartedPayment",
    "announce_refunds",
    "ask_for_balance",
    "attach_found",
    "attempt_of",
    "begin_comparison",
    "book_arrival",
    "book_found_refund",
    "can_book_arrival",
    "can_give_back",
    "capture_order",
    "card_link_url",
    "charge_balance",
    "charge_kind",
    "compare_daily",
    "continue_comparison",
    "count_card_try",
    "count_try",
    "due_minor",
    "find_card_link",
    "find_pay_link",
    "finish_giving",
    "forget_declined_card",
    "forget_let_go_cards",
    "give_back_found",
    "give_credit",
    "is_gift",
    "is_too_small",
    "last_comparison",
    "least_minor",
    "live_pay_link",
    "lock_payments_of",
    "look_into",
    "mail_card_link",
    "make_default_card",
    "make_pay_link",
    "may_be_said",
    "open_findings",
    "open_payment",
    "paid_by",
    "pay_link_url",
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
    "restore_card",
    "rests_are_waived",
    "return_credit",
    "revoke_pay_links",
    "running_comparison",
    "save_card",
    "say_outcome",
    "say_too_small",
    "send_charge",
    "send_refunds",
    "settle_rest",
    "settle_result",
    "spend_credit",
    "start_charge",
    "start_comparison",
    "start_refunds",
    "state_of_link",
    "take_offline_payment",
    "usable_card",
    "use_pay_link",
    "void_payment",
]
