"""The mails: the winery's own words for them, and what was sent to whom."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.notifications.states import InviteState, MailEnd, MailState
from tirage.offers.models import Offer


class MailText(models.Model):
    """The winery's own subject and words for one kind of mail; without a row the built-in words are used."""

    kind = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=160)
    body = models.TextField()

    def __str__(self) -> str:
        return self.kind


class MailLayout(models.Model):
    """The winery's own layout of all mails, as MJML; without the row the built-in one is used."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    source = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="mail_layout_is_one")]

    def __str__(self) -> str:
        return "the layout of mails"


class SentMail(models.Model):
    """One mail that was due: queued with the act, sent by the worker."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="mails")
    kind = models.CharField(max_length=40)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    #: Whether a job sends it; mails of the busiest minute of the year get theirs from the worker, seconds later.
    has_job = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: What was wrong at the last try, or why there will be none; for people.
    problem = models.CharField(max_length=300, blank=True)
    #: When it is tried again by itself.
    next_at = models.DateTimeField(null=True)
    #: The customer's mailbox that refused it for good; empty for every other mail.
    refused_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    #: A MailEnd, empty while it may still be sent by itself.
    ended = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended__in=["", *(end.value for end in MailEnd)]), name="sent_mail_ended_is_legal"
            ),
            models.CheckConstraint(
                condition=Q(ended="") | Q(sent_at__isnull=True), name="sent_mail_sent_or_ended"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="sent_mail_by_customer"),
            models.Index(fields=["id"], condition=Q(has_job=False), name="sent_mail_without_job"),
            models.Index(
                fields=["due_at"], condition=Q(sent_at__isnull=True, problem=""), name="sent_mail_waiting"
            ),
            models.Index(fields=["-id"], condition=Q(sent_at__isnull=True), name="sent_mail_unsent"),
            models.Index(fields=["customer"], condition=~Q(refused_by=""), name="sent_mail_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

    @property
    def state(self) -> MailState:
        if self.sent_at:
            return MailState.SENT
        if self.ended:
            return MailState(self.ended)
        return MailState.FAILING if self.problem else MailState.WAITING


class InvitationRun(models.Model):
    """One time that staff invited an offer's group; the worker goes through the customers in small steps."""

    reference = reference_field("INV")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="invitation_runs")
    state = models.CharField(max_length=10, default=InviteState.RUNNING.value)
    #: Customers to invite when it began, and invited so far.
    total = models.PositiveIntegerField(default=0)
    invited = models.PositiveIntegerField(default=0)
    #: Of the group only whom a filter (``tirage.segments``) found when it began, with its words; empty for everybody.
    definition = models.TextField(blank=True)
    said = models.TextField(blank=True)
    #: When it begins, or its next wave does, while it waits.
    begins_at = models.DateTimeField(null=True)
    #: In waves of so many customers, so many minutes apart; both empty for all at once.
    wave_size = models.PositiveIntegerField(null=True)
    wave_minutes = models.PositiveIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("state", InviteState, "invitation_run_state_is_legal"),
            models.UniqueConstraint(
                fields=["offer"],
                condition=Q(state__in=["running", "waiting"]),
                name="invitation_run_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(begins_at__isnull=False),
                name="invitation_run_waiting_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(wave_size__isnull=True, wave_minutes__isnull=True)
                | Q(
                    wave_size__isnull=False,
                    wave_minutes__isnull=False,
                    wave_size__gte=1,
                    wave_minutes__gte=1,
                ),
                name="invitation_run_waves_are_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class InvitationChoice(models.Model):
    """Somebody whom the filter of a run found when it began; whoever fits later waits for another run."""

    run = models.ForeignKey(InvitationRun, on_delete=models.CASCADE, related_name="choices")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invitation_choices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="invitation_choice_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.run_id}"


class OfferInvitation(models.Model):
    """That a customer was invited to an offer: once, however often the run is started or its job repeated."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="invitations")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="offer_invitations")
    at = models.DateTimeField()
    mail = models.ForeignKey(SentMail, on_delete=models.SET_NULL, null=True, related_name="invitations")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "customer"], name="offer_invitation_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} to {self.offer_id}"
