"""What comes due: cards that won't do by then, and orders whose money didn't come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import amount_check, reference_field, state_check
from tirage.futures.states import ArrearsCause, ArrearsState
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod


class Mandate(models.Model):
    """A card that its customer named later for what is to come of an order, by which words; the last counts."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="mandates")
    card = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="mandate_has_its_words"),
        ]

    def __str__(self) -> str:
        return f"mandate of {self.order_id}"


class CardNotice(models.Model):
    """That a card won't do on a day on which it is to be charged was told so many days before."""

    card = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "due_on", "days"], name="card_told_once_of_a_day"),
            models.CheckConstraint(condition=Q(days=60) | Q(days=30) | Q(days=7), name="card_told_by_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} for {self.due_on}"


class Arrears(models.Model):
    """An order whose money didn't come, though everything was tried that happens by itself.

    Its customer was told until when; the team decides, or waits until a day. Money that comes ends it.
    """

    reference = reference_field("DUE")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="arrears")
    cause = models.CharField(max_length=10)
    state = models.CharField(max_length=8, default=ArrearsState.OPEN.value)
    #: What was owed when it began.
    amount_minor = models.BigIntegerField()
    since = models.DateTimeField()
    #: The day until which the customer was given time, by the plan or by the team.
    until = models.DateField()
    #: Why the team waits, as the customer doesn't read it.
    note = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("cause", ArrearsCause, "arrears_cause_is_legal"),
            state_check("state", ArrearsState, "arrears_state_is_legal"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="arrears_one_open_an_order"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="arrears_of_something"),
            amount_check("amount_minor", "arrears_amount_in_bounds"),
            models.CheckConstraint(
                condition=Q(state__in=["paid", "over"], ended_at__isnull=False)
                | ~Q(state__in=["paid", "over"]) & Q(ended_at__isnull=True),
                name="arrears_ended_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(state="waiting"), name="arrears_waiting_by_day")
        ]

    def __str__(self) -> str:
        return self.reference
