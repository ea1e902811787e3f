"""Lists of a newsletter service that follow ours, what was sent to them, and the runs that sent it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.marketing.states import Done, Every, Scope, Standing, SyncState


class MailingList(models.Model):
    """A list of the service's that is kept as our customers are."""

    reference = reference_field("MLS")
    service = models.CharField(max_length=20)
    service_id = models.CharField(max_length=64)
    name = models.CharField(max_length=160)
    #: Whose it is there, where the key opens several accounts.
    account = models.CharField(max_length=160, blank=True)
    #: Who belongs on it, of those who agreed to mail, in the filter language; empty for all of them.
    definition = models.TextField(blank=True)
    #: The key of a field there by the name of ours (``rules.Ours``).
    fields = models.JSONField(default=dict)
    every = models.CharField(max_length=4, default=Every.HAND.value)
    next_at = models.DateTimeField(null=True)
    #: Until when it is known who left it.
    heard_until = models.DateTimeField(null=True)
    #: What has the service tell us at once who leaves, by its own key; and when it did last.
    hook = models.CharField(max_length=64, blank=True, default="")
    told_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "service_id"], name="mailing_list_once"),
            state_check("every", Every, "mailing_list_every_is_legal"),
            models.CheckConstraint(
                condition=Q(every=Every.HAND.value, next_at__isnull=True)
                | (~Q(every=Every.HAND.value) & Q(next_at__isnull=False)),
                name="mailing_list_by_itself_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SyncRun(models.Model):
    """Everybody of a list looked at once, portion by portion, and sent where something is different."""

    reference = reference_field("SYN")
    list = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="runs")
    scope = models.CharField(max_length=7)
    state = models.CharField(max_length=8, default=SyncState.RUNNING.value)
    total = models.PositiveIntegerField()
    #: Customers looked at, and the last of them by primary key.
    seen = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    #: Whether it was heard who left the list since the run before.
    has_heard = models.BooleanField(default=False)
    sent = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    unsubscribed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    heard = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    #: Calls in a row without an answer, when the next one is made, and what stands in the way.
    failures = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    #: The worker that is at it, until then.
    holder = models.CharField(max_length=32, blank=True)
    held_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", SyncState, "sync_run_state_is_legal"),
            state_check("scope", Scope, "sync_run_scope_is_legal"),
            models.UniqueConstraint(
                fields=["list"], condition=Q(state=SyncState.RUNNING.value), name="sync_run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=SyncState.FAILED.value) | ~Q(problem=""),
                name="sync_run_failed_has_its_problem",
            ),
        ]
        indexes = [
            models.Index(fields=["list", "-id"], name="sync_run_by_list"),
            models.Index(fields=["state", "changed_at"], name="sync_run_by_state"),
        ]

    def __str__(self) -> str:
        return self.reference


class Subscriber(models.Model):
    """How a customer stands on a list, and what was sent last. Without a customer: nobody of ours any more."""

    list = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="subscribers")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="subscriptions")
    #: The address that the list has.
    email = models.EmailField(max_length=254)
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=200, blank=True)
    #: Of what was sent last; empty where nothing stands there.
    digest = models.CharField(max_length=64, blank=True)
    #: The values that were sent last by the name of our field; a link isn't kept.
    sent = models.JSONField(default=dict)
    sent_at = models.DateTimeField(null=True)
    #: When who is off it unsubscribed or bounced there, by the service's clock; or when we told the service so.
    left_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    #: The run that sent them last.
    run = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "customer"], name="subscriber_once"),
            state_check("state", Standing, "subscriber_state_is_legal"),
            models.CheckConstraint(
                condition=~Q(state=Standing.SUBSCRIBED.value) | Q(sent_at__isnull=False),
                name="subscriber_on_it_was_sent",
            ),
            models.CheckConstraint(
                condition=Q(state=Standing.SUBSCRIBED.value) | ~Q(reason=""),
                name="subscriber_off_it_has_its_reason",
            ),
        ]
        indexes = [models.Index(fields=["list", "state", "id"], name="subscriber_by_state")]

    def __str__(self) -> str:
        return f"{self.email} on {self.list_id}"


class SyncLine(models.Model):
    """What a run did about somebody."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="lines")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="sync_lines")
    email = models.EmailField(max_length=254)
    done = models.CharField(max_length=12)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("done", Done, "sync_line_done_is_legal"),
            models.UniqueConstraint(fields=["run", "customer", "done"], name="sync_line_once"),
        ]
        indexes = [models.Index(fields=["run", "done", "id"], name="sync_line_by_done")]

    def __str__(self) -> str:
        return f"{self.email}: {self.done}"
