"""What we asked Stripe and what we heard from it: enough to find out about a lost answer, and no card number ever."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import state_check
from tirage.integrations.stripe.states import CallKind
from tirage.payments.protocol import Outcome


class StripeCustomer(models.Model):
    """Whom Stripe keeps a customer's cards under. Stripe gets our reference, no name and no address."""

    customer_reference = models.CharField(max_length=60)
    #: Stripe's test mode and its live mode know nothing of each other.
    is_live = models.BooleanField()
    stripe_id = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer_reference", "is_live"], name="stripe_customer_once"),
            models.UniqueConstraint(fields=["stripe_id"], name="stripe_customer_id_once"),
        ]

    def __str__(self) -> str:
        return self.stripe_id


class StripeCard(models.Model):
    """A card that Stripe keeps for us."""

    token = models.CharField(max_length=120)
    customer = models.ForeignKey(StripeCustomer, on_delete=models.PROTECT, related_name="cards")
    brand = models.CharField(max_length=30)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    saved_at = models.DateTimeField()
    #: When we were told to forget it; from then on it is not charged.
    removed_at = models.DateTimeField(null=True)
    #: When Stripe had forgotten it too.
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token"], name="stripe_card_token_once"),
            models.CheckConstraint(
                condition=Q(exp_month__gte=1, exp_month__lte=12), name="stripe_card_month"
            ),
        ]
        indexes = [
            models.Index(
                fields=["removed_at"],
                condition=Q(removed_at__isnull=False, forgotten_at__isnull=True),
                name="stripe_card_to_forget",
            )
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"


class StripeCall(models.Model):
    """One call with its key and arguments, written before Stripe is asked; then what it answered first."""

    idempotency_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    customer_reference = models.CharField(max_length=60, blank=True)
    card_token = models.CharField(max_length=120, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    description = models.CharField(max_length=300, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    #: The payment that a capture, void or refund is about; the card form's own proof when a card is saved.
    about = models.CharField(max_length=120, blank=True)
    #: What Stripe made for it: a payment, a refund, a card. Empty until we know.
    stripe_id = models.CharField(max_length=120, blank=True)
    #: Names the page where the customer confirms; unguessable, because it is the permission.
    slug = models.CharField(max_length=43, null=True)
    #: The first answer; empty until there is one.
    outcome = models.CharField(max_length=15, blank=True)
    decline_code = models.CharField(max_length=60, blank=True)
    #: Why we closed the payment at Stripe after its customer had failed to confirm it.
    closed_code = models.CharField(max_length=60, blank=True)
    expires_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="stripe_call_key_once"),
            models.UniqueConstraint(fields=["slug"], name="stripe_call_slug_once"),
            state_check("kind", CallKind, "stripe_call_kind_is_legal"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *[outcome.value for outcome in Outcome]]),
                name="stripe_call_outcome_is_legal",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["void", "save_card"], amount_minor=0)
                | (~Q(kind__in=["void", "save_card"]) & Q(amount_minor__gt=0)),
                name="stripe_call_amount_fits_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["stripe_id"], condition=~Q(stripe_id=""), name="stripe_call_by_stripe_id")
        ]

    def __str__(self) -> str:
        return self.idempotency_key


class StripeEvent(models.Model):
    """One thing that Stripe told us. Stripe repeats itself; we listen once."""

    event_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=80)
    #: When it happened, by Stripe's clock.
    happened_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    #: Since when somebody is at work on it; who dies at it is relieved after a while.
    claimed_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    #: Why it was put aside: its object can't be read.
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id"], name="stripe_event_once")]
        indexes = [models.Index(fields=["heard_at"], name="stripe_event_by_time")]

    def __str__(self) -> str:
        return self.event_id
