"""``tirage reconcile``: compares payments with the gateway's own list over a period, and says what is left open."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.payments.agreement import DAILY_PERIOD
from tirage.payments.protocol import GatewayTimeout
from tirage.payments.states import FindingState

# Models are loaded after the command's arguments are read.
if TYPE_CHECKING:
    from tirage.payments.models import Comparison, Finding

#: Findings that are named; the number of all is always said.
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    days = DAILY_PERIOD.days
    parser.add_argument("--since", type=_day, help=f"first day, such as 2026-11-22 ({days} days ago)")
    parser.add_argument("--until", type=_day, help="last day (today)")
    parser.add_argument("--quiet", action="store_true", help="print open findings only")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write one such as 2026-11-22") from None


def run(options: argparse.Namespace) -> int:
    """Compares to the end, however long it takes; killed, the same command goes on where it stopped.

    0 when nothing is left for people, 1 when findings are open or the gateway was silent."""
    from tirage.payments.operations import begin_comparison, continue_comparison

    now = read_clock()
    since, until = _period(options.since, options.until, now)
    comparison = begin_comparison(since=since, until=until, actor=system("Command line"), now=now)
    try:
        while comparison.finished_at is None:
            comparison = continue_comparison(comparison=comparison, steps=1, now=read_clock())
            if not options.quiet:
                print(f"{comparison.stage:9} {comparison.listed} lines, {comparison.found} found", flush=True)
    except GatewayTimeout as silence:
        print(f"tirage reconcile: {silence}. Run it again; it goes on where it stopped.", file=sys.stderr)
        return 1
    return _report(comparison)


def _period(first: date | None, last: date | None, now: datetime) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last one, on the winery's clock."""
    from tirage.core.winery import local_time, start_of_day

    today = local_time(now).date()
    since = start_of_day(first or today - DAILY_PERIOD)
    return since, start_of_day((last or today) + timedelta(days=1))


def _report(comparison: Comparison) -> int:
    from tirage.payments.models import Finding
    from tirage.payments.operations import open_findings

    if comparison.unread:
        print(f"{comparison.unread} lines could not be understood; the log says why.")
    waiting = Finding.objects.exclude(state=FindingState.CLOSED.value).order_by("happened_at", "id")
    for one in waiting[:SHOWN]:
        print(
            f"{one.reference}  {one.kind}, {one.gateway_reference}, {one.happened_at:%Y-%m-%d}:"
            f" gateway {_amount(one.theirs_minor, one)}, books {_amount(one.ours_minor, one)}"
        )
    count = open_findings()
    print(
        f"{count} open {'finding' if count == 1 else 'findings'}. See to them in Payments, To look into."
        if count
        else "Gateway and books agree."
    )
    return 1 if count or comparison.unread else 0


def _amount(minor: int | None, finding: Finding) -> str:
    return "unknown" if minor is None else str(Money(minor, finding.currency))
