"""Giving money back at the gateway that no payment of ours tells of: stored, asked for, settled; once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.texts import fitting
from tirage.core.turns import take_turns
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Finding
from tirage.payments.operations.charging import refuse_open_transaction
from tirage.payments.operations.finding import close_finding, record
from tirage.payments.protocol import GatewayRefused, GatewayResult, GatewayTimeout, ListedState, Outcome
from tirage.payments.states import FindingKind, FindingState, PaymentState, Resolution

#: For so long its own request is at work; later whoever comes by finishes it.
OWN_REQUEST = timedelta(minutes=2)


def can_give_back(finding: Finding) -> bool:
    """Whether the gateway holds money that the books know nothing of, or had given up."""
    if finding.state != FindingState.OPEN or not finding.theirs_minor:
        return False
    if finding.kind == FindingKind.STRAY_CHARGE:
        return True
    payment = finding.payment
    return (
        finding.kind == FindingKind.DIFFERS
        and payment is not None
        and payment.state in (PaymentState.VOIDED, PaymentState.DECLINED)
    )


def give_back_found(*, finding_reference: str, reason: str, actor: Actor, now: datetime) -> Finding:
    """Gives what a finding is about back to its card, or lets go of what is set aside; the finding afterwards.

    Without an answer it stays under way and is asked again, with its key. Locks the finding while deciding and not
    while asking. Talks to the gateway; no transaction may be open. Records ``finding.giving``, ``finding.closed``.
    Raises DomainError ``not_found``, ``reason_missing``, Conflict ``finding_moved_on``.
    """
    refuse_open_transaction()
    if not reason.strip():
        raise DomainError("reason_missing", "Say why it goes back.", {"reason": "Write a few words."})
    with transaction.atomic():
        finding = lock_finding(finding_reference)
        if not can_give_back(finding):
            raise moved_on()
        Finding.objects.filter(pk=finding.pk).update(
            state=FindingState.GIVING.value,
            reason=fitting(reason, 300, "reason"),
            actor_label=actor.label[:200],
            attempts=finding.attempts + 1,
            seen_at=now,
            problem="",
        )
        amount = Money(finding.theirs_minor, finding.currency)
        text = f"began to refund {amount} at the gateway ({reason.strip()})"
        record(EventName.FINDING_GIVING, finding.pk, text, actor, now)
    return finish_giving(finding_reference=finding_reference, actor=actor, now=now)


def finish_giving(*, finding_reference: str, actor: Actor | None = None, now: datetime) -> Finding:
    """Asks the gateway for what a person has decided, and writes what it says; the finding afterwards."""
    refuse_open_transaction()
    finding = Finding.objects.get(reference=finding_reference)
    if finding.state != FindingState.GIVING:
        return finding
    by = actor or Actor(ActorKind.STAFF, None, finding.actor_label)
    try:
        result = _ask(finding)
    except GatewayTimeout:
        return finding
    except GatewayRefused as refused:
        result = GatewayResult(Outcome.DECLINED, message=str(refused))
    with transaction.atomic():
        _settle(finding, result, by, now)
    finding.refresh_from_db()
    return finding


def _ask(finding: Finding) -> GatewayResult:
    """The same for the same attempt, however often it is asked."""
    gateway, reference = gateway_for(finding.gateway), finding.gateway_reference
    gateway.adopt(gateway_reference=reference)
    key = f"{finding.reference}-{finding.attempts}"
    if finding.their_state == ListedState.SET_ASIDE:
        return gateway.void(gateway_reference=reference, idempotency_key=key)
    amount = Money(finding.theirs_minor, finding.currency)
    return gateway.refund(gateway_reference=reference, amount=amount, idempotency_key=key)


def _settle(finding: Finding, result: GatewayResult, actor: Actor, now: datetime) -> None:
    mine = Finding.objects.filter(pk=finding.pk, state=FindingState.GIVING.value, attempts=finding.attempts)
    row = lock_row(mine)
    if row is None:
        return
    amount = Money(row.theirs_minor, row.currency)
    if result.outcome is Outcome.SETTLED:
        text = f"refunded {amount} at the gateway ({row.reason})"
        close_finding(row, Resolution.GIVEN_BACK, text, actor, now)
        return
    said = result.message or result.decline_code or "The gateway said no."
    mine.update(state=FindingState.OPEN.value, problem=said[:300], reason="", seen_at=now)
    text = f"asked the gateway to refund {amount}, which said no: {said}"
    record(EventName.FINDING_GIVING, row.pk, text, actor, now)


def finish_stray_giving(*, now: datetime) -> int:
    """Finishes what a crash or a silent gateway has left under way; how many were asked for."""
    left = Finding.objects.filter(state=FindingState.GIVING.value, seen_at__lte=now - OWN_REQUEST)
    references = list(left.order_by("seen_at", "id").values_list("reference", flat=True)[:50])
    Finding.objects.filter(reference__in=references).update(seen_at=now)
    acts: list[Callable[[], object]] = [
        partial(finish_giving, finding_reference=reference, now=now) for reference in references
    ]
    take_turns(acts)
    return len(references)


def lock_finding(reference: str) -> Finding:
    """The finding, locked; DomainError ``not_found``."""
    finding = lock_row(Finding.objects.filter(reference=reference))
    if finding is None:
        raise DomainError("not_found", "There is no such finding.")
    return finding


def moved_on() -> Conflict:
    return Conflict(
        "finding_moved_on", "Somebody, or the gateway, has settled this since you saw it. Look again."
    )
