"""Comparing the books with the gateway's own list over a period: page by page, and on from there after a kill.

First the list: what no payment of ours tells of, and what differs. Then settled payments of ours that the list didn't
show, each looked up. Then findings of before that nothing has touched: what agrees by now ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from tirage.core.actors import Actor, system
from tirage.core.errors import DomainError
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row, refuse_inside_transaction
from tirage.payments.agreement import DAILY_PERIOD, Disagreement
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Comparison, Finding, Payment
from tirage.payments.operations.books import Beside, first_payments, set_beside
from tirage.payments.operations.finding import agree, write_findings, write_missing
from tirage.payments.operations.giving import finish_giving
from tirage.payments.protocol import Gateway, Listed
from tirage.payments.states import ComparisonStage, FindingKind, FindingState, PaymentState

#: How far back it goes at most when none was finished for long.
LONGEST_PERIOD = timedelta(days=90)
#: Steps that one job takes before it makes way for others.
STEPS = 10
#: Payments and findings that are looked up in one step.
ROWS = 25


def begin_comparison(*, since: datetime, until: datetime, actor: Actor, now: datetime) -> Comparison:
    """A comparison with the gateway in use; one of the same period that isn't finished goes on instead.

    Raises DomainError ``period_empty``.
    """
    if since >= until:
        words = "The period must begin before it ends."
        raise DomainError("period_empty", words, {"until": words})
    gateway = settings.TIRAGE_GATEWAY
    row = Comparison(
        gateway=gateway,
        since=since,
        until=until,
        began_at=now,
        changed_at=now,
        actor_label=actor.label[:200],
    )
    Comparison.objects.bulk_create([row], ignore_conflicts=True)
    return Comparison.objects.get(gateway=gateway, since=since, until=until, finished_at__isnull=True)


def start_comparison(*, actor: Actor, now: datetime) -> Comparison:
    """Has the worker compare the last days, or since the last comparison that was finished if that is longer ago.

    What another has begun goes on first: its job may have died with its worker.
    """
    with transaction.atomic():
        running = running_comparison()
        if running is None:
            running = begin_comparison(since=_daily_since(now), until=now, actor=actor, now=now)
        queue_job("tirage.payments.tasks.go_on_comparing", running.reference)
    return running


def compare_daily(*, now: datetime) -> None:
    """The schedule's entry."""
    start_comparison(actor=system("Reconciliation"), now=now)


def running_comparison() -> Comparison | None:
    """The oldest comparison with the gateway in use that isn't finished."""
    rows = Comparison.objects.filter(gateway=settings.TIRAGE_GATEWAY, finished_at__isnull=True)
    return rows.order_by("id").first()


def last_comparison() -> Comparison | None:
    """The one that reached nearest to the present."""
    rows = Comparison.objects.filter(gateway=settings.TIRAGE_GATEWAY, finished_at__isnull=False)
    return rows.order_by("-until").first()


def _daily_since(now: datetime) -> datetime:
    last = last_comparison()
    usual = now - DAILY_PERIOD
    return max(min(last.until, usual), now - LONGEST_PERIOD) if last else usual


def continue_comparison(*, comparison: Comparison, steps: int, now: datetime) -> Comparison:
    """Takes up to ``steps`` steps; ``comparison`` as it stands then. No transaction may be open; asks the gateway.

    Two at the same comparison do no harm: both may write the same, which is written once.
    Raises GatewayTimeout: it goes on where it stopped.
    """
    refuse_inside_transaction()
    for _ in range(steps):
        if comparison.stage == ComparisonStage.DONE:
            break
        _STEPS[ComparisonStage(comparison.stage)](comparison, now)
        comparison.refresh_from_db()
    return comparison


def _step_list(comparison: Comparison, now: datetime) -> None:
    """A page of the gateway's list."""
    gateway = gateway_for(comparison.gateway)
    page = gateway.list_page(since=comparison.since, until=comparison.until, cursor=comparison.cursor)
    found = _judged(gateway, comparison.gateway, set_beside(comparison.gateway, page.lines, now), now)
    with transaction.atomic():
        seen = [one.payment.pk for one in found if one.payment]
        Payment.objects.filter(pk__in=seen).update(listed_at=comparison.began_at)
        count = write_findings(comparison.gateway, found, now)
        following = ComparisonStage.LIST if page.cursor else ComparisonStage.OURS
        facts = {"listed": F("listed") + len(page.lines) + page.unread, "unread": F("unread") + page.unread}
        _advance(comparison, following, page.cursor, now, found=count, **facts)


def _judged(gateway: Gateway, key: str, found: Sequence[Beside], now: datetime) -> list[Beside]:
    """Where a payment of ours differs, both sides are read once more, the gateway between two looks at the books:
    what moved meanwhile was under way and is nothing to find."""
    judged = []
    for one in found:
        if one.payment is None or not isinstance(one.verdict, Disagreement):
            judged.append(one)
            continue
        line = gateway.look_up(gateway_reference=one.line.gateway_reference)
        again = set_beside(key, [line or one.line], now)[0]
        if again.told == one.told:
            judged.append(again)
    return judged


def _step_ours(comparison: Comparison, now: datetime) -> None:
    """Some settled payments of the period that the list didn't show."""
    rows = list(_unlisted(comparison).order_by("id")[:ROWS])
    gateway, count = gateway_for(comparison.gateway), 0
    for payment in rows:
        count += _look_for(gateway, payment, now)
    following = ComparisonStage.OURS if len(rows) == ROWS else ComparisonStage.FINDINGS
    cursor = str(rows[-1].pk) if following is ComparisonStage.OURS else ""
    _advance(comparison, following, cursor, now, found=count)


def _unlisted(comparison: Comparison) -> QuerySet[Payment]:
    return Payment.objects.filter(
        first_payments(comparison.gateway),
        Q(listed_at__isnull=True) | Q(listed_at__lt=comparison.began_at),
        state=PaymentState.SETTLED.value,
        made_at__gte=comparison.since,
        made_at__lt=comparison.until,
        pk__gt=int(comparison.cursor or 0),
    )


def _look_for(gateway: Gateway, payment: Payment, now: datetime) -> int:
    """Looks one settled payment up; 1 when something is found."""
    line = _line_of(gateway, payment)
    if line is None:
        return write_missing(payment, now)
    found = _judged(gateway, payment.gateway, set_beside(payment.gateway, [line], now), now)
    return write_findings(payment.gateway, found, now)


def _step_findings(comparison: Comparison, now: datetime) -> None:
    """Some findings that this comparison hasn't come by."""
    rows = Finding.objects.filter(
        gateway=comparison.gateway, seen_at__lt=comparison.began_at, pk__gt=int(comparison.cursor or 0)
    ).exclude(state=FindingState.CLOSED.value)
    findings = list(rows.select_related("payment").order_by("id")[:ROWS])
    for finding in findings:
        _look_again(finding, now)
    done = len(findings) < ROWS
    following = ComparisonStage.DONE if done else ComparisonStage.FINDINGS
    _advance(comparison, following, "" if done else str(findings[-1].pk), now)


def _look_again(finding: Finding, now: datetime) -> None:
    if finding.state == FindingState.GIVING:
        finish_giving(finding_reference=finding.reference, now=now)
        return
    gateway = gateway_for(finding.gateway)
    if finding.kind == FindingKind.MISSING and finding.payment is not None:
        _look_for(gateway, finding.payment, now)
        line = _line_of(gateway, finding.payment)
        is_over = line is not None and line.gateway_reference != finding.gateway_reference
    else:
        line = gateway.look_up(gateway_reference=finding.gateway_reference)
        is_over = line is None and finding.payment is None
        if line is not None:
            found = _judged(gateway, finding.gateway, set_beside(finding.gateway, [line], now), now)
            write_findings(finding.gateway, found, now)
    with transaction.atomic():
        row = lock_row(Finding.objects.filter(pk=finding.pk))
        if row is not None and is_over:
            agree(row, now)
        Finding.objects.filter(pk=finding.pk).update(seen_at=now)


def _line_of(gateway: Gateway, payment: Payment) -> Listed | None:
    """The line of a payment of ours, by its key where the gateway's reference never came."""
    reference = payment.gateway_reference
    if not reference:
        result = gateway.find(idempotency_key=payment.idempotency_key)
        reference = result.gateway_reference if result else ""
    return gateway.look_up(gateway_reference=reference) if reference else None


def _advance(
    comparison: Comparison,
    stage: ComparisonStage,
    cursor: str,
    now: datetime,
    found: int = 0,
    **facts: object,
) -> None:
    """Notes how far it came, unless another at the same comparison has noted it already."""
    here = Comparison.objects.filter(pk=comparison.pk, stage=comparison.stage, cursor=comparison.cursor)
    here.update(
        stage=stage.value,
        cursor=cursor,
        changed_at=now,
        found=F("found") + found,
        finished_at=now if stage is ComparisonStage.DONE else None,
        **facts,
    )


_STEPS = {
    ComparisonStage.LIST: _step_list,
    ComparisonStage.OURS: _step_ours,
    ComparisonStage.FINDINGS: _step_findings,
}


def open_findings() -> int:
    """How many findings wait for somebody."""
    return Finding.objects.exclude(state=FindingState.CLOSED.value).count()
