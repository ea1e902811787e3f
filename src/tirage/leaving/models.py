"""Everything that went out as a file, who was erased, what customers asked for of their own, what is kept how long."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.leaving.states import EraseState, ExportState


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
    """One customer made unrecognisable: when, by whom, and nothing of who it was. ``customer_id`` is the row's that
    stays for the books' sake.
    """

    reference = reference_field("ERA")
    customer_id = models.BigIntegerField(db_index=True)
    customer_reference = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    asked_at = models.DateTimeField(null=True)
    #: What they are looked for by while it goes on, sealed; gone with its end.
    sealed_words = models.TextField(blank=True)
    #: How many steps are done.
    reached = models.PositiveIntegerField(default=0)
    #: Rows changed or taken out, by what they are.
    counts = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", EraseState, "erasure_state_is_legal"),
            models.UniqueConstraint(
                fields=["customer_id"],
                condition=Q(state__in=[EraseState.ASKED.value, EraseState.RUNNING.value]),
                name="erasure_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(state=EraseState.RUNNING.value) | Q(sealed_words=""),
                name="erasure_forgets_its_words",
            ),
            models.CheckConstraint(
                condition=~Q(state=EraseState.FINISHED.value) | Q(finished_at__isnull=False),
                name="erasure_finished_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class OwnDataFile(models.Model):
    """A customer's own data, as they asked for it on their account page; the worker writes it."""

    reference = reference_field("DAT")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="own_data_files")
    #: Packed with gzip; empty until it is written.
    data = models.BinaryField(default=b"")
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    keep_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(ready_at__isnull=True), name="own_data_one_to_come"
            ),
            models.CheckConstraint(
                condition=Q(ready_at__isnull=True) | Q(keep_until__isnull=False),
                name="own_data_ready_has_its_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class KeepingRule(models.Model):
    """How many days one kind of record is kept; without a row the program's own number holds. 0 is for ever."""

    kind = models.CharField(max_length=30, unique=True)
    days = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class KeepingRun(models.Model):
    """One day's forgetting: how many of each kind."""

    at = models.DateTimeField()
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.at)
