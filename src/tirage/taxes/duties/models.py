"""The rows of the duty table. Amounts and exchanges are kept in millionths: SQLite can't hold decimals to a check."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import reference_field, state_check
from tirage.taxes.duties.rules import DutyPer, DutyWine, Rounding

#: A unit of money, or an exchange of one, in the columns.
MILLION = 1_000_000


class Duty(models.Model):
    """What wine of some strengths bears in a country, or in one of its states, in force on both days and between.

    ``amount_micros`` is in millionths of ``currency``, a percentage in millionths of a percent; ``exchange_micros`` is
    what one of it is worth in the winery's. Whoever saves one holds the winery's row.
    """

    reference = reference_field("DUT")
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=80)
    per = models.CharField(max_length=10)
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    exchange_micros = models.BigIntegerField(default=MILLION)
    wine = models.CharField(max_length=10, default=DutyWine.ANY.value)
    from_tenths = models.PositiveSmallIntegerField(default=0)
    to_tenths = models.PositiveSmallIntegerField(default=1_000)
    counts_as = models.PositiveSmallIntegerField(null=True, blank=True)
    rounding = models.CharField(max_length=12, default=Rounding.LINE.value)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            state_check("per", DutyPer, "duty_per_is_legal"),
            state_check("wine", DutyWine, "duty_wine_is_legal"),
            state_check("rounding", Rounding, "duty_rounding_is_legal"),
            models.CheckConstraint(
                condition=Q(amount_micros__gte=0, exchange_micros__gt=0), name="duty_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(from_tenths__lte=F("to_tenths"), to_tenths__lte=1_000)
                & (Q(counts_as__isnull=True) | Q(counts_as__lte=1_000)),
                name="duty_strengths_in_order",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="duty_begins_before_it_ends",
            ),
            models.UniqueConstraint(
                fields=["country", "state", "name", "wine", "from_tenths", "first_day"], name="duty_row_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.country} {self.state}".strip()
