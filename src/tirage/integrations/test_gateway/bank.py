"""The customer's bank, which sometimes wants to see the customer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.integrations.test_gateway.models import TestCard, TestCharge
from tirage.integrations.test_gateway.states import ChargeKind, ChargeState


def answer_authentication(*, gateway_reference: str, approve: bool, now: datetime) -> bool:
    """Settles or declines a charge that waits for its customer. False when it doesn't wait (any more)."""
    with transaction.atomic():
        charge = TestCharge.objects.filter(
            gateway_reference=gateway_reference, state=ChargeState.NEEDS_CUSTOMER.value
        ).first()
        return charge is not None and (_approve(charge, now) if approve else _decline(charge))


def _approve(charge: TestCharge, now: datetime) -> bool:
    captured = charge.amount_minor if charge.kind == ChargeKind.CHARGE else 0
    if not _leave_waiting(charge, state=ChargeState.SETTLED.value, captured_minor=captured):
        return False
    TestCard.objects.filter(token=charge.card_token).update(authenticated_at=now)
    return True


def _decline(charge: TestCharge) -> bool:
    return _leave_waiting(charge, state=ChargeState.DECLINED.value, decline_code="authentication_failed")


def _leave_waiting(charge: TestCharge, **changes: str | int) -> bool:
    # Conditional: a void or a second click may have been faster.
    waiting = TestCharge.objects.filter(pk=charge.pk, state=ChargeState.NEEDS_CUSTOMER.value)
    return waiting.update(**changes) == 1
