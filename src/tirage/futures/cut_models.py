"""A lot that brings less than was sold of it: who goes without, and what they may have instead."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.fields import amount_check, reference_field, state_check
from tirage.futures.states import LIVE_CUTS, CutOutcome, CutRule, CutState
from tirage.orders.models import Order, OrderChange


class Cut(models.Model):
    """A lot that brings less than was sold of it: who goes without, and when."""

    reference = reference_field("CUT")
    lot = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="cuts")
    rule = models.CharField(max_length=12)
    #: What the lot brings after all.
    pieces = models.PositiveIntegerField()
    #: Everybody keeps whole cases of so many pieces.
    step = models.PositiveSmallIntegerField(default=1, db_default=1)
    #: By group: the part of what it bought that each group keeps at least.
    floor_bp = models.PositiveIntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default=CutState.PLANNED.value)
    begins_at = models.DateTimeField()
    made_at = models.DateTimeField()
    #: When its worker last took an order up.
    changed_at = models.DateTimeField(null=True)
    #: What customers may have instead of their money, at which price, and the last day to say so.
    substitute = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+")
    substitute_minor = models.BigIntegerField(null=True)
    substitute_until = models.DateField(null=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("rule", CutRule, "cut_rule_is_legal"),
            state_check("state", CutState, "cut_state_is_legal"),
            models.CheckConstraint(condition=~Q(reason=""), name="cut_has_its_reason"),
            models.CheckConstraint(condition=Q(step__gte=1), name="cut_in_whole_cases"),
            models.CheckConstraint(condition=Q(floor_bp__lte=10_000), name="cut_floor_to_whole"),
            models.CheckConstraint(
                condition=Q(
                    substitute__isnull=True, substitute_minor__isnull=True, substitute_until__isnull=True
                )
                | Q(substitute__isnull=False, substitute_minor__isnull=False, substitute_until__isnull=False),
                name="cut_substitute_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(substitute_minor__isnull=True) | Q(substitute_minor__gte=0),
                name="cut_substitute_price_not_negative",
            ),
            amount_check("substitute_minor", "cut_substitute_price_in_bounds"),
            models.UniqueConstraint(
                fields=["lot"],
                condition=Q(state__in=[state.value for state in LIVE_CUTS]),
                name="cut_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CutLine(models.Model):
    """What one order loses by a cut. Its reference holds the bottles that are offered instead."""

    reference = reference_field("SUB")
    cut = models.ForeignKey(Cut, on_delete=models.CASCADE, related_name="lines")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="cut_lines")
    had = models.PositiveIntegerField()
    loses = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, default=CutOutcome.WAITING.value)
    note = models.CharField(max_length=300, blank=True)
    #: The order change that took them off, and what it took off the order's price.
    change = models.OneToOneField(OrderChange, on_delete=models.PROTECT, null=True, related_name="cut_line")
    #: Bottles that are held for the customer instead.
    offered = models.PositiveIntegerField(default=0, db_default=0)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("outcome", CutOutcome, "cut_line_outcome_is_legal"),
            models.UniqueConstraint(fields=["cut", "order"], name="cut_line_once_an_order"),
            models.CheckConstraint(
                condition=Q(loses__gte=1) & Q(loses__lte=F("had")), name="cut_line_takes_what_is_there"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "swapped"], change__isnull=False)
                | ~Q(outcome__in=["done", "swapped"]) & Q(change__isnull=True),
                name="cut_line_done_has_its_change",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="proposed") | Q(offered__gte=1), name="cut_line_proposes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loses} of {self.had}"
