"""The journey from offer to order."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.catalog.models import Sku
from tirage.core.fields import reference_field
from tirage.customers.models import Customer
from tirage.offers.models import OfferItem, Release
from tirage.orders.models import Order


class Cart(models.Model):
    """One per customer and release, the same on every device. Its bottles are held under its reference."""

    reference = reference_field("CRT")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="carts")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="carts")
    #: When the holds end, counted from the first bottle; empty while nothing is held.
    expires_at = models.DateTimeField(null=True)
    #: The order being paid for; while it is set the cart doesn't change.
    pending_order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="cart")
    #: Counts the checkouts; a form carries it, so that a second submit finds the first one's order.
    attempt = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "release"], name="cart_one_a_release")]
        indexes = [
            models.Index(fields=["expires_at"], name="cart_by_expiry", condition=Q(expires_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.reference


class CartLine(models.Model):
    """What the customer wants, in pieces; whether it is held is the inventory's to say."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.CASCADE, related_name="cart_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "offer_item"], name="cart_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_item_id}"


class RestockRequest(models.Model):
    """A customer who wants to be told when bottles held by others come back."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    release = models.ForeignKey(Release, on_delete=models.CASCADE)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    #: When it was last tried to answer it: those that wait longest for a try come first.
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "release", "sku"],
                condition=Q(told_at__isnull=True),
                name="restock_request_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["release", "sku"], condition=Q(told_at__isnull=True), name="restock_request_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} waits for {self.sku_id}"
