"""The books as a list: charges in the order in which they were made, then refunds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tirage.core.money import Money
from tirage.integrations.test_gateway.lapsing import has_lapsed
from tirage.integrations.test_gateway.models import TestCharge, TestMovement
from tirage.integrations.test_gateway.states import ChargeState, MovementKind
from tirage.payments.protocol import Listed, ListedKind, ListedPage, ListedState, Outcome

ROWS = 100
_CHARGES, _REFUNDS = "charges", "refunds"
#: Charges of test orders begin with this; they are in nobody's list.
TRIAL_CHARGES = "ttr"
_TRIED = Q(gateway_reference__startswith=TRIAL_CHARGES)
_TRIED_REFUND = Q(charge__gateway_reference__startswith=TRIAL_CHARGES)


def list_page(since: datetime, until: datetime, cursor: str, now: datetime) -> ListedPage:
    """A page after ``cursor``, which is ``charges 17`` or ``refunds 4``: the last row that was shown."""
    part, _, after = (cursor or f"{_CHARGES} 0").partition(" ")
    period = {"made_at__gte": since, "made_at__lt": until, "pk__gt": int(after)}
    if part == _CHARGES:
        charges = list(TestCharge.objects.filter(~_TRIED, **period).order_by("pk")[:ROWS])
        following = f"{_CHARGES} {charges[-1].pk}" if len(charges) == ROWS else f"{_REFUNDS} 0"
        return ListedPage([_charge_line(charge, now) for charge in charges], following)
    moved = TestMovement.objects.filter(
        ~_TRIED_REFUND, kind=MovementKind.REFUND.value, **period
    ).select_related("charge")
    refunds = list(moved.order_by("pk")[:ROWS])
    following = f"{_REFUNDS} {refunds[-1].pk}" if len(refunds) == ROWS else ""
    return ListedPage([_refund_line(refund) for refund in refunds], following)


def look_up(reference: str, now: datetime) -> Listed | None:
    """The line of a charge or refund."""
    charge = TestCharge.objects.filter(gateway_reference=reference).first()
    if charge is not None:
        return _charge_line(charge, now)
    moved = TestMovement.objects.filter(kind=MovementKind.REFUND.value, gateway_reference=reference)
    refund = moved.select_related("charge").first()
    return _refund_line(refund) if refund else None


def _charge_line(charge: TestCharge, now: datetime) -> Listed:
    return Listed(
        kind=ListedKind.CHARGE,
        state=_state_of(charge, now),
        gateway_reference=charge.gateway_reference,
        amount=Money(charge.captured_minor or charge.amount_minor, charge.currency),
        made_at=charge.made_at,
        refunded_minor=charge.refunded_minor,
        idempotency_key=charge.idempotency_key,
        description=charge.description,
        token=charge.card_token,
    )


def _state_of(charge: TestCharge, now: datetime) -> ListedState:
    if charge.captured_minor:
        return ListedState.MOVED
    if charge.state == ChargeState.NEEDS_CUSTOMER:
        return ListedState.WAITING
    is_held = charge.state == ChargeState.SETTLED and not has_lapsed(charge, now)
    return ListedState.SET_ASIDE if is_held else ListedState.GONE


def _refund_line(refund: TestMovement) -> Listed:
    is_settled = refund.outcome == Outcome.SETTLED
    return Listed(
        kind=ListedKind.REFUND,
        state=ListedState.MOVED if is_settled else ListedState.GONE,
        gateway_reference=refund.gateway_reference,
        amount=Money(refund.amount_minor, refund.charge.currency),
        made_at=refund.made_at,
        charge_reference=refund.charge.gateway_reference,
        idempotency_key=refund.idempotency_key,
        description=refund.charge.description,
        token=refund.charge.card_token,
    )
