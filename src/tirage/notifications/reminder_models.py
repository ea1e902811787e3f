"""Reminders: which of them a release sends by itself, and who got one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import state_check
from tirage.customers.models import Customer
from tirage.notifications.states import ReminderKind
from tirage.offers.models import Release

#: More hours than any window has.
MOST_HOURS = 24 * 90


class ReminderPlan(models.Model):
    """One kind of reminder of a release. ``hours``: after the opening, after the cart lapsed, or before the close."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="reminder_plans")
    kind = models.CharField(max_length=10)
    is_on = models.BooleanField(default=False)
    hours = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "kind"], name="reminder_plan_once"),
            state_check("kind", ReminderKind, "reminder_plan_kind_is_legal"),
            models.CheckConstraint(
                condition=Q(hours__gte=1, hours__lte=MOST_HOURS), name="reminder_plan_hours_in_bounds"
            ),
        ]
        indexes = [models.Index(fields=["release"], condition=Q(is_on=True), name="reminder_plan_on")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.release_id}"


class Reminder(models.Model):
    """That a customer was reminded of a release: once of each kind, whatever is repeated."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="reminders")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    mail = models.ForeignKey(
        "notifications.SentMail", on_delete=models.SET_NULL, null=True, related_name="reminders"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "customer", "kind"], name="reminder_once"),
            state_check("kind", ReminderKind, "reminder_kind_is_legal"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.customer_id}"
