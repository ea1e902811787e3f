"""Many orders marked as shipped in one act, and orders that lie ready. That one is shipped is the order's own state."""

from __future__ import annotations

from django.db import models

from tirage.core.fields import reference_field, state_check
from tirage.fulfilment.states import (
    AskState,
    BatchState,
    PackState,
    PaperKind,
    PickupState,
    ShipOutcome,
    ShipState,
)
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
    #: The batch that is handed over by it.
    batch = models.ForeignKey("Batch", on_delete=models.CASCADE, null=True, related_name="ship_runs")

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


class Batch(models.Model):
    """Orders that are packed together: chosen and previewed, frozen, printed, handed over."""

    reference = reference_field("BAT")
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=10, default=BatchState.DRAFT.value)
    #: The day on which it is to leave: orders of later days are left out. Null takes them all.
    leaves_on = models.DateField(null=True)
    #: Leaves out orders whose customers have open wishes beside them.
    waits_for_wishes = models.BooleanField(default=True)
    total = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)
    #: While papers are printed: the order, by its key, after which the next part begins. Null while nothing is printed.
    printing_after = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", BatchState, "batch_state_is_legal"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["frozen", "leaving", "done"])
                | models.Q(frozen_at__isnull=False),
                name="batch_frozen_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "-made_at"], name="batch_by_state")]

    def __str__(self) -> str:
        return self.name


class PackRow(models.Model):
    """One order of a batch. ``reason`` says why it isn't in it, or was taken out."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="pack_rows")
    state = models.CharField(max_length=10, default=PackState.CHOSEN.value)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("state", PackState, "pack_row_state_is_legal"),
            models.UniqueConstraint(fields=["batch", "order"], name="pack_row_once"),
            # Two people may freeze the same order at once: it lies in one box.
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state="packed"), name="pack_row_packed_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["left_out", "recalled"]) | ~models.Q(reason=""),
                name="pack_row_out_has_its_reason",
            ),
        ]
        indexes = [models.Index(fields=["batch", "state", "id"], name="pack_row_by_state")]

    def __str__(self) -> str:
        return f"{self.order_id} in {self.batch_id}"


class BatchPaper(models.Model):
    """Something printed for a batch: so many pages of it, as they were then."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=12)
    #: One after the other, from 1; a part holds some hundred orders.
    part = models.PositiveSmallIntegerField()
    orders = models.PositiveIntegerField()
    pdf = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("kind", PaperKind, "batch_paper_kind_is_legal"),
            models.UniqueConstraint(fields=["batch", "kind", "part"], name="batch_paper_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.part} of {self.batch_id}"


class ChangeAsked(models.Model):
    """A change that a customer asked for in words, once the order was packed and couldn't be changed any more."""

    reference = reference_field("ASK")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes_asked")
    state = models.CharField(max_length=10, default=AskState.OPEN.value)
    words = models.CharField(max_length=600)
    answer = models.CharField(max_length=600, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("state", AskState, "change_asked_state_is_legal"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state="open"), name="change_asked_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_at__isnull=True)
                | ~models.Q(state="open") & models.Q(answered_at__isnull=False),
                name="change_asked_answered_has_its_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="declined") | ~models.Q(answer=""),
                name="change_asked_declined_has_its_words",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="change_asked_by_state")]

    def __str__(self) -> str:
        return self.reference
