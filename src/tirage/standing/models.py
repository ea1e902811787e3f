"""What customers agreed to, word by word, and the runs that order for them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.checkout.models import Cart
from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Address, Customer
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.standing.states import LIVE, UNDER_WAY, Amount, Outcome, RunState, StandingState


class StandingTerms(models.Model):
    """How the winery does it: one row."""

    #: Whether customers are offered it; those who agreed keep theirs when it is switched off.
    is_offered = models.BooleanField(default=False)
    #: What customers agree to; empty: ours.
    words = models.TextField(blank=True)
    #: Counts the changes of what is agreed to.
    version = models.PositiveIntegerField(default=1)
    #: Days before an offer opens that customers are told what will come.
    told_days = models.PositiveSmallIntegerField(default=5)
    #: Hours before it opens that bottles are set aside and ordered.
    lead_hours = models.PositiveSmallIntegerField(default=2)
    #: Days that the bottles of a declined card are kept.
    kept_days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="standing_terms_are_one"),
            models.CheckConstraint(
                condition=Q(told_days__gte=1, told_days__lte=30), name="standing_told_days_1_to_30"
            ),
            models.CheckConstraint(
                condition=Q(lead_hours__gte=0, lead_hours__lte=168), name="standing_lead_hours_to_168"
            ),
            models.CheckConstraint(
                condition=Q(kept_days__gte=1, kept_days__lte=60), name="standing_kept_days_1_to_60"
            ),
        ]

    def __str__(self) -> str:
        return f"terms, version {self.version}"


class StandingOrder(models.Model):
    """That a customer's allocation is ordered by itself, from an agreement to its end."""

    reference = reference_field("STO")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="standing_orders")
    state = models.CharField(max_length=8, default=StandingState.ACTIVE.value)
    amount = models.CharField(max_length=8, default=Amount.FULL.value)
    #: Bottles in all, where there is a cap.
    cap = models.PositiveSmallIntegerField(null=True)
    #: Where it goes and what is charged; empty: the customer's first of each.
    address = models.ForeignKey(Address, on_delete=models.SET_NULL, null=True, related_name="+")
    card = models.ForeignKey(PaymentMethod, on_delete=models.SET_NULL, null=True, related_name="+")
    agreed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    #: Why it was paused or ended.
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("state", StandingState, "standing_state_is_legal"),
            state_check("amount", Amount, "standing_amount_is_legal"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=[state.value for state in LIVE]),
                name="standing_one_live_a_customer",
            ),
            models.CheckConstraint(
                condition=Q(amount=Amount.CAPPED.value, cap__isnull=False, cap__gte=1)
                | (~Q(amount=Amount.CAPPED.value) & Q(cap__isnull=True)),
                name="standing_capped_has_its_cap",
            ),
            models.CheckConstraint(
                condition=Q(state=StandingState.ENDED.value, ended_at__isnull=False)
                | (~Q(state=StandingState.ENDED.value) & Q(ended_at__isnull=True)),
                name="standing_ended_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "agreed_at"], name="standing_by_state")]

    def __str__(self) -> str:
        return self.reference


class StandingAgreement(models.Model):
    """What was agreed to, as it was read, by whom and when: kept, never changed."""

    standing = models.ForeignKey(StandingOrder, on_delete=models.CASCADE, related_name="agreements")
    version = models.PositiveIntegerField()
    words = models.TextField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    #: How a customer said so who didn't press the button: "on the telephone, November 3".
    said = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="standing_agreed_to_words"),
            models.CheckConstraint(
                condition=Q(actor_kind="customer") | ~Q(said=""), name="standing_noted_says_how"
            ),
        ]
        indexes = [models.Index(fields=["standing", "-id"], name="standing_agreement_latest")]

    def __str__(self) -> str:
        return f"{self.standing_id} at {self.at}"


class StandingRun(models.Model):
    """The standing orders of one release: told, set aside, ordered."""

    reference = reference_field("STR")
    release = models.OneToOneField(Release, on_delete=models.CASCADE, related_name="standing_run")
    state = models.CharField(max_length=8, default=RunState.PLANNED.value)
    #: When bottles are set aside.
    begins_at = models.DateTimeField()
    kept_days = models.PositiveSmallIntegerField()
    #: When it was last looked at what each would get.
    planned_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: In whose name it goes on: the program's, or who began it.
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [state_check("state", RunState, "standing_run_state_is_legal")]
        indexes = [models.Index(fields=["state", "begins_at"], name="standing_run_by_state")]

    def __str__(self) -> str:
        return self.reference


class StandingLine(models.Model):
    """One customer in a run. ``planned`` and ``promised`` are pieces and price by offer item id."""

    run = models.ForeignKey(StandingRun, on_delete=models.CASCADE, related_name="lines")
    standing = models.ForeignKey(StandingOrder, on_delete=models.CASCADE, related_name="lines")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="standing_lines")
    #: Those of higher groups, and who agreed earlier, have their turn first.
    turn = models.BigIntegerField(default=0)
    outcome = models.CharField(max_length=10, default=Outcome.WAITING.value)
    #: What would be ordered, as last looked at.
    planned = models.JSONField(default=dict)
    pieces = models.PositiveIntegerField(default=0)
    wine_minor = models.BigIntegerField(default=0)
    #: What the mail said, or the customer chose since: never more is ordered, and no piece at a higher price.
    promised = models.JSONField(default=dict)
    is_chosen = models.BooleanField(default=False)
    #: When the mail went out that says what comes, and the one that says what stands in the way.
    told_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    cart = models.OneToOneField(Cart, on_delete=models.SET_NULL, null=True, related_name="standing_line")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="standing_line")
    #: Why it is left out, was declined, or fewer came.
    reason = models.CharField(max_length=300, blank=True)
    kept_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("outcome", Outcome, "standing_line_outcome_is_legal"),
            models.UniqueConstraint(fields=["run", "customer"], name="standing_line_once_a_release"),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.ASIDE.value) | Q(cart__isnull=False),
                name="standing_line_aside_in_a_cart",
            ),
            models.CheckConstraint(
                condition=~Q(
                    outcome__in=[Outcome.ORDERING.value, Outcome.ORDERED.value, Outcome.COLLECTING.value]
                )
                | Q(order__isnull=False),
                name="standing_line_ordered_has_its_order",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.COLLECTING.value) | Q(kept_until__isnull=False),
                name="standing_line_collecting_until",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.LEFT_OUT.value) | ~Q(reason=""),
                name="standing_line_left_out_has_its_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "outcome", "turn"], name="standing_line_by_outcome"),
            models.Index(
                fields=["order"],
                condition=Q(outcome__in=[one.value for one in UNDER_WAY]),
                name="standing_line_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.run_id}"
