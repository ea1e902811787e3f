"""Arrivals of lots, and the settlement of each order whose wine is there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import amount_check, reference_field, state_check
from tirage.futures.states import OPEN, STANDING, SettlementState
from tirage.orders.models import Order


class Arrival(models.Model):
    """Pieces of a lot that came into the cellar, and what they really cost; one that was wrong is taken back."""

    reference = reference_field("ARR")
    lot = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="arrivals")
    pieces = models.PositiveIntegerField()
    arrived_on = models.DateField()
    #: Of all of them; none while nobody knows.
    cost_minor = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pieces__gte=1), name="arrival_of_something"),
            models.CheckConstraint(
                condition=Q(cost_minor__isnull=True) | Q(cost_minor__gte=0), name="arrival_cost_not_negative"
            ),
            amount_check("cost_minor", "arrival_cost_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.reference


class Settlement(models.Model):
    """What a customer is asked of an order whose wine has all arrived: where it goes, and what that costs.

    ``costs`` are the lines that were agreed to, with how each came about; ``draft`` is the order change that asks for
    them.
    """

    reference = reference_field("STL")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="settlements")
    state = models.CharField(max_length=10, default=SettlementState.ASKED.value)
    asked_at = models.DateTimeField()
    #: The last day to choose; the day after it the wine stays in the cellar.
    due_on = models.DateField()
    reminded = models.PositiveSmallIntegerField(default=0)
    agreed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    draft = models.CharField(max_length=20, blank=True)
    costs = models.JSONField(default=list)
    #: Why it is asked about again: a payment that failed, say.
    note = models.CharField(max_length=300, blank=True)
    #: The last day on which keeping it is free, as the customer was told; none where storage wasn't charged then.
    free_until = models.DateField(null=True)
    #: The last day whose storage is charged.
    stored_until = models.DateField(null=True)
    #: How often what was agreed to has come to nothing.
    failed = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: The bonded warehouse where it goes and the customer's account there, where it is transferred under bond.
    warehouse = models.CharField(max_length=80, blank=True, default="", db_default="")
    account = models.CharField(max_length=40, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            state_check("state", SettlementState, "settlement_state_is_legal"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=[state.value for state in STANDING]),
                name="settlement_one_an_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["agreed", "settled"]) | Q(agreed_at__isnull=False) & ~Q(draft=""),
                name="settlement_agreed_has_its_change",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False),
                name="settlement_settled_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(warehouse="") | ~Q(account=""), name="settlement_under_bond_names_the_account"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state="asked"), name="settlement_asked_by_day"),
            models.Index(fields=["draft"], condition=Q(state="agreed"), name="settlement_by_its_change"),
            models.Index(
                fields=["stored_until"],
                condition=Q(free_until__isnull=False, state__in=[state.value for state in OPEN]),
                name="settlement_stored_by_day",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether it waits for its customer."""
        return self.state in OPEN
