"""Bottles that customers ask for beyond their maximum."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import amount_check, reference_field, state_check
from tirage.customers.models import Customer
from tirage.offers.models import OfferItem
from tirage.offers.states import WishKind
from tirage.orders.models import Order
from tirage.wishes.states import WishState

#: What a wish can be; a release where wishing is off has none.
KINDS = (WishKind.PROMISE.value, WishKind.REQUEST.value)


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
    #: The words that were agreed to, as they were shown.
    agreed_words = models.TextField(blank=True)
    #: What a piece cost when the wish was made or changed; a grant asks no more than that.
    price_minor = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="wish_kind_is_legal"),
            state_check("state", WishState, "wish_state_is_legal"),
            models.CheckConstraint(
                condition=Q(state="archived", archived_at__isnull=False)
                | (~Q(state="archived") & Q(archived_at__isnull=True)),
                name="wish_archived_has_its_time",
            ),
            amount_check("price_minor", "wish_price_in_bounds"),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="wish_by_state"),
            models.Index(fields=["offer_item", "state"], name="wish_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.asked} × {self.offer_item_id}"
