"""The books of a payment company that lives in our own database. No card number is ever written here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import state_check
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.states import ChargeKind, ChargeState, MovementKind
from tirage.payments.protocol import Outcome


class TestCard(models.Model):
    """A saved card: what a person recognises it by and how it behaves."""

    # The name begins with Test: pytest must not take it for a test.
    __test__ = False

    token = models.CharField(max_length=40)
    idempotency_key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    customer_reference = models.CharField(max_length=60)
    brand = models.CharField(max_length=30)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    behaviour = models.CharField(max_length=30)
    #: When the customer last satisfied the bank; some cards ask only once.
    authenticated_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token"], name="test_card_token_once"),
            models.UniqueConstraint(fields=["idempotency_key"], name="test_card_key_once"),
            models.CheckConstraint(condition=Q(exp_month__gte=1, exp_month__lte=12), name="test_card_month"),
            state_check("behaviour", Behaviour, "test_card_behaviour_is_legal"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"


class TestCharge(models.Model):
    """One charge or authorisation. ``refunded <= captured <= amount`` whatever the code above believes."""

    __test__ = False

    gateway_reference = models.CharField(max_length=40)
    idempotency_key = models.CharField(max_length=120)
    #: Of the call's arguments: the same key with others is refused.
    fingerprint = models.CharField(max_length=64)
    card_token = models.CharField(max_length=40)
    behaviour = models.CharField(max_length=30)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=15)
    #: What the first call was told; a repetition is told the same, whatever has happened since.
    first_outcome = models.CharField(max_length=15)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    decline_code = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=300, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="test_charge_key_once"),
            models.UniqueConstraint(fields=["gateway_reference"], name="test_charge_reference_once"),
            state_check("kind", ChargeKind, "test_charge_kind_is_legal"),
            state_check("state", ChargeState, "test_charge_state_is_legal"),
            state_check("first_outcome", Outcome, "test_charge_first_outcome_is_legal"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="test_charge_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0), name="test_charge_refunded_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__lte=F("captured_minor")),
                name="test_charge_refunds_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor__lte=F("amount_minor")), name="test_charge_captures_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(captured_minor=0) | Q(state="settled"), name="test_charge_captures_only_settled"
            ),
        ]

    def __str__(self) -> str:
        return self.gateway_reference


class TestMovement(models.Model):
    """A capture, refund or void of a charge, with its own key."""

    __test__ = False

    gateway_reference = models.CharField(max_length=40)
    idempotency_key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    charge = models.ForeignKey(TestCharge, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10)
    outcome = models.CharField(max_length=15)
    amount_minor = models.BigIntegerField(default=0)
    decline_code = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="test_movement_key_once"),
            state_check("kind", MovementKind, "test_movement_kind_is_legal"),
            state_check("outcome", Outcome, "test_movement_outcome_is_legal"),
            models.CheckConstraint(
                condition=Q(kind="void", amount_minor=0) | (~Q(kind="void") & Q(amount_minor__gt=0)),
                name="test_movement_amount_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.gateway_reference
