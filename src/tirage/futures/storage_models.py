"""What keeping wine costs by the day, and what was charged for it by order, lot and month."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import amount_check, state_check
from tirage.futures.states import StorageCharged, StoragePer, Undecided
from tirage.orders.models import Order


class StorageTerm(models.Model):
    """What storage costs from a day on, until a later row; a row for nothing says that it is free again."""

    first_day = models.DateField(unique=True)
    per = models.CharField(max_length=6, default=StoragePer.CASE.value)
    #: Of a case or a bottle and a day, in millionths of the winery's currency.
    day_micros = models.BigIntegerField()
    #: Days after the customer was told that it has come in which nothing is charged.
    free_days = models.PositiveSmallIntegerField(default=0)
    charged = models.CharField(max_length=7, default=StorageCharged.MONTHLY.value)
    #: What becomes of wine whose customer hasn't chosen by the last day.
    undecided = models.CharField(max_length=6, default=Undecided.KEEP.value)
    #: Handling of a case that goes to another bonded warehouse, and the most that an order is asked for it.
    transfer_minor = models.BigIntegerField(default=0)
    transfer_most_minor = models.BigIntegerField(null=True, blank=True)
    #: Whether customers may have it sent to their own account under bond.
    transfers = models.BooleanField(default=False)

    class Meta:
        constraints = [
            state_check("per", StoragePer, "storage_per_is_legal"),
            state_check("charged", StorageCharged, "storage_charged_is_legal"),
            state_check("undecided", Undecided, "storage_undecided_is_legal"),
            models.CheckConstraint(
                condition=Q(day_micros__gte=0)
                & Q(transfer_minor__gte=0)
                & (Q(transfer_most_minor__isnull=True) | Q(transfer_most_minor__gte=0)),
                name="storage_costs_not_negative",
            ),
            amount_check("day_micros", "storage_day_in_bounds"),
            amount_check("transfer_minor", "storage_transfer_in_bounds"),
            amount_check("transfer_most_minor", "storage_transfer_most_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"storage from {self.first_day}"


class StorageMonth(models.Model):
    """Storage of an order's pieces of a lot in one month, from a day to a day of it; charged once.

    A month is one row whatever is charged in it, and its days lie within it, so no day is charged twice. ``draft`` is
    the change that asks for it where it is charged with a settlement; a change that comes to nothing takes its rows
    with it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="storage")
    lot = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="storage")
    #: Its first day.
    month = models.DateField()
    first = models.PositiveSmallIntegerField()
    last = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    how = models.CharField(max_length=300)
    draft = models.CharField(max_length=20, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "lot", "month"], name="storage_once_a_lot_and_month"),
            models.CheckConstraint(
                condition=Q(first__gte=1) & Q(first__lte=F("last")) & Q(last__lte=31),
                name="storage_days_within_a_month",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="storage_month_not_negative"),
            amount_check("amount_minor", "storage_month_in_bounds"),
        ]
        indexes = [models.Index(fields=["draft"], condition=~Q(draft=""), name="storage_by_its_change")]

    def __str__(self) -> str:
        return f"{self.order_id} in {self.month:%Y-%m}"
