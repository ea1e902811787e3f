"""Where each customer lives, as far as addresses tell, and what was sold where by day.

All of it follows from addresses and orders and can be worked out anew (``insights.rebuilding``).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer, Group
from tirage.insights.states import Coverage, PlacePrecision, PlacingState, Reason
from tirage.orders.states import Channel


class Placement(models.Model):
    """Where a customer lives; kept by ``insights.placing`` alone. Without a row: not looked at yet."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="placement")
    #: ISO 3166, two letters; empty where nothing is known. The place of who is excluded is empty altogether.
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=60, blank=True)
    #: Five digits, in the United States only.
    zip_code = models.CharField(max_length=5, blank=True)
    #: Codes: FIPS, and CBSA (empty outside metropolitan and micropolitan areas).
    county = models.CharField(max_length=5, blank=True)
    metro = models.CharField(max_length=5, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    precision = models.CharField(max_length=10, default=PlacePrecision.NOTHING.value)
    coverage = models.CharField(max_length=10, default=Coverage.NOT_PLACED.value)
    reason = models.CharField(max_length=20, blank=True)
    #: Equal for accounts of one household; empty where no street is known.
    household = models.CharField(max_length=32, blank=True)
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("precision", PlacePrecision, "placement_precision_is_legal"),
            state_check("coverage", Coverage, "placement_coverage_is_legal"),
            state_check("reason", Reason, "placement_reason_is_legal"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="placement_point_on_earth",
            ),
            models.CheckConstraint(
                condition=(Q(coverage="placed") & Q(latitude__isnull=False))
                | (~Q(coverage="placed") & Q(latitude__isnull=True)),
                name="placement_placed_has_its_point",
            ),
            models.CheckConstraint(
                condition=~Q(coverage="excluded") | (Q(country="", state="", zip_code="") & ~Q(reason="")),
                name="placement_excluded_is_nowhere",
            ),
        ]
        indexes = [
            models.Index(fields=["country", "zip_code"], name="placement_by_zip"),
            models.Index(fields=["metro"], name="placement_by_metro"),
            models.Index(fields=["state"], name="placement_by_state"),
            models.Index(fields=["county"], name="placement_by_county"),
            models.Index(fields=["household"], name="placement_by_household"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.country} {self.state} {self.zip_code}".rstrip()


class DailySales(models.Model):
    """What customers of one place bought on a day of the winery's, by the group and channel of the order.

    An order counts with what it has become, on the day that it was placed, where its customer lives: what is changed,
    given back or canceled later changes that day. Minor units of the winery's currency.
    """

    day = models.DateField()
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=60, blank=True)
    zip_code = models.CharField(max_length=5, blank=True)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="+")
    channel = models.CharField(max_length=10)
    #: Orders that stand, and their bottles.
    orders = models.IntegerField(default=0)
    bottles = models.IntegerField(default=0)
    #: What came in for them and for canceled ones, and what of it was given back.
    gross_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    #: The wine of orders that stand after discounts, without delivery and tax: what other pages call sales.
    net_minor = models.BigIntegerField(default=0)
    #: What they pay for delivery.
    shipping_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "country", "state", "zip_code", "group", "channel"], name="daily_sales_once"
            ),
            # To the one above, nothing is like nothing.
            models.UniqueConstraint(
                fields=["day", "country", "state", "zip_code", "channel"],
                condition=Q(group__isnull=True),
                name="daily_sales_once_without_group",
            ),
            state_check("channel", Channel, "daily_sales_channel_is_legal"),
            models.CheckConstraint(
                condition=Q(orders__gte=0, gross_minor__gte=0, refunded_minor__gte=0),
                name="daily_sales_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["country", "state", "zip_code", "day"], name="daily_sales_by_place"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.country} {self.state} {self.zip_code}"


class Touched(models.Model):
    """A customer whose addresses or orders changed since they were last looked at; written by whoever changes them.

    With where the customer was counted until then, because the row may be gone by the time it is read.
    """

    #: The customer's id; no foreign key, for whoever is merged into another is gone before this is read.
    customer_id = models.BigIntegerField()
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=60, blank=True)
    zip_code = models.CharField(max_length=5, blank=True)

    def __str__(self) -> str:
        return str(self.customer_id)


class PlacingRun(models.Model):
    """Everybody placed anew by the worker, and everything added up anew."""

    reference = reference_field("PLC")
    state = models.CharField(max_length=10, default=PlacingState.RUNNING.value)
    #: Customers up to this id are placed.
    reached = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [state_check("state", PlacingState, "placing_run_state_is_legal")]

    def __str__(self) -> str:
        return self.reference
