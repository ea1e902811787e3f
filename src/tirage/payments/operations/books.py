"""What the books tell of lines of the gateway's list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tirage.core.money import Money
from tirage.payments.agreement import Disagreement, Told, Verdict, judge
from tirage.payments.models import Payment
from tirage.payments.protocol import Listed, ListedKind
from tirage.payments.queries import is_live_authorisation
from tirage.payments.states import MONEY_IN, OPEN, PaymentKind, PaymentState

_FIRST = [PaymentKind.CHARGE.value, PaymentKind.AUTHORISE.value]


@dataclass(frozen=True, slots=True)
class Beside:
    """A line with the payment of ours that is the same, if there is one, and what they come to."""

    line: Listed
    payment: Payment | None
    told: Told | None
    verdict: Disagreement | Verdict


def set_beside(gateway: str, lines: Sequence[Listed], now: datetime) -> list[Beside]:
    """Each line beside the books as they are now; three statements however many there are."""
    ours = _payments_of(gateway, lines)
    captures = _captures_of([one.pk for one in ours.values() if one.kind == PaymentKind.AUTHORISE])
    settled = _settled_charges(gateway, lines)
    found = []
    for line in lines:
        payment = ours.get((line.kind, line.gateway_reference))
        told = told_by(payment, captures.get(payment.pk, ()), now) if payment else None
        is_ours = line.charge_reference in settled
        found.append(Beside(line, payment, told, judge(line, told, charge_is_ours=is_ours)))
    return found


def told_by(payment: Payment, captures: Iterable[Payment], now: datetime) -> Told:
    """What a payment and its captures tell. Of what ends at this very time by the clock nothing is said: two clocks
    needn't agree on the minute, and the renewal sees to it."""
    taken = [one for one in captures if one.state == PaymentState.SETTLED]
    is_settled, is_first = payment.state == PaymentState.SETTLED, payment.kind != PaymentKind.AUTHORISE
    minor = payment.amount_minor * is_settled if is_first else sum(one.amount_minor for one in taken)
    is_live = is_live_authorisation(payment, now)
    is_lapsing = is_settled and not is_first and not (is_live or taken or payment.released_at)
    return Told(
        PaymentState(payment.state),
        Money(minor, payment.currency),
        set_aside=is_live and not taken,
        is_open=is_lapsing or payment.state in OPEN or any(one.state in OPEN for one in captures),
    )


def _payments_of(gateway: str, lines: Sequence[Listed]) -> dict[tuple[ListedKind, str], Payment]:
    """By the gateway's own reference, and by the key where an answer with the reference never came."""
    references = {line.gateway_reference for line in lines}
    keys = {line.idempotency_key: line for line in lines if line.idempotency_key}
    rows = Payment.objects.filter(
        Q(gateway_reference__in=references) | Q(idempotency_key__in=keys), gateway=gateway
    ).exclude(kind=PaymentKind.CAPTURE.value)
    found: dict[tuple[ListedKind, str], Payment] = {}
    # What goes by the reference itself counts before what only has the key.
    for payment in sorted(rows, key=lambda one: one.gateway_reference not in references):
        kind = ListedKind.REFUND if payment.kind == PaymentKind.REFUND else ListedKind.CHARGE
        reference = payment.gateway_reference
        if reference not in references and payment.idempotency_key in keys:
            reference = keys[payment.idempotency_key].gateway_reference
        found.setdefault((kind, reference), payment)
    return found


def _captures_of(authorisation_ids: Sequence[int]) -> dict[int, list[Payment]]:
    found: dict[int, list[Payment]] = defaultdict(list)
    if authorisation_ids:
        rows = Payment.objects.filter(parent_id__in=authorisation_ids, kind=PaymentKind.CAPTURE.value)
        for capture in rows:
            found[int(capture.parent_id or 0)].append(capture)
    return found


def _settled_charges(gateway: str, lines: Sequence[Listed]) -> set[str]:
    """Of the charges that refunds go back to, those whose money is in the books."""
    references = {line.charge_reference for line in lines if line.charge_reference}
    if not references:
        return set()
    rows = Payment.objects.filter(
        gateway=gateway,
        gateway_reference__in=references,
        kind__in=MONEY_IN,
        state=PaymentState.SETTLED.value,
    )
    return set(rows.values_list("gateway_reference", flat=True))


def first_payments(gateway: str) -> Q:
    """Payments that have a line of their own in the gateway's list."""
    return Q(gateway=gateway, kind__in=[*_FIRST, PaymentKind.REFUND.value])
