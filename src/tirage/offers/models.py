"""Who may buy what, how much and when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.fields import amount_check, moment_check, reference_field, state_check
from tirage.customers.models import Customer, Group
from tirage.offers.states import DraftState, PlanKind, ReleaseKind, WishKind


class Release(models.Model):
    """One sales event; holds one offer per group and is kept as history."""

    reference = reference_field("REL")
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, default=ReleaseKind.ALLOCATION.value)
    wish_kind = models.CharField(max_length=10, default=WishKind.PROMISE.value)
    #: Wishing for a wine opens only once its maximum is taken.
    wish_after_maximum = models.BooleanField(default=False)
    #: The day on which wishes are decided, as customers are told; empty while nobody knows.
    wishes_decided_on = models.DateField(null=True, blank=True)
    #: What customers are told of how wishes are decided; may be empty.
    wish_rule = models.CharField(max_length=400, blank=True)
    #: The first day on which its orders are packed; empty while nobody knows.
    packing_on = models.DateField(null=True, blank=True)
    #: The last day on which customers may change its orders; empty where the winery's rule, or shipping, decides.
    changes_until = models.DateField(null=True, blank=True)
    #: Whether customers see its wines before it opens, and may plan what they take then.
    shown_early = models.BooleanField(default=False, db_default=False)
    note = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("kind", ReleaseKind, "release_kind_is_legal"),
            state_check("wish_kind", WishKind, "release_wish_kind_is_legal"),
            models.CheckConstraint(
                condition=Q(changes_until__isnull=True)
                | Q(packing_on__isnull=True)
                | Q(changes_until__lte=F("packing_on")),
                name="release_changes_until_packing",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    """How the wine of a release en primeur is sold: by what terms, and by what plan it is paid for.

    ``instalments`` are ``{"on": "2027-03-01", "share_bp": 3500}``, by day; with the deposit they come to the whole.
    """

    release = models.OneToOneField(Release, on_delete=models.CASCADE, related_name="campaign")
    plan = models.CharField(max_length=12, default=PlanKind.NOW.value)
    deposit_bp = models.PositiveIntegerField(default=10_000)
    instalments = models.JSONField(default=list)
    #: What customers agree to, word for word, and its SHA-256.
    terms = models.TextField()
    terms_digest = models.CharField(max_length=64)
    #: Days in which a customer may withdraw from the purchase; nought for none beyond the law.
    withdrawal_days = models.PositiveSmallIntegerField(default=0)
    #: What a cancellation after that costs, of the wine's price, and whether the rest is given as store credit only.
    cancel_fee_bp = models.PositiveIntegerField(default=0)
    cancels_to_credit = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("plan", PlanKind, "campaign_plan_is_legal"),
            models.CheckConstraint(
                condition=Q(plan=PlanKind.NOW.value, deposit_bp=10_000)
                | (~Q(plan=PlanKind.NOW.value) & Q(deposit_bp__gte=1, deposit_bp__lt=10_000)),
                name="campaign_deposit_fits_the_plan",
            ),
            models.CheckConstraint(
                condition=~Q(terms="") & ~Q(terms_digest=""), name="campaign_has_its_terms"
            ),
            models.CheckConstraint(condition=Q(cancel_fee_bp__lte=10_000), name="campaign_fee_within_price"),
        ]

    def __str__(self) -> str:
        return f"en primeur of {self.release_id}"


class Offer(models.Model):
    """What one group may buy in one release. Open when active and ``opens_at <= now < closes_at``."""

    reference = reference_field("OFR")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="offers")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="offers")
    is_active = models.BooleanField(default=False)
    #: When it was first activated, and when it was deactivated unless it is active again; empty where nobody knows.
    activated_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    title = models.CharField(max_length=160, blank=True)
    message = models.TextField(blank=True)
    confirmation_message = models.TextField(blank=True)
    bottles_minimum = models.PositiveSmallIntegerField(default=0)
    bottles_maximum = models.PositiveSmallIntegerField(null=True, blank=True)
    spend_minimum_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "group"], name="offer_one_a_group"),
            moment_check("opens_at", "closes_at", name="offer_moments_in_bounds"),
            amount_check("spend_minimum_minor", "offer_spend_minimum_in_bounds"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="offer_opens_before_it_closes"
            ),
            models.CheckConstraint(
                condition=Q(bottles_maximum__isnull=True) | Q(bottles_maximum__gte=F("bottles_minimum")),
                name="offer_maximum_reaches_minimum",
            ),
            models.CheckConstraint(
                condition=Q(spend_minimum_minor__gte=0), name="offer_spend_minimum_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["group", "opens_at"], name="offer_by_group")]

    def __str__(self) -> str:
        return self.title or f"offer {self.reference}"

    @property
    def was_never_seen(self) -> bool:
        """Never active, or deactivated before it opened: no customer has seen it."""
        if self.is_active or not self.activated_at:
            return not self.is_active
        return self.deactivated_at is not None and self.deactivated_at <= self.opens_at


class OfferItem(models.Model):
    """A sku in an offer, with what each member of the group may take of it (in pieces)."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="items")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="offer_items")
    position = models.PositiveSmallIntegerField(default=0)
    purchase_minimum = models.PositiveSmallIntegerField(default=0)
    purchase_maximum = models.PositiveSmallIntegerField(default=0)
    wish_maximum = models.PositiveSmallIntegerField(default=0)
    default_quantity = models.PositiveSmallIntegerField(default=0)
    multiple = models.PositiveSmallIntegerField(default=1)
    price_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "sku"], name="offer_item_once"),
            amount_check("price_minor", "offer_item_price_in_bounds"),
            models.CheckConstraint(
                condition=Q(purchase_maximum__gte=F("purchase_minimum")),
                name="offer_item_maximum_reaches_minimum",
            ),
            models.CheckConstraint(
                condition=Q(default_quantity__lte=F("purchase_maximum")),
                name="offer_item_default_within_maximum",
            ),
            models.CheckConstraint(condition=Q(multiple__gte=1), name="offer_item_multiple_positive"),
            models.CheckConstraint(
                condition=Q(price_minor__isnull=True) | Q(price_minor__gte=0),
                name="offer_item_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} in {self.offer_id}"


class CustomAllowance(models.Model):
    """One customer's own limits for an offer item; replaces the group's."""

    offer_item = models.ForeignKey(OfferItem, on_delete=models.CASCADE, related_name="custom_allowances")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="custom_allowances")
    purchase_minimum = models.PositiveSmallIntegerField(default=0)
    purchase_maximum = models.PositiveSmallIntegerField(default=0)
    wish_maximum = models.PositiveSmallIntegerField(default=0)
    #: What the customer is told about it, beside the wine; empty for nothing.
    told = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "offer_item"], name="custom_allowance_once"),
            models.CheckConstraint(
                condition=Q(purchase_maximum__gte=F("purchase_minimum")),
                name="custom_allowance_maximum_reaches_minimum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.purchase_minimum} to {self.purchase_maximum}"


class GridDraft(models.Model):
    """Numbers that somebody proposed for the grid of a release (see ``offers.grid``), kept until they are applied or
    discarded. ``cells`` are lists of offer id, sku id, field and value.
    """

    reference = reference_field("GRD")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="drafts")
    #: Where the numbers come from, such as ``Suggest maximums``; a newer draft of it replaces an open one.
    source = models.CharField(max_length=120)
    note = models.CharField(max_length=400, blank=True)
    cells = models.JSONField()
    state = models.CharField(max_length=10, default=DraftState.OPEN.value)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("state", DraftState, "grid_draft_state_is_legal"),
            models.UniqueConstraint(
                fields=["release", "source"],
                condition=Q(state=DraftState.OPEN.value),
                name="grid_draft_one_open_of_a_source",
            ),
            models.CheckConstraint(
                condition=Q(state=DraftState.OPEN.value, ended_at__isnull=True)
                | (~Q(state=DraftState.OPEN.value) & Q(ended_at__isnull=False)),
                name="grid_draft_ended_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} ({self.reference})"
