"""The winery itself and the audit log."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.core.states import (
    BulkOutcome,
    BulkState,
    ChargeWhen,
    HouseText,
    LabelLimits,
    SignUpMode,
    SmallRests,
    TransferPolicy,
    TryKind,
    TryOutcome,
)


class Winery(models.Model):
    """The one winery that this installation serves: its name, clock, currency, look and habits."""

    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=200, blank=True)
    vineyard = models.CharField("place line", max_length=160, blank=True)
    support_email = models.EmailField()
    support_phone = models.CharField(max_length=40, blank=True)
    postal_address = models.CharField(max_length=300, blank=True)
    #: Where mail programs send a wish to be left alone, besides the address that acts on it at once.
    unsubscribe_email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, default="America/Los_Angeles")
    currency = models.CharField(max_length=3, default="USD")
    locale = models.CharField(max_length=16, default="en_US")
    cart_minutes = models.PositiveSmallIntegerField(default=15)
    strict_minimums = models.BooleanField(default=False)
    legal_age = models.PositiveSmallIntegerField(default=21)
    #: Whether money is taken when the order is placed, or only set aside until it ships.
    charge_when = models.CharField(max_length=12, default=ChargeWhen.AT_ORDER.value)
    #: What becomes of amounts that are less than a card can be charged.
    small_rests = models.CharField(max_length=8, default=SmallRests.WAIVE.value)
    customers_change_orders = models.BooleanField(default=True)
    #: Off by default: of scarce wine a bottle that comes back has to be sold again.
    customers_cancel_orders = models.BooleanField(default=False)
    #: Customers change orders until so many days before these are packed; empty for until they ship.
    change_days = models.PositiveSmallIntegerField(null=True, blank=True)
    #: Formats that count as something else than their volume (``catalog.formats.Formats``).
    bottle_formats = models.JSONField(default=dict, blank=True, db_default={})
    #: How long the bottles of a change that staff prepare are held.
    staff_change_hours = models.PositiveSmallIntegerField(default=24)
    #: Whether the team has a mail for each wish, with the way to its answer.
    wish_mails = models.BooleanField(default=False, db_default=False)
    #: Whose labels the lines of an address have to fit.
    label_limits = models.CharField(
        max_length=10, default=LabelLimits.ANY.value, db_default=LabelLimits.ANY.value
    )
    #: Whether customers may give wine en primeur to each other.
    transfers = models.CharField(
        max_length=8, default=TransferPolicy.APPROVED.value, db_default=TransferPolicy.APPROVED.value
    )
    #: How long bottles of granted requests, and of granted promises whose card said no, are kept.
    set_aside_days = models.PositiveSmallIntegerField(default=7, db_default=7)
    pay_link_days = models.PositiveSmallIntegerField(default=7)
    staff_second_factor = models.BooleanField(default=True)
    #: What becomes of strangers who sign up, what the page says to them, and whether the line shows their place in it.
    sign_up = models.CharField(
        max_length=7, default=SignUpMode.CLOSED.value, db_default=SignUpMode.CLOSED.value
    )
    sign_up_words = models.CharField(max_length=600, blank=True, default="", db_default="")
    place_shown = models.BooleanField(default=True, db_default=True)
    paper = models.CharField(max_length=7, default="#fbf8f3")
    ink = models.CharField(max_length=7, default="#231f1c")
    accent = models.CharField(max_length=7, default="#6d1f2f")
    typeface = models.CharField(max_length=40, default="garamond")
    logo_svg = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="winery_is_one"),
            models.CheckConstraint(
                condition=Q(cart_minutes__gte=5, cart_minutes__lte=60), name="winery_cart_minutes_5_to_60"
            ),
            state_check("charge_when", ChargeWhen, "winery_charge_when_is_legal"),
            state_check("small_rests", SmallRests, "winery_small_rests_is_legal"),
            state_check("label_limits", LabelLimits, "winery_label_limits_is_legal"),
            state_check("transfers", TransferPolicy, "winery_transfers_is_legal"),
            state_check("sign_up", SignUpMode, "winery_sign_up_is_legal"),
            models.CheckConstraint(
                condition=Q(staff_change_hours__gte=1, staff_change_hours__lte=168),
                name="winery_staff_change_hours_1_to_168",
            ),
            models.CheckConstraint(
                condition=Q(change_days__isnull=True) | Q(change_days__lte=60),
                name="winery_change_days_0_to_60",
            ),
            models.CheckConstraint(
                condition=Q(set_aside_days__gte=1, set_aside_days__lte=90),
                name="winery_set_aside_days_1_to_90",
            ),
            models.CheckConstraint(
                condition=Q(pay_link_days__gte=1, pay_link_days__lte=60), name="winery_pay_link_days_1_to_60"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def logo_is_picture(self) -> bool:
        """Whether the logo has a picture in it, which can't be shown in one light colour on dark screens."""
        return "<image" in self.logo_svg


class HouseWords(models.Model):
    """What the winery's page of privacy or terms says from a moment on. Append-only: earlier versions stay.

    Empty words are Tirage's own text.
    """

    kind = models.CharField(max_length=8)
    number = models.PositiveIntegerField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("kind", HouseText, "house_words_kind_is_legal"),
            models.UniqueConstraint(fields=["kind", "number"], name="house_words_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class WrongTries(models.Model):
    """How many wrong passwords or codes were tried for an account in a row, and when the next try is looked at."""

    door = models.CharField(max_length=20)
    account = models.CharField(max_length=254)
    #: The known device they came from; empty for all others together.
    device = models.CharField(max_length=64, blank=True)
    wrong = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    free_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "door", "device"], name="wrong_tries_once")]

    def __str__(self) -> str:
        return f"{self.wrong} at {self.door} for {self.account}"


class Event(models.Model):
    """One recorded act. Append-only: rows are never changed and never deleted."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    name = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    text = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="event_by_subject"),
            models.Index(
                fields=["customer_id", "-id"],
                name="event_by_customer",
                condition=Q(customer_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_kind} {self.subject_id}"


class Try(models.Model):
    """One try of what thieves try: counted by customer, network and in all, and forgotten after a month."""

    kind = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    #: The customer's reference; empty for strangers.
    customer_reference = models.CharField(max_length=60, blank=True)
    #: The visitor's address, of IPv6 its network; empty when nobody knows.
    network = models.CharField(max_length=45, blank=True)
    #: The card that was saved, once there is one.
    card_reference = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            state_check("kind", TryKind, "try_kind_is_legal"),
            state_check("outcome", TryOutcome, "try_outcome_is_legal"),
        ]
        indexes = [
            models.Index(fields=["at"], name="try_by_time"),
            models.Index(
                fields=["customer_reference", "at"],
                condition=~Q(customer_reference=""),
                name="try_by_customer",
            ),
            models.Index(fields=["card_reference"], condition=~Q(card_reference=""), name="try_by_card"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class Heartbeat(models.Model):
    """When something that goes on by itself last did, and last failed, and how often; see ``heartbeats.py``."""

    name = models.CharField(max_length=60, unique=True)
    ok_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    #: What was wrong when it last failed.
    problem = models.CharField(max_length=300, blank=True)
    successes = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class BulkRun(models.Model):
    """One act on many rows, in the worker: chosen, previewed, worked through, then kept with what became of each.

    ``kind`` is a key of the table of acts (``core/bulk.py``), ``values`` what was typed for all of them.
    """

    reference = reference_field("BLK")
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default=BulkState.DRAFT.value)
    values = models.JSONField(default=dict)
    total = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: In whose name the worker goes on: who began it.
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [state_check("state", BulkState, "bulk_run_state_is_legal")]
        indexes = [models.Index(fields=["state", "made_at"], name="bulk_run_by_state")]

    def __str__(self) -> str:
        return self.reference


class BulkRow(models.Model):
    """One row of a run, by its reference; ``reason`` says why it was left as it was."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    key = models.CharField(max_length=20)
    outcome = models.CharField(max_length=10, default=BulkOutcome.WAITING.value)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "key"], name="bulk_row_once"),
            state_check("outcome", BulkOutcome, "bulk_row_outcome_is_legal"),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="bulk_row_refused_has_its_reason"
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="bulk_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.key} in {self.run_id}"
