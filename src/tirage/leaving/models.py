"""Files of everything that were written, and customers who were erased."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.leaving.states import AskState, ErasureState, ExportState


class EverythingExport(models.Model):
    """One file of everything; written by the worker from one moment of the data, kept for some days."""

    reference = reference_field("OUT")
    state = models.CharField(max_length=10, default=ExportState.RUNNING.value)
    #: Raised by each worker that begins it anew; what an earlier one still writes is nobody's.
    attempt = models.PositiveIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    tables = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    #: SHA-256 of the file, hexadecimal.
    digest = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    keep_until = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", ExportState, "everything_export_state_is_legal"),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=ExportState.RUNNING.value),
                name="everything_export_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ExportState.READY.value) | (Q(keep_until__isnull=False) & ~Q(digest="")),
                name="everything_export_ready_has_its_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class EverythingPart(models.Model):
    """A megabyte of such a file."""

    export = models.ForeignKey(EverythingExport, on_delete=models.CASCADE, related_name="parts")
    attempt = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "attempt", "number"], name="everything_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.export_id} {self.number}"


class Erasure(models.Model):
    """A customer who was erased: when, by whom and why, without the person. Nothing undoes it."""

    reference = reference_field("ERA")
    #: No foreign key: nothing that becomes of the customer takes the record with it.
    customer_id = models.BigIntegerField(unique=True)
    customer_reference = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default=ErasureState.RUNNING.value)
    why = models.CharField(max_length=200)
    #: What is looked for, until nothing of it is left anywhere; empty from then on.
    words = models.JSONField(default=dict)
    #: The step that is under way, and behind which row of its table.
    step = models.CharField(max_length=80, blank=True)
    cursor = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    #: Rows in which the person stood, besides their own.
    rows = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", ErasureState, "erasure_state_is_legal"),
            models.CheckConstraint(condition=~Q(why=""), name="erasure_says_why"),
            models.CheckConstraint(
                condition=Q(state=ErasureState.RUNNING.value, finished_at__isnull=True)
                | ~Q(state=ErasureState.RUNNING.value) & Q(finished_at__isnull=False, words={}),
                name="erasure_done_knows_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ErasureAsk(models.Model):
    """A customer asks to be erased; the team does it, or says why not."""

    reference = reference_field("ASK")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="erasure_asks")
    state = models.CharField(max_length=10, default=AskState.OPEN.value)
    #: Why not, for the customer to read.
    answer = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    actor_label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("state", AskState, "erasure_ask_state_is_legal"),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state=AskState.OPEN.value), name="erasure_ask_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state=AskState.OPEN.value, closed_at__isnull=True)
                | ~Q(state=AskState.OPEN.value) & Q(closed_at__isnull=False),
                name="erasure_ask_closed_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=AskState.REFUSED.value) | ~Q(answer=""),
                name="erasure_ask_refused_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at"], condition=Q(state=AskState.OPEN.value), name="erasure_ask_waiting"
            )
        ]

    def __str__(self) -> str:
        return self.reference
