"""The journey of an order change: draft, quote, money, apply; cancelling and giving back belong to it."""

from tirage.changes.operations.adding import add_to_order
from tirage.changes.operations.cancelling import (
    Cancellation,
    CancelQuote,
    cancel_order,
    cancel_own_order,
    quote_cancel,
)
from tirage.changes.operations.confirming import confirm_draft, confirm_prepared, pay_draft, retry_draft
from tirage.changes.operations.drafting import drop_draft, edit_draft, lapse_drafts, open_draft
from tirage.changes.operations.granting import Granting, draft_grant, free_beyond
from tirage.changes.operations.ordering import live_new_order, open_new_order
from tirage.changes.operations.outcomes import (
    Confirmed,
    finish_change_payment,
    give_up_change_payment,
    let_stray_authorisations_go,
)
from tirage.changes.operations.returning import (
    LineRefund,
    quote_coming_off,
    quote_line_refund,
    refund_lines,
)
from tirage.changes.operations.splitting import split_draft

__all__ = [
    "CancelQuote",
    "Cancellation",
    "Confirmed",
    "Granting",
    "LineRefund",
    "add_to_order",
    "cancel_order",
    "cancel_own_order",
    "confirm_draft",
    "confirm_prepared",
    "draft_grant",
    "drop_draft",
    "edit_draft",
    "finish_change_payment",
    "free_beyond",
    "give_up_change_payment",
    "lapse_drafts",
    "let_stray_authorisations_go",
    "live_new_order",
    "open_draft",
    "open_new_order",
    "pay_draft",
    "quote_cancel",
    "quote_coming_off",
    "quote_line_refund",
    "refund_lines",
    "retry_draft",
    "split_draft",
]
