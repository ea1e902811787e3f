"""Bottles that customers ask for beyond their maximum."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.offers.models import OfferItem
from tirage.offers.states import WishKind
from tirage.orders.models import Order
from tirage.wishes.states import WishState


class Wish(models.Model):
    """A wish belongs to one offer item of one offer, so it can't outlive its release; it costs and holds nothing."""

    reference = reference_field("WSH")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="wishes")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.PROTECT, related_name="wishes")
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default=WishState.OPEN.value)
    asked = models.PositiveSmallIntegerField()
    granted = models.PositiveSmallIntegerField(default=0)
    #: When the customer agreed that granted bottles are charged (kind promise).
    agreed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="wishes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "offer_item"], name="wish_once_an_item"),
            models.CheckConstraint(condition=Q(asked__gt=0), name="wish_asks_for_something"),
            models.CheckConstraint(
                condition=Q(granted__lte=F("asked")), name="wish_never_granted_beyond_asked"
            ),
            models.CheckConstraint(
                condition=~Q(kind="promise") | Q(agreed_at__isnull=False), name="wish_promise_was_agreed"
            ),
            state_check("kind", WishKind, "wish_kind_is_legal"),
            state_check("state", WishState, "wish_state_is_legal"),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="wish_by_state"),
            models.Index(fields=["offer_item", "state"], name="wish_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.asked} × {self.offer_item_id}"
