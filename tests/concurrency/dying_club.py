"""A process of its own in which Ben joins a club with a fee, killed at the named step. Run by the kill tests.

    python -m tests.concurrency.dying_club STEP CUSTOMER_ID CLUB_ID

Steps: see STEPS. The database is named by TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies, in the order of a joining.
STEPS = (
    "fee_written",
    "fee_committed",
    "bank_asked",
    "bank_answered",
    "payment_settled",
    "settled_committed",
    "entered",
)


def arm(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.clubs import fees
    from tirage.integrations.test_gateway.gateway import TestGateway
    from tirage.payments import statements as payment_statements

    traps: dict[str, tuple[Any, str, Any]] = {
        "fee_written": (fees, "start_charge", dying_after),
        "fee_committed": (fees, "send_charge", dying_before),
        "bank_asked": (TestGateway, "charge", dying_after),
        "bank_answered": (fees, "settle_result", dying_before),
        "payment_settled": (payment_statements, "advance_payment", dying_after),
        "settled_committed": (fees, "settle_result", dying_after),
        "entered": (fees, "enter", dying_after),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(step: str, customer_id: int, club_id: int) -> None:
    import django

    django.setup()
    from tests.rooms.checkout.journey import customer_actor
    from tirage.clubs.joining import Joins, join_club
    from tirage.clubs.models import Club
    from tirage.core.clock import read_clock
    from tirage.customers.models import Customer

    arm(step)
    customer, club = Customer.objects.get(pk=customer_id), Club.objects.get(pk=club_id)
    joins = Joins(club.version, 1, adult_confirmed=True)
    join_club(club=club, customer=customer, joins=joins, actor=customer_actor(customer), now=read_clock())


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
