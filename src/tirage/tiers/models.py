"""Allowance ladders: what somebody took last time makes what is theirs next time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import moment_check, state_check
from tirage.customers.models import Customer
from tirage.offers.models import Offer, OfferItem, Release
from tirage.tiers.states import LadderState


class Ladder(models.Model):
    """The rules of an offer's ladder, in pieces (``tiers.rules.ladder``), and what became of it."""

    offer = models.OneToOneField(Offer, on_delete=models.CASCADE, related_name="+")
    based_on = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    rise = models.PositiveSmallIntegerField(default=0)
    least = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveSmallIntegerField(default=0)
    counts_grants = models.BooleanField(default=True)
    passed_wish_only = models.BooleanField(default=True)
    newcomers = models.PositiveSmallIntegerField(null=True, blank=True)
    #: Until when the bottles are kept for them; afterwards what nobody took is free. Empty: while the offer is open.
    guaranteed_until = models.DateTimeField(null=True, blank=True)
    is_told = models.BooleanField(default=True)
    state = models.CharField(max_length=8, default=LadderState.DRAFT.value)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            state_check("state", LadderState, "ladder_state_is_legal"),
            moment_check("guaranteed_until", name="ladder_moment_in_bounds"),
            models.CheckConstraint(
                condition=Q(state=LadderState.DRAFT.value) | Q(applied_at__isnull=False),
                name="ladder_applied_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"ladder of offer {self.offer_id}"


class LadderStep(models.Model):
    """What a ladder wrote for one customer and wine, and from what: it takes back only what still stands so."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="steps")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.CASCADE, related_name="+")
    offered = models.PositiveIntegerField()
    taken = models.PositiveIntegerField()
    granted = models.PositiveIntegerField()
    purchase_minimum = models.PositiveSmallIntegerField()
    purchase_maximum = models.PositiveSmallIntegerField()
    wish_maximum = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ladder", "customer", "offer_item"], name="ladder_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.purchase_maximum}"
