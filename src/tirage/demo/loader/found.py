"""What the gateway has and the books don't: a tasting paid at the cellar door, with a customer's own card."""

from __future__ import annotations

from datetime import timedelta

from tirage.core.actors import system
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.demo.loader.context import Load
from tirage.payments.models import Comparison, Finding
from tirage.payments.protocol import ListedState, Outcome, PastCharge
from tirage.payments.states import ComparisonStage, FindingKind

_SAYS, _MINOR = "Tasting for four, cellar door", 140_00
_DAYS = timedelta(days=10)


def leave_found(load: Load, currency: str) -> None:
    """A charge that no payment tells of, as last night's comparison has found it."""
    latest = max((one for one in load.charges if one.outcome is Outcome.SETTLED), key=lambda one: one.made_at)
    happened, found = load.now - timedelta(days=2, hours=3), load.now - timedelta(hours=5)
    charge = PastCharge(
        gateway_reference=load.token("tch"),
        idempotency_key=load.token("till"),
        token=latest.token,
        amount=Money(_MINOR, currency),
        outcome=Outcome.SETTLED,
        decline_code="",
        description=_SAYS,
        return_url="",
        made_at=happened,
    )
    load.charges.append(charge)
    load.add(
        Comparison(
            reference=load.reference("CMP"),
            gateway="test",
            since=found - _DAYS,
            until=found,
            stage=ComparisonStage.DONE.value,
            listed=sum(found - _DAYS <= one.made_at < found for one in load.charges),
            found=1,
            began_at=found,
            changed_at=found,
            finished_at=found,
            actor_label="Reconciliation",
        )
    )
    finding = load.add(
        Finding(
            reference=load.reference("FND"),
            gateway="test",
            gateway_reference=charge.gateway_reference,
            kind=FindingKind.STRAY_CHARGE.value,
            theirs_minor=_MINOR,
            currency=currency,
            their_state=ListedState.MOVED.value,
            idempotency_key=charge.idempotency_key,
            description=_SAYS,
            token=charge.token,
            happened_at=happened,
            found_at=found,
            seen_at=found,
        )
    )
    text = f"found {charge.amount} at the gateway that no payment tells of"
    load.act(EventName.FINDING_FOUND, "finding", finding, text, by=system("Reconciliation"), at=found)
