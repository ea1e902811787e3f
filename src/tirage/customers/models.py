"""The list: people, their addresses, groups and memberships."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tirage.core.clock import read_clock
from tirage.core.fields import reference_field, state_check
from tirage.core.sessions import DeviceSession
from tirage.customers.rules import say_address
from tirage.customers.states import (
    ConsentSource,
    CustomerStatus,
    GroupKind,
    MoveKind,
    MoveOutcome,
    MoveSource,
    MoveState,
)

#: Where an address without a state can be neither taxed nor shipped to.
COUNTRIES_WITH_STATES = ("US", "CA", "AU")
#: Characters of who and why in the history of memberships.
MOST_WORDS = 200


class Customer(models.Model):
    """A person on the list; the e-mail address, lower case, is the identity."""

    reference = reference_field("CUS")
    email = models.EmailField(max_length=254)
    other_email = models.EmailField(max_length=254, blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, default=CustomerStatus.ACTIVE.value)
    status_reason = models.CharField(max_length=200, blank=True)
    #: Since when; empty for an active customer, and where nobody knows.
    suspended_at = models.DateTimeField(null=True, blank=True)
    #: Since when the winery may write about offers and news; or since when not any more. Both empty: never asked.
    marketing_consent_at = models.DateTimeField(null=True, blank=True)
    marketing_left_at = models.DateTimeField(null=True, blank=True)
    #: Where the latest of both was said; empty when nobody knows.
    marketing_source = models.CharField(max_length=14, blank=True)
    adult_confirmed_at = models.DateTimeField(null=True, blank=True)
    #: Where the customer has wine stored, and the number of their account there: for methods that go to storage.
    storage_warehouse = models.CharField(max_length=80, blank=True, default="", db_default="")
    storage_account = models.CharField(max_length=40, blank=True, default="", db_default="")
    signed_up_at = models.DateTimeField()
    source = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    #: Every session, code and mailed link carries the one it was made in, and ends with it: see ``permissions.py``.
    session_epoch = models.PositiveIntegerField(default=1)
    #: Raised when somebody else may be behind the former permissions; who only signs out everywhere is still the same,
    #: and what was asked of them by mail may still be paid.
    identity_epoch = models.PositiveIntegerField(default=1)
    #: Lower-case name, e-mail and phone, for searching.
    search_text = models.CharField(max_length=500, blank=True)
    #: Since when nobody is behind it any more: the person was made unrecognisable, and the account never opens again.
    erased_at = models.DateTimeField(null=True, blank=True)
    #: Figures of placed orders, kept by the orders room and proven by ``tirage doctor``.
    orders_count = models.PositiveIntegerField(default=0)
    lifetime_minor = models.BigIntegerField(default=0)
    #: Store credit: the sum of the customer's credit entries, kept with each of them.
    credit_minor = models.BigIntegerField(default=0)
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="customer_email_once"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="customer_email_lower_case"),
            state_check("status", CustomerStatus, "customer_status_is_legal"),
            models.CheckConstraint(condition=Q(credit_minor__gte=0), name="customer_credit_not_negative"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    status=CustomerStatus.SUSPENDED.value,
                    marketing_consent_at__isnull=True,
                    first_name="",
                    phone="",
                    note="",
                ),
                name="customer_erased_is_nobody",
            ),
            state_check("marketing_source", ConsentSource, "customer_marketing_source_is_legal"),
            models.CheckConstraint(
                condition=Q(marketing_consent_at__isnull=True) | Q(marketing_left_at__isnull=True),
                name="customer_agreed_or_left",
            ),
        ]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="customer_by_name"),
            models.Index(fields=["-lifetime_minor", "id"], name="customer_by_spend"),
            models.Index(fields=["-last_order_at", "id"], name="customer_by_last_order"),
            models.Index(fields=["-signed_up_at", "id"], name="customer_by_sign_up"),
            models.Index(fields=["id"], condition=Q(status="suspended"), name="customer_suspended"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name, or the e-mail address where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def greeting(self) -> str:
        """The name that a letter begins with: the first one, or the only one; empty when none is known."""
        return self.first_name or self.last_name

    @property
    def stored_at(self) -> str:
        """``Napa Wine Storage, account 4711``: where wine is stored for the customer; empty where nobody said."""
        account = f"account {self.storage_account}" if self.storage_account else ""
        return ", ".join(part for part in (self.storage_warehouse, account) if part)

    @property
    def is_active(self) -> bool:
        return self.status == CustomerStatus.ACTIVE


class Address(models.Model):
    reference = reference_field("ADR")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    recipient = models.CharField(max_length=160)
    company = models.CharField(max_length=160, blank=True)
    line1 = models.CharField("street address", max_length=200)
    line2 = models.CharField("apartment, suite", max_length=200, blank=True)
    city = models.CharField(max_length=120)
    state = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField("ZIP or postal code", max_length=16, blank=True)
    country = models.CharField(max_length=2, default="US")
    phone = models.CharField(max_length=40, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    is_default = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    #: Where a carrier holds parcels for the customer, by its reference; empty for an address where somebody lives.
    location = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(location="") | Q(is_default=False), name="address_location_is_no_home"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_default=True, removed_at__isnull=True),
                name="address_one_default_a_customer",
            ),
            models.CheckConstraint(
                condition=~Q(country__in=COUNTRIES_WITH_STATES) | ~Q(state=""),
                name="address_has_state_where_needed",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "customer"], name="address_by_state"),
            models.Index(
                fields=["state", "customer"],
                name="address_default_by_state",
                condition=Q(is_default=True, removed_at__isnull=True),
            ),
            models.Index(fields=["postal_code", "customer"], name="address_by_postal_code"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.one_line}"

    @property
    def one_line(self) -> str:
        """Where it is, in the order of its country."""
        return say_address(self, state=self.state)


class Group(models.Model):
    """A tier or segment. Name and internal description are never shown to customers."""

    reference = reference_field("GRP")
    name = models.CharField(max_length=80)
    internal_description = models.TextField(blank=True)
    kind = models.CharField(max_length=12)
    discount_bp = models.PositiveSmallIntegerField(default=0, help_text="Basis points: 1000 is 10 %")
    free_shipping = models.BooleanField(default=False)
    rank = models.PositiveSmallIntegerField(default=100)
    is_default = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    #: Who belongs here, in the filter language (``segments.rules``); empty for nobody in particular.
    criteria = models.TextField(blank=True, default="", db_default="")
    #: Tiering moves nobody out of it.
    keeps_members = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="group_name_once"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="group_one_default"
            ),
            models.CheckConstraint(condition=Q(discount_bp__lte=10_000), name="group_discount_at_most_all"),
            state_check("kind", GroupKind, "group_kind_is_legal"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def end(self, now: datetime, *, by: str = "", why: str = "") -> int:
        """Takes these customers out of these groups and keeps that they were in them; how many.

        ``by`` and ``why``: who takes them out, as the history names them, and the reason.
        """
        rows = self.values("customer_id", "group_id", "since", "joined_by", "joined_why")
        left = {"until": now, "left_by": by[:MOST_WORDS], "left_why": why[:MOST_WORDS]}
        PastMembership.objects.bulk_create([PastMembership(**row, **left) for row in rows], batch_size=1_000)
        return super().delete()[0]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As ``end``, at this moment: a membership is never forgotten."""
        gone = self.end(read_clock())
        return gone, {"customers.Membership": gone}

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own


class Membership(models.Model):
    """A customer in a group. ``kind`` repeats the group's, so that the database can allow one allocation group.

    It ends by ``Membership.objects.filter(…).end(now)``, which keeps it as a PastMembership.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    kind = models.CharField(max_length=12)
    since = models.DateTimeField()
    #: Who put the customer in, and why; empty where nobody wrote it down.
    joined_by = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")
    joined_why = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "group"], name="membership_once"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(kind=GroupKind.ALLOCATION.value),
                name="membership_one_allocation_group",
            ),
            state_check("kind", GroupKind, "membership_kind_is_legal"),
        ]
        indexes = [
            models.Index(fields=["group", "customer"], name="membership_by_group"),
            models.Index(fields=["group", "since"], name="membership_by_since"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.group_id}"


class PastMembership(models.Model):
    """A customer was in a group, ``since <= t < until``. What a release offered is counted with those of its time."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="past_memberships")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="past_memberships")
    since = models.DateTimeField()
    until = models.DateTimeField()
    joined_by = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")
    joined_why = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")
    left_by = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")
    left_why = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")

    class Meta:
        indexes = [models.Index(fields=["group", "until"], name="past_membership_by_end")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.group_id} until {self.until}"


class TierPin(models.Model):
    """A customer whom no tiering moves, whatever the criteria say; by hand they can be moved."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="tier_pin")
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=MOST_WORDS)
    why = models.CharField(max_length=MOST_WORDS)

    def __str__(self) -> str:
        return f"{self.customer_id} pinned"


class PastSuspension(models.Model):
    """A customer was suspended, ``since <= t < until``."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="past_suspensions")
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id} until {self.until}"


class Tag(models.Model):
    name = models.CharField(max_length=60)
    customers = models.ManyToManyField(Customer, related_name="tags", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_name_once")]

    def __str__(self) -> str:
        return self.name


class MoveRun(models.Model):
    """Many customers added or moved to a group in one act, with the state before, so that it can be undone."""

    reference = reference_field("MOV")
    #: Empty where each row has a group of its own.
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="move_runs")
    kind = models.CharField(max_length=5)
    source = models.CharField(max_length=8, default=MoveSource.LIST.value, db_default=MoveSource.LIST.value)
    #: What it is called where no group names it, such as the file.
    name = models.CharField(max_length=120, blank=True, default="", db_default="")
    #: Rows of the file that name nobody or no group: how many, and the first of them as [row, cell, reason].
    left_out = models.PositiveIntegerField(default=0, db_default=0)
    problems = models.JSONField(default=list)
    #: When it begins; empty for one that began, or begins, by hand.
    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, default=MoveState.DRAFT.value)
    #: Nought until every customer of the choice is kept; such a draft can't be started.
    total = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: In whose name the worker goes on: who began it, or its undoing.
    actor_kind = models.CharField(max_length=10, default="staff", db_default="staff")
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("kind", MoveKind, "move_run_kind_is_legal"),
            state_check("source", MoveSource, "move_run_source_is_legal"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False) | ~Q(state=MoveState.SCHEDULED.value),
                name="move_run_scheduled_has_its_time",
            ),
            state_check("state", MoveState, "move_run_state_is_legal"),
        ]
        indexes = [models.Index(fields=["state", "made_at"], name="move_run_by_state")]

    def __str__(self) -> str:
        return f"move {self.reference}"

    @property
    def why(self) -> str:
        """The reason that the history of memberships gives."""
        what = {
            MoveSource.TIERING: "tiering",
            MoveSource.SHEET: f"spreadsheet {self.name}",
            MoveSource.PERSON: self.name,
        }.get(MoveSource(self.source), "bulk move")
        return what if self.source == MoveSource.PERSON else f"{what}, {self.reference}"


class MoveRow(models.Model):
    """One customer of a run. ``before`` and ``after`` are its groups, ``[[group id, since], ...]``.

    ``target``: the customer's own group, of a run that has none; empty to leave the allocation group. ``origin``: the
    allocation group when the run was drafted.
    """

    run = models.ForeignKey(MoveRun, on_delete=models.CASCADE, related_name="rows")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="move_rows")
    outcome = models.CharField(max_length=10, default=MoveOutcome.WAITING.value)
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    target = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="rows_to")
    origin = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "customer"], name="move_row_once"),
            state_check("outcome", MoveOutcome, "move_row_outcome_is_legal"),
        ]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="move_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.run_id}"


class SignInRequest(models.Model):
    """A mailed code and link. Rows exist for unknown addresses too, so that answers and limits are the same."""

    email = models.CharField(max_length=254)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True)
    code_hash = models.CharField(max_length=64)
    link_hash = models.CharField(max_length=64, unique=True)
    next_path = models.CharField(max_length=200, blank=True)
    #: The customer's as it was: who has another e-mail address since, or was suspended, isn't let in by it.
    epoch = models.PositiveIntegerField(default=0)
    ip = models.CharField(max_length=45, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["email", "made_at"], name="sign_in_by_email"),
            models.Index(fields=["ip", "made_at"], name="sign_in_by_ip"),
        ]

    def __str__(self) -> str:
        return f"sign-in of {self.email}"


class CustomerSession(DeviceSession):
    """A customer's sign-in on one device; it counts while its epoch is the customer's."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="sessions")
    key_hash = models.CharField(max_length=40, unique=True)
    epoch = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="customer_session_by_use")]

    def __str__(self) -> str:
        return f"{self.reference} of {self.customer_id}"


class Passkey(models.Model):
    """A key that a customer's device holds: it signs in without a mail, while its epoch is the customer's."""

    reference = reference_field("KEY")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="passkeys")
    epoch = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    #: What the device calls it, hashed: by this a sign-in finds its row.
    id_hash = models.CharField(max_length=64)
    #: The public half with the device's name of it, as WebAuthn packs them, in the letters of base64url.
    public = models.TextField()
    #: How often the device has signed, where it counts: one that falls back is a copy.
    signatures = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    #: The last sign-in by it, else when it was made: a question older than this is answered already.
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["id_hash"], name="passkey_once")]

    def __str__(self) -> str:
        return f"{self.reference} of {self.customer_id}"


class FormerCustomer(models.Model):
    """A customer who was merged into another: one person under two addresses. The row of old is gone, and its name
    leads to who stayed.
    """

    former_id = models.BigIntegerField(unique=True)
    reference = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="former_customers")
    name = models.CharField(max_length=254)
    email = models.CharField(max_length=254)
    #: The address of the two that wasn't the customer's from then on.
    other_email = models.CharField(max_length=254, blank=True, default="", db_index=True)
    #: The same, where who reads it may sign in all the same; empty for none.
    also_signs_in = models.CharField(max_length=254, blank=True, default="")
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)
    #: The row as it was, and those of its things that one person can't have twice.
    left_over = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["also_signs_in"], condition=~Q(also_signs_in=""), name="former_customer_alias_once"
            ),
            models.CheckConstraint(
                condition=Q(also_signs_in=Lower("also_signs_in")), name="former_customer_alias_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(other_email=Lower("other_email")), name="former_customer_other_email_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}, now {self.customer_id}"
