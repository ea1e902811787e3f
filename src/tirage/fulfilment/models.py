"""Many orders marked as shipped in one act, and orders that lie ready. That one is shipped is the order's own state."""

from __future__ import annotations

from django.db import models

from tirage.core.fields import reference_field, state_check
from tirage.fulfilment.states import PickupState, ShipOutcome, ShipState
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
    """One order of a run; ``reason`` says why it was left as it was.

    ``way`` is the method that it was chosen with, by its reference; null of rows from before this was kept.
    """

    run = models.ForeignKey(ShipRun, on_delete=models.CASCADE, related_name="rows")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="ship_rows")
    way = models.CharField(max_length=12, null=True)
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


class Pickup(models.Model):
    """That an order lies ready for who picks it up, and what its customer was told of it.

    The days are those of the winery's clock, fixed when it is said to be ready: ``remind_on`` is the next reminder,
    ``send_on`` the day from which it is sent instead, as the customer was told when they chose; null for never.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="pickup")
    state = models.CharField(max_length=10, default=PickupState.READY.value)
    ready_at = models.DateTimeField()
    reminded = models.PositiveSmallIntegerField(default=0)
    remind_on = models.DateField(null=True)
    send_on = models.DateField(null=True)
    #: The order change that sends it, by its reference.
    draft = models.CharField(max_length=12, blank=True)
    changed_at = models.DateTimeField()
    sent_instead_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("state", PickupState, "pickup_state_is_legal"),
            models.CheckConstraint(
                condition=models.Q(state="ready") | models.Q(send_on__isnull=False),
                name="pickup_sent_as_was_said",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["ready", "stuck"]) | ~models.Q(draft=""),
                name="pickup_sent_by_a_change",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_instead_at__isnull=False)
                | ~models.Q(state="sent") & models.Q(sent_instead_at__isnull=True),
                name="pickup_sent_has_its_time",
            ),
            models.CheckConstraint(condition=models.Q(reminded__lte=2), name="pickup_reminded_at_most_twice"),
        ]
        indexes = [
            models.Index(fields=["remind_on"], condition=models.Q(state="ready"), name="pickup_by_reminder"),
            models.Index(fields=["send_on"], condition=models.Q(state="ready"), name="pickup_by_its_end"),
            models.Index(
                fields=["changed_at"], condition=models.Q(state="sending"), name="pickup_being_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"pickup of {self.order_id}"
