"""A process of its own that confirms a change of an order and is killed at the named step. Run by the kill tests.

    python -m tests.concurrency.dying_change STEP DRAFT_REFERENCE

Steps: see MORE (a change that has to be paid) and LESS (one that gives money back). The database is named by
TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies while more is to be paid, in order.
MORE = (
    "looked_through",
    "bottles_held",
    "payment_written",
    "agreed",
    "bank_asked",
    "bank_answered",
    "payment_settled",
    "change_entered",
    "draft_applied",
    "everything_committed",
)
#: And while money goes back.
LESS = ("change_entered", "refund_written", "refund_agreed", "refund_asked", "refund_answered")


def arm(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.changes.operations import applying, confirming, outcomes
    from tirage.integrations.test_gateway.gateway import TestGateway
    from tirage.payments import statements as payment_statements
    from tirage.payments.operations import refunding

    traps: dict[str, tuple[Any, str, Any]] = {
        "looked_through": (confirming, "_looked_through", dying_after),
        "bottles_held": (confirming, "start_charge", dying_before),
        "payment_written": (confirming, "start_charge", dying_after),
        "agreed": (outcomes, "send_charge", dying_before),
        "bank_asked": (TestGateway, "charge", dying_after),
        "bank_answered": (outcomes, "settle_result", dying_before),
        "payment_settled": (payment_statements, "advance_payment", dying_after),
        "change_entered": (applying, "apply_change", dying_after),
        "draft_applied": (applying, "advance_draft", dying_after),
        "everything_committed": (outcomes, "settle_result", dying_after),
        "refund_written": (confirming, "start_refunds", dying_after),
        "refund_agreed": (outcomes, "send_refunds", dying_before),
        "refund_asked": (TestGateway, "refund", dying_after),
        "refund_answered": (refunding, "settle_result", dying_before),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(step: str, draft_reference: str) -> None:
    import django

    django.setup()
    from tirage.changes.models import ChangeDraft
    from tirage.changes.operations import confirm_draft
    from tirage.changes.operations.steps import maker_of
    from tirage.changes.queries import find_draft, quote_draft
    from tirage.core.clock import read_clock

    arm(step)
    actor, now = maker_of(ChangeDraft.objects.get(reference=draft_reference)), read_clock()
    draft = find_draft(draft_reference, actor)
    quote = quote_draft(draft, now)
    confirm_draft(
        draft_reference=draft_reference,
        expected_difference_minor=quote.difference.minor,
        expected_settlement_minor=quote.settlement.minor,
        payment_method=draft.order.customer.payment_methods.get(),
        actor=actor,
        now=now,
    )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(sys.argv[1], sys.argv[2])
