"""A process of its own that asks a compliance service about an order, or tells it of one, and is killed at the step.

    python -m tests.concurrency.dying_compliance ask|tell STEP ORDER_REFERENCE ADDRESS

Steps: see ASKING and TELLING. The database is named by TIRAGE_DATABASE_URL, ADDRESS is the stand-in's.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies while asking, in order.
ASKING = (
    "question_written",
    "question_committed",
    "service_answered",
    "answer_read",
    "verdict_written",
    "everything_committed",
)
#: Where it dies while telling that an order has shipped.
TELLING = ("duty_taken", "duty_committed", "service_heard", "told_written", "everything_committed")


def arm(act: str, step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.compliance import asking
    from tirage.integrations.sovos.service import ShipCompliant

    traps: dict[str, dict[str, tuple[Any, str, Any]]] = {
        "ask": {
            "question_written": (asking, "_store_question", dying_after),
            "question_committed": (asking, "_ask", dying_before),
            "service_answered": (ShipCompliant, "check", dying_after),
            "answer_read": (asking, "_write_down", dying_before),
            "verdict_written": (asking, "_write_down", dying_after),
            "everything_committed": (asking, "ask_about", dying_after),
        },
        "tell": {
            "duty_taken": (asking, "_claim_duty", dying_after),
            "duty_committed": (asking, "_tell", dying_before),
            "service_heard": (ShipCompliant, "commit", dying_after),
            "told_written": (asking, "_write_told", dying_after),
            "everything_committed": (asking, "tell_of", dying_after),
        },
    }
    owner, name, trap = traps[act][step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(act: str, step: str, order_reference: str, address: str) -> None:
    import django

    django.setup()
    from django.conf import settings

    from tirage.compliance import asking
    from tirage.compliance.models import ComplianceCheck
    from tirage.core.clock import read_clock

    # The settings refuse an address in the clear.
    settings.TIRAGE_SOVOS_API_BASE = address
    arm(act, step)
    if act == "ask":
        asking.ask_about(order_reference=order_reference, clock=read_clock)
    else:
        check = ComplianceCheck.objects.get(order__reference=order_reference)
        asking.tell_of(check_id=check.pk, clock=read_clock)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(*sys.argv[1:])
