"""A process of its own that sends what wasn't picked up, and is killed at the named step. Run by the kill tests.

    python -m tests.concurrency.dying_pickup STEP NOW

Steps: see STEPS; NOW is a moment in ISO form. The database is named by TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies, in order.
STEPS = ("prepared", "agreed", "bank_asked", "bank_answered", "everything_committed")


def arm(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.changes import sending_instead
    from tirage.changes.operations import outcomes
    from tirage.integrations.test_gateway.gateway import TestGateway

    traps: dict[str, tuple[Any, str, Any]] = {
        "prepared": (sending_instead, "confirm_prepared", dying_before),
        "agreed": (outcomes, "send_charge", dying_before),
        "bank_asked": (TestGateway, "charge", dying_after),
        "bank_answered": (outcomes, "settle_result", dying_before),
        "everything_committed": (outcomes, "settle_result", dying_after),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(step: str, now: str) -> None:
    import django

    django.setup()
    from tirage.changes.sending_instead import send_unfetched

    arm(step)
    send_unfetched(now=datetime.fromisoformat(now))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(sys.argv[1], sys.argv[2])
