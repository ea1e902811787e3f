"""What was brought of a former system: its rows, the orders that they make, runs over them, sums to prove them by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.moving.states import By, Made, MoveAct, MoveState, Outcome, Thing, ThingState
from tirage.orders.models import Order


class MovedOrder(models.Model):
    """An order of a former system by its number there; ``order`` is it in our ledger, once it is in."""

    #: The system that numbered it, so that two systems may use the same numbers.
    source = models.CharField(max_length=40)
    number = models.CharField(max_length=60)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="moved")
    #: Of everything that the order was written by; the same again writes nothing.
    digest = models.CharField(max_length=40, blank=True)
    #: When it came in, the first time; what its customer ordered here since then keeps it in.
    came_in_at = models.DateTimeField(null=True)
    #: Rows of it came or went since it was last put together.
    is_waiting = models.BooleanField(default=True)
    #: A file of it was taken back, and the ledger doesn't say so yet.
    is_leaving = models.BooleanField(default=False)
    #: What became of it at last, and why it isn't in.
    outcome = models.CharField(max_length=10, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    #: As the files say it: the order as it was placed, and what was given back of it.
    total_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    #: The release that it was of, as it was called there: no release of ours.
    release = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="moved_order_once"),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=[one.value for one in Outcome]),
                name="moved_order_outcome_is_legal",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | ~Q(digest=""), name="moved_order_says_what_it_is"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_waiting=True), name="moved_order_waiting"),
            models.Index(fields=["id"], condition=Q(is_leaving=True), name="moved_order_leaving"),
            models.Index(fields=["outcome", "id"], name="moved_order_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class MovedRow(models.Model):
    """One row of a file, as its columns were understood; a newer file of the same shape takes its place."""

    moved = models.ForeignKey(MovedOrder, on_delete=models.CASCADE, related_name="rows")
    #: The import that brought it.
    file = models.CharField(max_length=12)
    #: Of the file's columns: files with the same are read in place of each other, others beside.
    shape = models.CharField(max_length=16)
    #: As a spreadsheet numbers it.
    row = models.PositiveIntegerField()
    data = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["file"], name="moved_row_by_file")]

    def __str__(self) -> str:
        return f"{self.file} row {self.row}"


class MadeHere(models.Model):
    """A customer or sku that only the history brought: it goes with the history, unless something else is of it."""

    kind = models.CharField(max_length=10)
    made_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "made_id"], name="made_here_once"),
            state_check("kind", Made, "made_here_kind_is_legal"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_id}"


class BroughtThing(models.Model):
    """What a row of a file brought of a customer besides orders: store credit, a membership, a card, a wish, an address
    that isn't written to. It is known again by ``key``, so that the same file changes nothing."""

    kind = models.CharField(max_length=10)
    #: A digest of whose it is and which (``things.key_of``): nothing of the person stands here.
    key = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    #: The import that said it last, and its row.
    file = models.CharField(max_length=12)
    row = models.PositiveIntegerField()
    #: Of what was written; the same again writes nothing.
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    problem = models.CharField(max_length=300, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    #: The row that it made, in the table of its kind.
    made_id = models.BigIntegerField(null=True)
    #: What its kind needs to take it back, or to do it once the processor has answered.
    data = models.JSONField(default=dict)
    came_in_at = models.DateTimeField()
    #: It is being taken back.
    is_leaving = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="brought_thing_once"),
            state_check("kind", Thing, "brought_thing_kind_is_legal"),
            state_check("state", ThingState, "brought_thing_state_is_legal"),
            models.CheckConstraint(
                condition=~Q(state=ThingState.IN.value) | Q(made_id__isnull=False),
                name="brought_thing_in_made_something",
            ),
            models.CheckConstraint(
                condition=~Q(state=ThingState.REFUSED.value) | ~Q(problem=""),
                name="brought_thing_refused_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["file"], name="brought_thing_by_file"),
            models.Index(
                fields=["id"], condition=Q(state=ThingState.WAITING.value), name="brought_thing_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


class MoveRun(models.Model):
    """One pass of the worker over the orders that wait; ``reached`` is the last that was looked at."""

    reference = reference_field("MOV")
    act = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default=MoveState.RUNNING.value)
    #: What doesn't add up is booked as a charge of its own, orders without an e-mail address go to one customer.
    books_differences = models.BooleanField(default=False)
    takes_guests = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    reached = models.BigIntegerField(default=0)
    #: How many of each outcome; new customers and wines; groups that aren't here, by name.
    counts = models.JSONField(default=dict)
    #: The first that can't come in: number, problem and rows.
    problems = models.JSONField(default=list)
    #: The first that would come in, in words.
    shown = models.JSONField(default=list)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("act", MoveAct, "history_run_act_is_legal"),
            state_check("state", MoveState, "history_run_state_is_legal"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=MoveState.RUNNING.value), name="history_run_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class ControlFigure(models.Model):
    """A sum of the former system, typed in or from a file, that ours has to be equal to."""

    by = models.CharField(max_length=10)
    key = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    set_at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("by", By, "control_figure_by_is_legal"),
            models.UniqueConstraint(fields=["by", "key"], name="control_figure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.key}"


class SignOff(models.Model):
    """Who said that the history is right, with the sums as they were; it stands until it is opened again."""

    at = models.DateTimeField()
    by_label = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)
    orders = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    differences = models.PositiveIntegerField()
    stands = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(by_label=""), name="sign_off_has_its_name"),
            models.CheckConstraint(condition=Q(differences=0) | ~Q(note=""), name="sign_off_says_why"),
            models.UniqueConstraint(fields=["stands"], condition=Q(stands=True), name="sign_off_one_stands"),
        ]

    def __str__(self) -> str:
        return f"{self.by_label} {self.at}"
