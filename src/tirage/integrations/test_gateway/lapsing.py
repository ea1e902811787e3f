"""When what is set aside ends by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.integrations.test_gateway.models import TestCharge
from tirage.integrations.test_gateway.states import ChargeKind, ChargeState

#: How long an authorisation holds, from the moment in which it was asked for.
AUTHORISATION_LIFE = timedelta(days=7)


def ends_at(charge: TestCharge) -> datetime | None:
    """When what is set aside ends by itself; None where nothing is set aside."""
    is_held = charge.kind == ChargeKind.AUTHORISE and charge.state == ChargeState.SETTLED
    return charge.made_at + AUTHORISATION_LIFE if is_held and not charge.captured_minor else None


def has_lapsed(charge: TestCharge, now: datetime) -> bool:
    """Whether it has."""
    ends = ends_at(charge)
    return ends is not None and ends <= now
