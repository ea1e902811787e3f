"""Bottles that customers ask for beyond their maximum."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.checkout.models import Cart
from tirage.core.fields import amount_check, moment_check, reference_field, state_check
from tirage.customers.models import Customer, Group
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.states import WishKind
from tirage.orders.models import Order
from tirage.wishes.rules import Rule
from tirage.wishes.states import (
    UNDER_WAY,
    GrantOutcome,
    GrantState,
    PolicyState,
    PolicyTrigger,
    StepKind,
    StepState,
    WishState,
)

#: What a wish can be; a release where wishing is off has none.
KINDS = (WishKind.PROMISE.value, WishKind.REQUEST.value)


class Wish(models.Model):
    """A wish belongs to one offer item of one offer, so it can't outlive its release; it costs and holds nothing."""

    reference = reference_field("WSH")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="wishes")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.PROTECT, related_name="wishes")
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default=WishState.OPEN.value)
    asked = models.PositiveSmallIntegerField()
    granted = models.PositiveSmallIntegerField(default=0)
    #: Pieces that a run is about to grant: their bottles are held and their money is asked for.
    granting = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: When all that was granted so far had been paid.
    charged_at = models.DateTimeField(null=True)
    #: When the customer agreed that granted bottles are charged (kind promise).
    agreed_at = models.DateTimeField(null=True)
    #: The words that were agreed to, as they were shown.
    agreed_words = models.TextField(blank=True)
    #: What a piece cost when the wish was made or changed; a grant asks no more than that.
    price_minor = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="wishes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "offer_item"], name="wish_once_an_item"),
            models.CheckConstraint(condition=Q(asked__gt=0), name="wish_asks_for_something"),
            models.CheckConstraint(
                condition=Q(granted__lte=F("asked") - F("granting")), name="wish_never_granted_beyond_asked"
            ),
            models.CheckConstraint(
                condition=~Q(kind="promise") | Q(agreed_at__isnull=False), name="wish_promise_was_agreed"
            ),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="wish_kind_is_legal"),
            state_check("state", WishState, "wish_state_is_legal"),
            models.CheckConstraint(
                condition=Q(state="archived", archived_at__isnull=False)
                | (~Q(state="archived") & Q(archived_at__isnull=True)),
                name="wish_archived_has_its_time",
            ),
            amount_check("price_minor", "wish_price_in_bounds"),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="wish_by_state"),
            models.Index(fields=["offer_item", "state"], name="wish_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.asked} × {self.offer_item_id}"

    @property
    def left(self) -> int:
        """Pieces that can still be granted."""
        return self.asked - self.granted - self.granting


class GrantRun(models.Model):
    """A sharing out of bottles among wishes of one release: drafted, looked at, worked through, kept."""

    reference = reference_field("GRN")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="grant_runs")
    state = models.CharField(max_length=10, default=GrantState.DRAFT.value)
    rule = models.CharField(max_length=16)
    #: Caps, odds, period and the optimiser's aim, as ``granting.gathering.Terms`` reads them.
    terms = models.JSONField(default=dict)
    #: Decides a draw.
    seed = models.CharField(max_length=60, blank=True)
    #: The ids of the only wishes that it is for; without it all open ones of its wines.
    among = models.JSONField(null=True)
    #: What each rule comes to, for the same wishes, bottles and caps: ``rules.Outcome`` by rule.
    compared = models.JSONField(default=dict)
    #: Whether what is left of a wish that is granted in part stays open.
    keeps_rest = models.BooleanField(default=True)
    #: How many days bottles are kept whose money didn't come, or that are set aside for a request.
    kept_days = models.PositiveSmallIntegerField(default=7)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: In whose name the worker goes on: who began it.
    actor_kind = models.CharField(max_length=10, default="staff")
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", GrantState, "grant_run_state_is_legal"),
            state_check("rule", Rule, "grant_run_rule_is_legal"),
            models.CheckConstraint(
                condition=Q(kept_days__gte=1, kept_days__lte=90), name="grant_run_keeps_bottles_a_while"
            ),
        ]
        indexes = [models.Index(fields=["state", "changed_at"], name="grant_run_by_state")]

    def __str__(self) -> str:
        return self.reference


class GrantStock(models.Model):
    """Pieces of a wine that a run may give, and what it leaves in the cellar whatever happens meanwhile."""

    run = models.ForeignKey(GrantRun, on_delete=models.CASCADE, related_name="stock")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    to_give = models.PositiveIntegerField()
    reserve = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "sku"], name="grant_stock_once")]

    def __str__(self) -> str:
        return f"{self.to_give} × {self.sku_id}"


class GrantLine(models.Model):
    """One wish in a run: what the rule gave it, what staff made of that, and what has become of it."""

    run = models.ForeignKey(GrantRun, on_delete=models.CASCADE, related_name="lines")
    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="grant_lines")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="grant_lines")
    #: As the rule saw it: pieces that were open, its place in the line, its odds, who lives together.
    asked = models.PositiveSmallIntegerField()
    turn = models.PositiveIntegerField()
    weight = models.PositiveIntegerField(default=1)
    household = models.CharField(max_length=240, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    spend_minor = models.BigIntegerField(default=0)
    price_minor = models.BigIntegerField()
    by_rule = models.PositiveSmallIntegerField(default=0)
    #: What each rule gives it.
    shares = models.JSONField(default=dict)
    #: What it is to get: the rule's share, unless somebody made it another.
    pieces = models.PositiveSmallIntegerField(default=0)
    #: Why the rule left it out; empty when it didn't.
    left_out = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10, default=GrantOutcome.WAITING.value)
    #: Pieces that were granted, or are under way.
    given = models.PositiveSmallIntegerField(default=0)
    #: Why it stands as it does, in words.
    reason = models.CharField(max_length=300, blank=True)
    #: The change that grants it, or the order, where the customer had none.
    draft = models.ForeignKey(ChangeDraft, on_delete=models.PROTECT, null=True, related_name="grant_lines")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="grant_lines")
    #: A request's bottles, set aside for its customer.
    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, null=True, related_name="grant_lines")
    #: Until when bottles are kept whose money didn't come, or that are set aside.
    kept_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "wish"], name="grant_line_once"),
            state_check("outcome", GrantOutcome, "grant_line_outcome_is_legal"),
            models.CheckConstraint(
                condition=Q(pieces__lte=F("asked")), name="grant_line_gives_no_more_than_asked"
            ),
            models.CheckConstraint(
                condition=Q(given__lte=F("pieces")), name="grant_line_given_within_its_pieces"
            ),
            models.CheckConstraint(
                condition=Q(left_out="") | Q(pieces=0), name="grant_line_left_out_gets_nothing"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="grant_line_refused_has_its_reason"
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=[one.value for one in UNDER_WAY])
                | Q(draft__isnull=False)
                | Q(order__isnull=False)
                | Q(cart__isnull=False),
                name="grant_line_under_way_has_its_bottles",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "outcome", "customer"], name="grant_line_by_outcome"),
            models.Index(fields=["wish", "-id"], name="grant_line_by_wish"),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} of {self.asked} for {self.wish_id}"

    @property
    def field_name(self) -> str:
        """What its pieces are called in forms."""
        return f"pieces-{self.pk}"


class Policy(models.Model):
    """What becomes of bottles of a release that are left: when it begins, its steps in order, and what stays back."""

    reference = reference_field("POL")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="policies")
    #: Whose wines it is about, and whose closing it may wait for; without one it is about all of the release's.
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="policies")
    state = models.CharField(max_length=10, default=PolicyState.DRAFT.value)
    trigger = models.CharField(max_length=10, default=PolicyTrigger.CLOSING.value)
    #: When it begins, of one that begins at a time.
    begins_at = models.DateTimeField(null=True)
    #: Pieces kept back of each wine, or of all together; ``reserve_own`` are those of single wines, by sku id.
    reserve = models.PositiveIntegerField(default=0)
    reserve_of_all = models.BooleanField(default=False)
    reserve_own = models.JSONField(default=dict)
    #: Whether it leaves alone what other open offers may still sell.
    minds_offers = models.BooleanField(default=True)
    #: What it needs somebody for, in words.
    needs = models.CharField(max_length=400, blank=True)
    made_at = models.DateTimeField()
    #: When it last moved.
    changed_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: In whose name the worker acts: who let it wait, or began it.
    actor_kind = models.CharField(max_length=10, default="staff")
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", PolicyState, "policy_state_is_legal"),
            state_check("trigger", PolicyTrigger, "policy_trigger_is_legal"),
            moment_check("begins_at", name="policy_moment_in_bounds"),
            models.CheckConstraint(
                condition=~Q(trigger="closing") | Q(offer__isnull=False), name="policy_closing_has_its_offer"
            ),
            models.CheckConstraint(
                condition=~Q(trigger="time") | Q(begins_at__isnull=False), name="policy_time_has_its_moment"
            ),
            models.CheckConstraint(
                condition=~Q(state="asking") | ~Q(needs=""), name="policy_asking_says_for_what"
            ),
        ]
        indexes = [models.Index(fields=["state", "changed_at"], name="policy_by_state")]

    def __str__(self) -> str:
        return self.reference


class PolicyStep(models.Model):
    """One step of a policy, and what came of it."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    groups = models.ManyToManyField(Group, related_name="+")
    #: As ``policies.rules.StepTerms`` reads them.
    terms = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=StepState.WAITING.value)
    #: The run that grants what it says.
    run = models.ForeignKey(GrantRun, on_delete=models.PROTECT, null=True, related_name="policy_steps")
    #: What it did, in words.
    result = models.CharField(max_length=400, blank=True)
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="policy_step_once"),
            state_check("kind", StepKind, "policy_step_kind_is_legal"),
            state_check("state", StepState, "policy_step_state_is_legal"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.kind}"


class PolicyAct(models.Model):
    """One offer that a step opens, or one customer's allowance that it raises: planned, done, taken back."""

    step = models.ForeignKey(PolicyStep, on_delete=models.CASCADE, related_name="acts")
    #: Of a second offer: its group, its window and its maximums by sku id; then the offer.
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="+")
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    maximums = models.JSONField(default=dict)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="policy_acts")
    #: Of an allowance: whose, for what, the customer's own limits of before (none: the group's), the maximum since.
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="policy_acts")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.PROTECT, null=True, related_name="policy_acts")
    before = models.JSONField(null=True)
    maximum = models.PositiveSmallIntegerField(default=0)
    #: How many pieces it gave or offered, at most.
    pieces = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    #: Why it was left alone, or could not be taken back.
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "group"], name="policy_act_once_a_group"),
            models.UniqueConstraint(
                fields=["step", "offer_item", "customer"], name="policy_act_once_a_customer"
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=False, customer__isnull=True)
                | Q(group__isnull=True, customer__isnull=False, offer_item__isnull=False),
                name="policy_act_is_an_offer_or_an_allowance",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(done_at__isnull=False),
                name="policy_act_undone_was_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} by {self.step_id}"
