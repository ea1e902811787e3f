"""A process of its own that compares with the gateway's list, or gives a finding back, and is killed at the named step.

    python -m tests.concurrency.dying_comparing compare|give STEP [FINDING_REFERENCE]

The database is named by TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies while comparing, and while giving back.
COMPARING = ("begun", "page_read", "found_written", "page_noted", "ours_begun", "findings_begun")
GIVING = ("decided", "adopted", "given", "answered", "closed_written", "everything_committed")


def arm(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.integrations.test_gateway.gateway import TestGateway
    from tirage.payments.operations import comparing, giving
    from tirage.payments.states import ComparisonStage

    traps: dict[str, tuple[Any, str, Any]] = {
        "begun": (TestGateway, "list_page", dying_before),
        "page_read": (TestGateway, "list_page", dying_after),
        "found_written": (comparing, "write_findings", dying_after),
        "page_noted": (comparing, "_advance", dying_after),
        "decided": (TestGateway, "adopt", dying_before),
        "adopted": (TestGateway, "adopt", dying_after),
        "given": (TestGateway, "refund", dying_after),
        "answered": (giving, "_settle", dying_before),
        "closed_written": (giving, "_settle", dying_after),
        "everything_committed": (giving, "finish_giving", dying_after),
    }
    stages = {"ours_begun": ComparisonStage.OURS, "findings_begun": ComparisonStage.FINDINGS}
    if step in stages:
        comparing._STEPS[stages[step]] = dying_before(comparing._STEPS[stages[step]])
        return
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(act: str, step: str, reference: str = "") -> None:
    """Acts until the trap."""
    import django

    django.setup()
    from tests.rooms.payments.comparing import EVER
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.payments.operations import begin_comparison, continue_comparison, giving

    arm(step)
    if act == "compare":
        run = begin_comparison(**EVER, actor=system(), now=read_clock())
        continue_comparison(comparison=run, steps=100, now=read_clock())
        return
    facts: dict[str, Any] = {"reason": "Nobody's", "actor": system("Olive"), "now": read_clock()}
    giving.give_back_found(finding_reference=reference, **facts)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tirage.config.settings")
    main(*sys.argv[1:])
