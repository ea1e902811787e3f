"""What compliance services said of orders, version by version, and from where the winery ships."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.compliance.states import CURRENT, CheckState, Duty
from tirage.core.fields import reference_field, state_check
from tirage.orders.models import Order


class ComplianceSetup(models.Model):
    """What a service is asked for, and the address from which wine leaves; the keys are the environment's."""

    #: Whether orders are checked before they ship; whether their tax is asked for.
    checks_orders = models.BooleanField(default=True)
    asks_tax = models.BooleanField(default=False)
    #: Whether it is asked for carriers' counters when somebody looks for one.
    finds_places = models.BooleanField(default=False, db_default=False)
    line1 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=2, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="compliance_setup_is_one")]

    def __str__(self) -> str:
        return f"{self.city}, {self.state}"


class ComplianceCheck(models.Model):
    """One version of an order (its bottles, address and day) as a service was asked about it."""

    reference = reference_field("CHK")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="compliance_checks")
    #: 1 is the first of the order.
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default=CheckState.WAITING.value)
    #: Who was asked, by its key; empty where nobody was connected.
    service = models.CharField(max_length=20, blank=True)
    #: Of what the answer depends on: another one is another version.
    fingerprint = models.CharField(max_length=64)
    #: What was asked and answered.
    asked = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    #: Why not, in words.
    reasons = models.JSONField(default=list)
    #: Why there is no answer, or what was told isn't heard there yet.
    problem = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_words = models.CharField(max_length=300, blank=True)
    #: What the service has still to be told, and when it was.
    duty = models.CharField(max_length=6, blank=True, default=Duty.NONE.value)
    told_at = models.DateTimeField(null=True)
    #: How often it was asked or told since the last answer; before when it isn't again, since a worker is at it or it
    #: waits.
    tries = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("state", CheckState, "compliance_state_is_legal"),
            models.UniqueConstraint(fields=["order", "number"], name="compliance_check_numbered_once"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=[state.value for state in CURRENT]),
                name="compliance_check_one_current",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["passed", "refused"]) | Q(answered_at__isnull=False),
                name="compliance_answered_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided")
                | Q(decided_at__isnull=False) & ~Q(decided_by="") & ~Q(decided_words=""),
                name="compliance_decided_has_its_words",
            ),
            models.CheckConstraint(
                condition=Q(duty="") | Q(duty="commit", state="committed") | Q(duty="void", state="voided"),
                name="compliance_duty_follows_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["retry_at"], condition=~Q(duty=""), name="compliance_check_to_tell"),
            models.Index(
                fields=["retry_at"],
                condition=Q(state__in=["waiting", "unanswered"]),
                name="compliance_check_to_ask",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class TaxAnswer(models.Model):
    """What a service said of the tax of a sale that isn't an order yet, so that the page and the button agree.

    Of nobody: ``fingerprint`` is what was asked, and can't be turned back. Pruned after some days.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    due = models.JSONField()
    answered_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]
