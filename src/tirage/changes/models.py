"""Changes of orders while they are prepared. What was applied is an ``orders.OrderChange``."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.catalog.models import Sku
from tirage.changes.states import LIVE, DraftState, Maker, Rates, RefundTo, SettleBy
from tirage.core.fields import reference_field, state_check
from tirage.offers.models import OfferItem
from tirage.orders.models import Order, OrderChange
from tirage.orders.states import ChargeKind, OrderState
from tirage.payments.models import PaymentMethod


class ChangeDraft(models.Model):
    """What somebody wants an order to become, as differences. Its reference is the holder of the bottles it adds."""

    reference = reference_field("CHG")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="drafts")
    state = models.CharField(max_length=10, default=DraftState.OPEN.value)
    maker = models.CharField(max_length=10)
    #: The staff member's or customer's id, by ``maker``.
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    #: The order's latest change when the maker last looked: a later one must be looked at first.
    base_number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    #: Until when the draft may be confirmed and its bottles are held.
    expires_at = models.DateTimeField()
    rates = models.CharField(max_length=12, default=Rates.AS_ORDERED.value)
    reason = models.CharField(max_length=300, blank=True)
    #: Why allowance and checkout rules are set aside (by staff, or for a granted wish); empty when they hold.
    override_reason = models.CharField(max_length=300, blank=True)
    #: Why the team lets the cancellation fee of its order's terms go; empty where it is charged.
    waives_fee = models.CharField(max_length=300, blank=True, default="", db_default="")
    #: Only what changes, of ``ship_to`` (all its fields), ``method`` (reference), ``requested_ship_on``, ``gift_note``.
    delivery = models.JSONField(default=dict)
    settle_by = models.CharField(max_length=10, default=SettleBy.CARD.value)
    refund_to = models.CharField(max_length=10, default=RefundTo.ORIGINAL.value)
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.SET_NULL, null=True)
    #: The money that was agreed to when the draft was confirmed: to be paid or, negative, given back.
    confirmed_minor = models.BigIntegerField(null=True)
    #: Why it waits: the bank's code and words.
    waiting_code = models.CharField(max_length=60, blank=True)
    waiting_for = models.CharField(max_length=300, blank=True)
    change = models.OneToOneField(OrderChange, on_delete=models.PROTECT, null=True, related_name="draft")
    closed_at = models.DateTimeField(null=True)
    #: How often it was edited, and who did last: two of the team may work on one.
    version = models.PositiveIntegerField(default=0, db_default=0)
    editor_id = models.BigIntegerField(null=True)
    editor_label = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        constraints = [
            state_check("state", DraftState, "change_draft_state_is_legal"),
            state_check("maker", Maker, "change_draft_maker_is_legal"),
            state_check("rates", Rates, "change_draft_rates_are_legal"),
            state_check("settle_by", SettleBy, "change_draft_settle_by_is_legal"),
            state_check("refund_to", RefundTo, "change_draft_refund_to_is_legal"),
            models.CheckConstraint(
                condition=Q(state="applied", change__isnull=False)
                | (~Q(state="applied") & Q(change__isnull=True)),
                name="change_draft_applied_has_its_change",
            ),
            models.CheckConstraint(
                condition=~Q(maker="customer") | Q(override_reason=""),
                name="change_draft_only_staff_override",
            ),
            models.CheckConstraint(
                condition=~Q(maker="customer") | Q(waives_fee=""), name="change_draft_only_staff_waive"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="paying"), name="change_draft_one_paying"
            ),
            models.UniqueConstraint(
                fields=["order", "maker", "actor_id"],
                condition=Q(state__in=[state.value for state in LIVE]),
                name="change_draft_one_live_of_each",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-id"], name="change_draft_by_order"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=[state.value for state in LIVE]),
                name="change_draft_live_by_end",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_new_order(self) -> bool:
        """Whether it is what staff put together for a customer, and places its order."""
        return self.order.state == OrderState.DRAFT


class ChangeDraftLine(models.Model):
    """Pieces of a sku to add, or (negative) to take off."""

    draft = models.ForeignKey(ChangeDraft, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.SET_NULL, null=True, related_name="+")
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="change_draft_line_moves_something"),
            models.CheckConstraint(
                condition=Q(unit_price_minor__gte=0), name="change_draft_line_price_not_negative"
            ),
            models.UniqueConstraint(
                fields=["draft", "sku", "unit_price_minor"], name="change_draft_line_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} × {self.sku_id}"


class ChangeDraftCharge(models.Model):
    """A discount or a correction that staff add, as an amount or as a share of the wine."""

    draft = models.ForeignKey(ChangeDraft, on_delete=models.CASCADE, related_name="charges")
    kind = models.CharField(max_length=10)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField(null=True)
    percent_bp = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=160)

    class Meta:
        constraints = [
            state_check("kind", ChargeKind, "change_draft_charge_kind_is_legal"),
            models.CheckConstraint(
                condition=(Q(amount_minor__isnull=False, percent_bp__isnull=True) & ~Q(amount_minor=0))
                | Q(amount_minor__isnull=True, percent_bp__gte=1, percent_bp__lte=10_000),
                name="change_draft_charge_amount_or_percent",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="change_draft_charge_has_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor or self.percent_bp}"
