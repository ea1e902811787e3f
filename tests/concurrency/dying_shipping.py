"""A process of its own that ships or renews, and is killed at the named step. Run by the kill tests.

    python -m tests.concurrency.dying_shipping ship|renew STEP ORDER_REFERENCE

Steps: see SHIPPING and RENEWING. The database is named by TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies while shipping an order whose money is set aside, in order.
SHIPPING = (
    "checked",
    "capture_written",
    "capture_committed",
    "bank_asked",
    "bank_answered",
    "capture_settled",
    "money_committed",
    "state_written",
    "bottles_out",
    "everything_committed",
)
#: Where it dies while renewing.
RENEWING = (
    "renewal_written",
    "renewal_committed",
    "bank_asked",
    "bank_answered",
    "renewal_settled",
    "renewal_booked",
    "old_let_go_at_the_bank",
    "everything_committed",
)


def arm_shipping(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.fulfilment.operations import shipping
    from tirage.integrations.test_gateway.gateway import TestGateway
    from tirage.payments import statements
    from tirage.payments.operations import capturing

    traps: dict[str, tuple[Any, str, Any]] = {
        "checked": (shipping, "capture_order", dying_before),
        "capture_written": (statements, "insert_payment", dying_after),
        "capture_committed": (capturing, "_send_capture", dying_before),
        "bank_asked": (TestGateway, "capture", dying_after),
        "bank_answered": (capturing, "settle_result", dying_before),
        "capture_settled": (statements, "advance_payment", dying_after),
        "money_committed": (capturing, "settle_result", dying_after),
        "state_written": (shipping, "advance_order", dying_after),
        "bottles_out": (shipping, "ship_sold", dying_after),
        "everything_committed": (shipping, "ship_order", dying_after),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def arm_renewing(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.integrations.test_gateway.gateway import TestGateway
    from tirage.payments import statements
    from tirage.payments.operations import renewing

    traps: dict[str, tuple[Any, str, Any]] = {
        "renewal_written": (statements, "insert_payment", dying_after),
        "renewal_committed": (renewing, "send_charge", dying_before),
        "bank_asked": (TestGateway, "authorise", dying_after),
        "bank_answered": (renewing, "settle_result", dying_before),
        "renewal_settled": (statements, "advance_payment", dying_after),
        "renewal_booked": (renewing, "settle_result", dying_after),
        "old_let_go_at_the_bank": (TestGateway, "void", dying_after),
        "everything_committed": (renewing, "renew_authorisation", dying_after),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(act: str, step: str, order_reference: str) -> None:
    import django

    django.setup()
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.fulfilment.operations import shipping
    from tirage.payments.operations import renewing

    if act == "ship":
        arm_shipping(step)
        shipping.ship_order(order_reference=order_reference, actor=system("Olive"), now=read_clock())
    else:
        arm_renewing(step)
        renewing.renew_authorisations(now=read_clock())


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(*sys.argv[1:])
