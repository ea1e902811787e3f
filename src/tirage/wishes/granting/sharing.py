"""The worker's part of sharing out: drafts of many wishes, and what rules that weren't tried yet would make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from tirage.core.locks import lock_row
from tirage.core.runs import SILENCE, take_up
from tirage.wishes.granting.gathering import Terms, gather, open_wishes
from tirage.wishes.granting.planning import SHARING, aim_of, asks_of, caps_of, stock_of, write_lines
from tirage.wishes.models import GrantLine, GrantRun
from tirage.wishes.rules import Rule, measure, share_by_all
from tirage.wishes.states import GrantState

_BATCH = 500


def share_wishes(*, run: GrantRun, now: datetime) -> None:
    """Shares out what waits for it, and tries the rules on it that weren't tried yet: the optimiser on a small draft.

    Twice does no harm.
    """
    if run.state == GrantState.SHARING:
        _share(run, now)
    if missing := [rule for rule in Rule if rule.value not in run.compared]:
        _try(run, missing)


def _share(run: GrantRun, now: datetime) -> None:
    stock = stock_of(run)
    wishes = open_wishes(run.release, list(stock))
    if run.among is not None:
        wishes = wishes.filter(pk__in=run.among)
    asking = gather(wishes, run.release, Terms.from_json(run.terms), now)
    with transaction.atomic():
        here = lock_row(GrantRun.objects.filter(pk=run.pk, state=GrantState.SHARING.value))
        if here is None:
            # Another worker was quicker.
            return
        write_lines(run, asking, tuple(Rule))
        GrantRun.objects.filter(pk=run.pk).update(state=GrantState.DRAFT.value, changed_at=now)
    run.refresh_from_db()


def _try(run: GrantRun, rules: Sequence[Rule]) -> None:
    """Keeps what these rules give beside what the others do: whoever looks at all rules can choose one of them."""
    asks = asks_of(run)
    found = share_by_all(asks, stock_of(run), caps_of(run), seed=run.seed, aim=aim_of(run), rules=rules)
    lines = list(run.lines.only("wish_id", "shares"))
    for line in lines:
        line.shares |= {rule.value: found[rule].get(line.wish_id, 0) for rule in rules}
    with transaction.atomic():
        here = lock_row(GrantRun.objects.filter(pk=run.pk))
        if here is None:
            return
        GrantLine.objects.bulk_update(lines, ["shares"], batch_size=_BATCH)
        here.compared |= {rule.value: asdict(measure(asks, found[rule])) for rule in rules}
        here.save(update_fields=["compared"])


def sweep_waiting_shares(*, now: datetime) -> int:
    """Queues again what a worker that died was to share out; how many. Run by the schedule."""
    still = GrantRun.objects.filter(state=GrantState.SHARING.value, changed_at__lt=now - SILENCE)
    return take_up(SHARING, list(still.values_list("reference", flat=True)), now=now)
