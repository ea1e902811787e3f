"""The ledger of what is paid: many attempts per order, each with its own story."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.states import OPEN, PaymentKind, PaymentState


class PaymentMethod(models.Model):
    """A saved card: the gateway's token and what a person recognises it by. Never a card number."""

    reference = reference_field("CRD")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="payment_methods")
    gateway = models.CharField(max_length=20)
    token = models.CharField(max_length=120)
    brand = models.CharField(max_length=30)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "token"], name="payment_method_token_once"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_default=True, removed_at__isnull=True),
                name="payment_method_one_default",
            ),
            models.CheckConstraint(
                condition=Q(exp_month__gte=1, exp_month__lte=12), name="payment_method_month"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """``Visa 4242``."""
        return f"{self.brand} {self.last4}"


class Payment(models.Model):
    """One attempt to move money; ``amount_minor`` is positive, the kind gives the direction."""

    reference = reference_field("PAY")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True)
    #: The charge or authorisation that a capture or refund goes back to.
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    gateway = models.CharField(max_length=20)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=15, default=PaymentState.PENDING.value)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    #: Sent with every call about this payment, so that no repetition moves money twice.
    idempotency_key = models.CharField(max_length=60, unique=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    decline_code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=300, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("kind", PaymentKind, "payment_kind_is_legal"),
            state_check("state", PaymentState, "payment_state_is_legal"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False),
                name="payment_settled_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["capture", "refund"]) | Q(parent__isnull=False),
                name="payment_goes_back_to_its_parent",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "id"], name="payment_by_order"),
            models.Index(
                fields=["made_at"],
                condition=Q(state__in=[state.value for state in OPEN]),
                name="payment_open_by_time",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
