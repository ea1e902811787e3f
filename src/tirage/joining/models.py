"""Who asks to come to the list, and who waits in line for a place in a group."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer, Group
from tirage.joining.states import LIVE, PlaceState


class SignUp(models.Model):
    """What a stranger wrote into the form; nobody is on the list by it before its mailed button is pressed."""

    reference = reference_field("SGN")
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)
    #: Where the form was found: the page's own name, or what its address said (``?from=``).
    source = models.CharField(max_length=60, blank=True)
    #: Whether they agreed to mail about offers, with the words that stood beside the tick.
    agrees = models.BooleanField(default=False)
    agreed_words = models.CharField(max_length=300, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    ip = models.CharField(max_length=45, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="sign_ups")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(customer__isnull=False),
                name="sign_up_confirmed_is_somebody",
            ),
            models.CheckConstraint(
                condition=Q(agrees=False) | ~Q(agreed_words=""), name="sign_up_agreed_to_words"
            ),
        ]
        indexes = [
            models.Index(fields=["email", "made_at"], name="sign_up_by_email"),
            models.Index(fields=["ip", "made_at"], name="sign_up_by_network"),
        ]

    def __str__(self) -> str:
        return self.reference


class WaitingPlace(models.Model):
    """A customer's place in line. It is counted from ``since``, which stays whatever happens to the place."""

    reference = reference_field("WTP")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="waiting_places")
    state = models.CharField(max_length=8, default=PlaceState.WAITING.value)
    since = models.DateTimeField()
    source = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    #: What they were invited into, or came into.
    group = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="waiting_places")
    invited_at = models.DateTimeField(null=True)
    #: Until when the invitation stands.
    expires_at = models.DateTimeField(null=True)
    #: When the state became what it is.
    changed_at = models.DateTimeField()
    #: What the person reads who was declined.
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            state_check("state", PlaceState, "waiting_place_state_is_legal"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=[state.value for state in LIVE]),
                name="waiting_place_one_live_a_customer",
            ),
            models.CheckConstraint(
                condition=~Q(state="invited")
                | Q(invited_at__isnull=False, expires_at__isnull=False, group__isnull=False),
                name="waiting_place_invited_until",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "since", "id"], name="waiting_place_in_line"),
            models.Index(fields=["invited_at"], name="waiting_place_by_invitation"),
        ]

    def __str__(self) -> str:
        return self.reference
