"""Many orders marked as shipped in one act. That an order is shipped is the order's own state."""

from __future__ import annotations

from django.db import models

from tirage.core.fields import reference_field, state_check
from tirage.fulfilment.states import ShipOutcome, ShipState
from tirage.orders.models import Order


class ShipRun(models.Model):
    """A choice of orders to mark as shipped: previewed, then worked through, then kept with what became of each."""

    reference = reference_field("SHR")
    state = models.CharField(max_length=10, default=ShipState.DRAFT.value)
    tell_customers = models.BooleanField(default=True)
    total = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: In whose name the worker goes on: who began it.
    actor_kind = models.CharField(max_length=10, default="staff", db_default="staff")
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [state_check("state", ShipState, "ship_run_state_is_legal")]
        indexes = [models.Index(fields=["state", "made_at"], name="ship_run_by_state")]

    def __str__(self) -> str:
        return self.reference


class ShipRow(models.Model):
    """One order of a run; ``reason`` says why it was left as it was."""

    run = models.ForeignKey(ShipRun, on_delete=models.CASCADE, related_name="rows")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="ship_rows")
    outcome = models.CharField(max_length=10, default=ShipOutcome.WAITING.value)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "order"], name="ship_row_once"),
            state_check("outcome", ShipOutcome, "ship_row_outcome_is_legal"),
            models.CheckConstraint(
                condition=~models.Q(outcome="refused") | ~models.Q(reason=""),
                name="ship_row_refused_has_its_reason",
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="ship_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.order_id} in {self.run_id}"
