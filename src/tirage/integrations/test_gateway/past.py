"""Books with a history, written at once: what the demo winery's customers saved and paid before today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tirage.integrations.test_gateway.cards import TEST_NUMBERS, Behaviour
from tirage.integrations.test_gateway.models import TestCard, TestCharge, TestMovement
from tirage.integrations.test_gateway.statements import fingerprint_of
from tirage.integrations.test_gateway.states import ChargeKind, ChargeState, MovementKind
from tirage.payments.protocol import Outcome, PastCard, PastCharge, PastRefund

_STATES = {
    Outcome.SETTLED: ChargeState.SETTLED,
    Outcome.DECLINED: ChargeState.DECLINED,
    Outcome.NEEDS_CUSTOMER: ChargeState.NEEDS_CUSTOMER,
}


def write_past(
    cards: Sequence[PastCard], charges: Sequence[PastCharge], refunds: Sequence[PastRefund]
) -> None:
    """A few statements for thousands of rows; fingerprints and amounts are those that the calls would have left."""
    TestCard.objects.bulk_create([_card(card) for card in cards], batch_size=500)
    refunded: dict[str, int] = defaultdict(int)
    for refund in refunds:
        refunded[refund.charge_reference] += refund.amount.minor
    rows = [_charge(charge, refunded[charge.gateway_reference]) for charge in charges]
    TestCharge.objects.bulk_create(rows, batch_size=500)
    by_reference = {row.gateway_reference: row for row in rows}
    TestMovement.objects.bulk_create(
        [_refund(refund, by_reference[refund.charge_reference]) for refund in refunds], batch_size=500
    )


def _card(card: PastCard) -> TestCard:
    behaviour = TEST_NUMBERS[card.like]
    return TestCard(
        token=card.token,
        idempotency_key=f"{card.customer_reference}-{card.token}",
        fingerprint=fingerprint_of(
            card.customer_reference, card.brand, card.last4, card.exp_month, card.exp_year, behaviour
        ),
        customer_reference=card.customer_reference,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        behaviour=behaviour.value,
        saved_at=card.saved_at,
        removed_at=card.removed_at,
    )


def _charge(charge: PastCharge, refunded_minor: int) -> TestCharge:
    amount, settled = charge.amount, charge.outcome is Outcome.SETTLED
    return TestCharge(
        gateway_reference=charge.gateway_reference,
        idempotency_key=charge.idempotency_key,
        fingerprint=fingerprint_of(
            ChargeKind.CHARGE,
            charge.token,
            amount.minor,
            amount.currency,
            charge.description,
            charge.return_url,
        ),
        card_token=charge.token,
        behaviour=charge.decline_code or Behaviour.SUCCEEDS.value,
        kind=ChargeKind.CHARGE.value,
        state=_STATES[charge.outcome].value,
        first_outcome=charge.outcome.value,
        amount_minor=amount.minor,
        currency=amount.currency,
        captured_minor=amount.minor if settled else 0,
        refunded_minor=refunded_minor,
        decline_code=charge.decline_code,
        description=charge.description[:300],
        return_url=charge.return_url,
        made_at=charge.made_at,
    )


def _refund(refund: PastRefund, charge: TestCharge) -> TestMovement:
    return TestMovement(
        gateway_reference=refund.gateway_reference,
        idempotency_key=refund.idempotency_key,
        fingerprint=fingerprint_of(MovementKind.REFUND, refund.charge_reference, refund.amount.minor),
        charge=charge,
        kind=MovementKind.REFUND.value,
        outcome=Outcome.SETTLED.value,
        amount_minor=refund.amount.minor,
        made_at=refund.made_at,
    )
