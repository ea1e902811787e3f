"""The ledger of what is paid: many attempts per order, each with its own story."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.states import (
    HISTORY,
    OPEN,
    TRIAL,
    CollectionState,
    ComparisonStage,
    FindingKind,
    FindingState,
    OfflineKind,
    PaymentKind,
    PaymentState,
    Resolution,
)


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
    #: How its customer agreed to later charges, where it wasn't by saving it here; empty where it was.
    said = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: Whether it is on the customer's list; a card may be typed for one order only.
    kept = models.BooleanField(default=True, db_default=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    #: When the gateway forgot it: until then a removal can be undone.
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "token"], name="payment_method_token_once"),
            # A card of test orders is on no list, so nothing real is ever asked of it.
            models.CheckConstraint(
                condition=~Q(gateway=TRIAL) | Q(kept=False, is_default=False),
                name="payment_method_of_tests_is_not_kept",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_default=True, removed_at__isnull=True),
                name="payment_method_one_default",
            ),
            models.CheckConstraint(
                condition=Q(exp_month__gte=1, exp_month__lte=12), name="payment_method_month"
            ),
        ]
        indexes = [
            models.Index(
                fields=["saved_at"],
                condition=Q(forgotten_at__isnull=True) & (Q(kept=False) | Q(removed_at__isnull=False)),
                name="payment_method_to_forget",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """``Visa 4242``."""
        return f"{self.brand} {self.last4}"

    def has_expired(self, now: datetime) -> bool:
        """Whether the month that the card names is over, on the winery's calendar."""
        today = local_time(now)
        return (self.exp_year, self.exp_month) < (today.year, today.month)

    @property
    def long_label(self) -> str:
        """``Visa ending in 4242``, as customers read it."""
        return f"{self.brand} ending in {self.last4}"


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
    #: The reference of the order change that this pays for; empty when it is for the order as it stands.
    purpose = models.CharField(max_length=20, blank=True)
    #: How money came that no gateway moved; empty for cards and store credit.
    offline_kind = models.CharField(max_length=10, blank=True)
    #: What staff wrote about it (a cheque's number, why it is a gift).
    note = models.CharField(max_length=300, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    #: When the reconciler last asked about it; those it asked longest ago come first.
    asked_at = models.DateTimeField(null=True)
    #: When a settled authorisation ends by itself.
    expires_at = models.DateTimeField(null=True)
    #: When a settled authorisation was let go, renewed or captured: nothing can be taken from it any more.
    released_at = models.DateTimeField(null=True)
    #: When the gateway's own list last showed it.
    listed_at = models.DateTimeField(null=True)

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
            models.CheckConstraint(
                condition=Q(offline_kind="", gateway__in=["test", "stripe", "credit", TRIAL, HISTORY])
                | Q(offline_kind__in=[kind.value for kind in OfflineKind], gateway="offline"),
                name="payment_offline_has_its_kind",
            ),
            models.CheckConstraint(
                condition=~Q(offline_kind="comp") | ~Q(note=""), name="payment_comp_has_its_reason"
            ),
            # What a former system moved is over, and no card of ours had to do with it.
            models.CheckConstraint(
                condition=~Q(gateway=HISTORY)
                | Q(state="settled", kind__in=["charge", "refund"], payment_method__isnull=True),
                name="payment_of_history_is_settled",
            ),
            models.UniqueConstraint(
                fields=["parent"],
                condition=Q(kind="capture", state__in=["pending", "unknown", "needs_customer", "settled"]),
                name="payment_captured_once",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "id"], name="payment_by_order"),
            models.Index(
                fields=["made_at"],
                condition=Q(state__in=[state.value for state in OPEN]),
                name="payment_open_by_time",
            ),
            models.Index(fields=["-made_at", "-id"], name="payment_by_time"),
            # What went back, which is little, without looking through what came.
            models.Index(
                fields=["order", "amount_minor"],
                condition=Q(kind="refund", state="settled"),
                name="payment_given_back",
            ),
            models.Index(
                fields=["gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payment_by_gateway_reference",
            ),
            models.Index(fields=["purpose"], condition=~Q(purpose=""), name="payment_by_purpose"),
            models.Index(
                fields=["expires_at"],
                condition=Q(kind="authorise", state="settled", released_at__isnull=True),
                name="payment_authorised_by_end",
            ),
            models.Index(
                fields=["settled_at"], condition=Q(settled_at__isnull=False), name="payment_settled_by_time"
            ),
            models.Index(
                fields=["decline_code"], condition=~Q(decline_code=""), name="payment_by_decline_code"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CreditEntry(models.Model):
    """One movement of a customer's store credit: given (positive) or spent (negative). Never changed, never deleted.

    ``Customer.credit_minor`` is the sum, kept under the customer's row lock and proven by ``tirage doctor``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_entries")
    #: The payment or refund that moved it; none when staff gave or took it.
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="credit_entry")
    amount_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300)
    actor_label = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="credit_entry_moves_something"),
            models.CheckConstraint(condition=Q(balance_minor__gte=0), name="credit_entry_never_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="credit_entry_has_its_reason"),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="credit_entry_by_customer")]

    def __str__(self) -> str:
        return f"{self.amount_minor:+d} {self.currency}"


class PayLink(models.Model):
    """A link by which a customer pays signed out: the balance of an order, or the difference of a change."""

    reference = reference_field("LNK")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="pay_links")
    #: The reference of the order change it pays for; empty when it is for the order's balance.
    purpose = models.CharField(max_length=20, blank=True)
    #: The customer's as it was: the mail with the link may have gone to an address that isn't the customer's any more.
    epoch = models.PositiveIntegerField(default=1)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pay_link_amount_positive"),
            models.UniqueConstraint(
                fields=["order", "purpose"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="pay_link_one_live",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Collection(models.Model):
    """Money to collect: what an order or a change still owes after a charge failed, and the plan to get it."""

    reference = reference_field("COL")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="collections")
    #: The reference of the order change that waits for it; empty when it is for the order's balance.
    purpose = models.CharField(max_length=20, blank=True)
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default=CollectionState.OPEN.value)
    attempts = models.PositiveSmallIntegerField(default=0)
    decline_code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    #: When the card is tried again; none when only a person or another card can help.
    next_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("state", CollectionState, "collection_state_is_legal"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="collection_amount_positive"),
            models.UniqueConstraint(
                fields=["order", "purpose"], condition=Q(state="open"), name="collection_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False), name="collection_closed_has_its_time"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="open"), name="collection_open_by_next")
        ]

    def __str__(self) -> str:
        return self.reference


class Comparison(models.Model):
    """One comparison of the books with the gateway's own list over a period; ``cursor`` is how far it has come."""

    reference = reference_field("CMP")
    gateway = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField()
    stage = models.CharField(max_length=10, default=ComparisonStage.LIST.value)
    cursor = models.CharField(max_length=200, blank=True)
    listed = models.PositiveIntegerField(default=0)
    #: Lines that could not be understood; the log says more.
    unread = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("stage", ComparisonStage, "comparison_stage_is_legal"),
            models.CheckConstraint(
                condition=Q(since__lt=models.F("until")), name="comparison_begins_before_it_ends"
            ),
            models.CheckConstraint(
                condition=Q(stage="done", finished_at__isnull=False)
                | (~Q(stage="done") & Q(finished_at__isnull=True)),
                name="comparison_done_has_its_time",
            ),
            models.UniqueConstraint(
                fields=["gateway", "since", "until"],
                condition=Q(finished_at__isnull=True),
                name="comparison_one_of_a_period",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Finding(models.Model):
    """Something about which the gateway's list and the books disagree, for a person to see to."""

    reference = reference_field("FND")
    gateway = models.CharField(max_length=20)
    #: The gateway's name for it; of a payment that it never named, our key.
    gateway_reference = models.CharField(max_length=120)
    kind = models.CharField(max_length=15)
    state = models.CharField(max_length=10, default=FindingState.OPEN.value)
    resolution = models.CharField(max_length=15, blank=True)
    #: The payment of ours that it is about, or that was made of it.
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="findings")
    #: What the gateway holds or gave back, and what the books tell of it.
    theirs_minor = models.BigIntegerField()
    ours_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    #: How it stands at the gateway, as ``protocol.ListedState`` has it; empty when the gateway has nothing.
    their_state = models.CharField(max_length=10, blank=True)
    idempotency_key = models.CharField(max_length=120, blank=True)
    charge_reference = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=300, blank=True)
    token = models.CharField(max_length=120, blank=True)
    happened_at = models.DateTimeField()
    found_at = models.DateTimeField()
    #: When gateway and books were last compared about it.
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)
    #: How often its money was asked back; each time has a key of its own.
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            state_check("kind", FindingKind, "finding_kind_is_legal"),
            state_check("state", FindingState, "finding_state_is_legal"),
            models.CheckConstraint(
                condition=Q(resolution__in=["", *[one.value for one in Resolution]]),
                name="finding_resolution_is_legal",
            ),
            models.CheckConstraint(
                condition=(Q(state="closed") & Q(closed_at__isnull=False) & ~Q(resolution=""))
                | (~Q(state="closed") & Q(closed_at__isnull=True) & Q(resolution="")),
                name="finding_closed_has_its_end",
            ),
            models.CheckConstraint(
                condition=~Q(resolution="looked_into") | ~Q(reason=""),
                name="finding_looked_into_has_its_reason",
            ),
            models.CheckConstraint(condition=Q(theirs_minor__gte=0), name="finding_amount_not_negative"),
            models.UniqueConstraint(fields=["gateway", "gateway_reference"], name="finding_once"),
        ]
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="finding_by_time"),
            models.Index(fields=["seen_at"], condition=~Q(state="closed"), name="finding_open_by_seen"),
        ]

    def __str__(self) -> str:
        return self.reference
