"""The worker's part of sharing out: drafts of many wishes, and what rules that weren't tried yet would make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from tirage.core.locks import lock_row
from tirage.core.runs import SILENCE, take_up
from tirage.core.sql import is_postgresql, run_each
from tirage.core.sql import run as execute
from tirage.wishes.granting.gathering import Terms, gather, open_wishes
from tirage.wishes.granting.planning import SHARING, aim_of, asks_of, caps_of, stock_of, write_lines
from tirage.wishes.models import GrantRun
from tirage.wishes.rules import Rule, measure, share_by_all
from tirage.wishes.states import GrantState


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
    with transaction.atomic():
        here = lock_row(GrantRun.objects.filter(pk=run.pk))
        if here is None:
            return
        _note_shares(run, found)
        here.compared |= {rule.value: asdict(measure(asks, found[rule])) for rule in rules}
        here.save(update_fields=["compared"])


def _note_shares(run: GrantRun, found: Mapping[Rule, Mapping[int, int]]) -> None:
    """Writes beside each line what the rules give its wish."""
    kept = {
        wish_id: json.dumps({rule.value: shares.get(wish_id, 0) for rule, shares in found.items()})
        for wish_id in run.lines.values_list("wish_id", flat=True)
    }
    if not is_postgresql():
        statement = (
            "UPDATE wishes_grantline SET shares = json_patch(shares, %s) WHERE run_id = %s AND wish_id = %s"
        )
        run_each(statement, [(shares, run.pk, wish_id) for wish_id, shares in kept.items()])
        return
    execute(
        """
        UPDATE wishes_grantline l SET shares = l.shares || u.shares::jsonb
        FROM unnest(%(wishes)s::bigint[], %(shares)s::text[]) AS u(wish_id, shares)
        WHERE l.run_id = %(run)s AND l.wish_id = u.wish_id
        """,
        {"wishes": list(kept), "shares": list(kept.values()), "run": run.pk},
    )


def sweep_waiting_shares(*, now: datetime) -> int:
    """Queues again what a worker that died was to share out; how many. Run by the schedule."""
    still = GrantRun.objects.filter(state=GrantState.SHARING.value, changed_at__lt=now - SILENCE)
    return take_up(SHARING, list(still.values_list("reference", flat=True)), now=now)
