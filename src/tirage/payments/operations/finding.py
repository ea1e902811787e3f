"""Writing down what the gateway's list and the books disagree about; each thing once, however often it is found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.payments.agreement import Disagreement, Verdict
from tirage.payments.models import Finding, Payment
from tirage.payments.operations.books import Beside
from tirage.payments.protocol import Listed
from tirage.payments.states import FindingKind, FindingState, Resolution

_WORDS = {
    FindingKind.STRAY_CHARGE: "found {theirs} at the gateway that no payment tells of",
    FindingKind.STRAY_REFUND: "found {theirs} refunded at the gateway that no refund here tells of",
    FindingKind.DIFFERS: "found {theirs} at the gateway where the books tell of {ours}",
    FindingKind.MISSING: "found that the gateway knows nothing of {ours}",
}


def write_findings(gateway: str, found: Sequence[Beside], now: datetime) -> int:
    """Writes what is judged, in one transaction; how many findings are new or open again.

    What agrees by now ends a finding before. Locks those that there are already.
    """
    by_reference = {one.line.gateway_reference: one for one in found}
    wanted = [one for one in by_reference.values() if isinstance(one.verdict, Disagreement)]
    known = Finding.objects.filter(gateway=gateway, gateway_reference__in=by_reference)
    if not wanted and not known.exclude(state=FindingState.CLOSED.value).exists():
        return 0
    count = 0
    with transaction.atomic():
        before = {one.gateway_reference for one in known}
        for one in wanted:
            if one.line.gateway_reference not in before:
                facts = _facts(one.line, one.verdict, one.payment)
                count += _write_new(gateway, one.line.gateway_reference, facts, now)
        for reference in sorted(before):
            count += _see_again(gateway, reference, by_reference[reference], now)
    return count


def write_missing(payment: Payment, now: datetime) -> int:
    """Writes that the gateway knows nothing of a settled payment; 1 when that is news."""
    ours = Money(payment.amount_minor, payment.currency)
    facts = {
        "kind": FindingKind.MISSING.value,
        "payment_id": payment.pk,
        "theirs_minor": 0,
        "ours_minor": ours.minor,
        "currency": ours.currency,
        "their_state": "",
        "idempotency_key": payment.idempotency_key,
        "happened_at": payment.made_at,
    }
    reference = payment.gateway_reference or payment.idempotency_key
    with transaction.atomic():
        known = Finding.objects.filter(gateway=payment.gateway, gateway_reference=reference)
        row = lock_row(known)
        return _update(row, facts, now) if row else _write_new(payment.gateway, reference, facts, now)


def close_finding(
    finding: Finding, resolution: Resolution, text: str, actor: Actor, now: datetime, **more: Any
) -> None:
    """Ends a locked finding, with who did it; inside the caller's transaction. Records ``finding.closed``."""
    Finding.objects.filter(pk=finding.pk).update(
        state=FindingState.CLOSED.value,
        resolution=resolution.value,
        closed_at=now,
        seen_at=now,
        actor_label=actor.label[:200],
        problem="",
        **more,
    )
    record(EventName.FINDING_CLOSED, finding.pk, text, actor, now)


def record(name: EventName, finding_id: int, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "finding", finding_id, text=text, actor=actor, now=now)


def _facts(line: Listed, verdict: Disagreement | Verdict, payment: Payment | None) -> dict[str, Any]:
    if not isinstance(verdict, Disagreement):
        raise ValueError("only a disagreement is found")
    return {
        "kind": verdict.kind.value,
        "payment_id": payment.pk if payment else None,
        "theirs_minor": verdict.theirs.minor,
        "ours_minor": None if verdict.ours is None else verdict.ours.minor,
        "currency": verdict.theirs.currency,
        "their_state": line.state.value,
        "idempotency_key": line.idempotency_key,
        "charge_reference": line.charge_reference,
        "description": line.description,
        "token": line.token,
        "happened_at": line.made_at,
    }


def _write_new(gateway: str, reference: str, facts: dict[str, Any], now: datetime) -> int:
    row = Finding(gateway=gateway, gateway_reference=reference, found_at=now, seen_at=now, **facts)
    # Of two that find it at the same moment one writes it.
    Finding.objects.bulk_create([row], ignore_conflicts=True)
    written = Finding.objects.filter(reference=row.reference).first()
    if written is None:
        return 0
    record(EventName.FINDING_FOUND, written.pk, _say(facts), system("Reconciliation"), now)
    return 1


def _see_again(gateway: str, reference: str, beside: Beside, now: datetime) -> int:
    row = lock_row(Finding.objects.filter(gateway=gateway, gateway_reference=reference))
    if row is None or row.state == FindingState.GIVING or beside.verdict is Verdict.UNDECIDED:
        return 0
    if isinstance(beside.verdict, Disagreement):
        return _update(row, _facts(beside.line, beside.verdict, beside.payment), now)
    agree(row, now)
    return 0


def agree(row: Finding, now: datetime) -> None:
    """Ends a locked finding about which gateway and books agree by now."""
    if row.state == FindingState.OPEN:
        text = "gateway and books agree by now"
        close_finding(row, Resolution.AGREED, text, system("Reconciliation"), now)


#: A finding that a person has seen to comes up again only when one of these is another.
_SUBSTANCE = ("kind", "theirs_minor", "ours_minor", "their_state")


def _update(row: Finding, facts: dict[str, Any], now: datetime) -> int:
    """The facts as they are now; 1 when a finding that was closed is open again."""
    is_other = any(getattr(row, name) != facts[name] for name in _SUBSTANCE)
    if row.state == FindingState.CLOSED:
        if not is_other and row.resolution != Resolution.AGREED:
            return 0
        again = {"state": FindingState.OPEN.value, "resolution": "", "closed_at": None, "reason": ""}
        Finding.objects.filter(pk=row.pk).update(**facts, **again, found_at=now, seen_at=now)
        record(EventName.FINDING_FOUND, row.pk, f"{_say(facts)}, once more", system("Reconciliation"), now)
        return 1
    Finding.objects.filter(pk=row.pk).update(**facts, seen_at=now)
    return 0


def _say(facts: dict[str, Any]) -> str:
    theirs = Money(facts["theirs_minor"], facts["currency"])
    ours = Money(facts["ours_minor"] or 0, facts["currency"])
    return _WORDS[FindingKind(facts["kind"])].format(theirs=theirs, ours=ours)
