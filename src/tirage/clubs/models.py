"""Clubs and their members."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.clubs.states import LIVE, MemberAct, MemberState
from tirage.core.bounds import MOST_MINOR
from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Address, Customer, Group, MoveRun
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount

_AMOUNTS = ["", *(amount.value for amount in Amount)]


class Club(models.Model):
    """A plan that customers join: its members are in its group, and may have a standing order by it."""

    reference = reference_field("CLB")
    name = models.CharField(max_length=80, unique=True)
    #: What customers read about it, and what they agree to.
    description = models.CharField(max_length=600, blank=True)
    terms = models.TextField()
    #: Counts the changes of the terms.
    version = models.PositiveIntegerField(default=1)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="clubs")
    #: Whether members come into the default group, too.
    with_default = models.BooleanField(default=False)
    #: What its standing order orders; empty: it has none.
    amount = models.CharField(max_length=8, blank=True)
    cap = models.PositiveSmallIntegerField(null=True)
    #: What joining costs, once, in the winery's currency; and whether tax is in it (else none is due).
    fee_minor = models.BigIntegerField(default=0)
    fee_includes_tax = models.BooleanField(default=True)
    #: Whether customers can join by themselves.
    is_open = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__in=_AMOUNTS), name="club_amount_is_legal"),
            models.CheckConstraint(condition=~Q(terms=""), name="club_has_terms"),
            models.CheckConstraint(
                condition=Q(amount=Amount.CAPPED.value, cap__isnull=False, cap__gte=1)
                | (~Q(amount=Amount.CAPPED.value) & Q(cap__isnull=True)),
                name="club_capped_has_its_cap",
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, fee_minor__lte=MOST_MINOR), name="club_fee_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClubMember(models.Model):
    """A customer in a club, from joining to leaving, with the club's own card and address."""

    reference = reference_field("CLM")
    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="club_members")
    state = models.CharField(max_length=6, default=MemberState.ACTIVE.value)
    address = models.ForeignKey(Address, on_delete=models.SET_NULL, null=True, related_name="+")
    card = models.ForeignKey(PaymentMethod, on_delete=models.SET_NULL, null=True, related_name="+")
    standing = models.ForeignKey(
        StandingOrder, on_delete=models.SET_NULL, null=True, related_name="club_members"
    )
    #: The allocation group that the customer came from; leaving leads back to it.
    before = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="+")
    joined_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    #: Why it was paused or left.
    reason = models.CharField(max_length=200, blank=True)
    #: What was agreed to, as it was read; and how a customer said so whom staff entered.
    version = models.PositiveIntegerField()
    words = models.TextField()
    said = models.CharField(max_length=200, blank=True)
    #: Of the standing order's words, for as long as the fee is being paid.
    standing_version = models.PositiveIntegerField(default=1)
    #: What was last mailed about its card (``clubs.cards``); empty while there is nothing to say.
    card_told = models.CharField(max_length=40, blank=True)
    #: The joining fee, an order of nothing else; or why staff asked for none.
    fee = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="club_member")
    fee_waived = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("state", MemberState, "club_member_state_is_legal"),
            models.UniqueConstraint(
                fields=["club", "customer"],
                condition=Q(state__in=[state.value for state in (*LIVE, MemberState.PAYING)]),
                name="club_member_once",
            ),
            models.CheckConstraint(
                condition=Q(state=MemberState.LEFT.value, left_at__isnull=False)
                | (~Q(state=MemberState.LEFT.value) & Q(left_at__isnull=True)),
                name="club_member_left_has_its_time",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="club_member_agreed_to_words"),
            models.CheckConstraint(
                condition=~Q(state=MemberState.PAYING.value) | Q(fee__isnull=False),
                name="club_member_paying_has_its_fee",
            ),
            models.CheckConstraint(
                condition=Q(fee_waived="") | Q(fee__isnull=True), name="club_member_waived_pays_nothing"
            ),
        ]
        indexes = [models.Index(fields=["club", "state", "joined_at"], name="club_member_by_state")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.club_id}"


class MemberStep(models.Model):
    """One act of staff on a membership, with what was before and after, so that it can be taken back."""

    reference = reference_field("CLS")
    member = models.ForeignKey(ClubMember, on_delete=models.CASCADE, related_name="steps")
    act = models.CharField(max_length=6)
    #: The customer's groups of before, as a move of one; none where they stayed.
    move = models.ForeignKey(MoveRun, on_delete=models.SET_NULL, null=True, related_name="+")
    #: The membership's state and reason, and the standing order's facts.
    before = models.JSONField()
    after = models.JSONField()
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [state_check("act", MemberAct, "member_step_act_is_legal")]

    def __str__(self) -> str:
        return f"{self.act} of {self.member_id}"
