"""Bottles: how many there are, how many are promised, how many are kept for a cart."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.fields import state_check
from tirage.inventory.states import MovementReason


class Stock(models.Model):
    """The counters of one sku, in pieces.

    ``sold`` is promised to orders and not yet shipped; ``held`` is the sum of the holds that exist as rows,
    lapsed ones that nobody has tidied included. The database refuses to promise what isn't there.
    """

    sku = models.OneToOneField(Sku, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.PositiveIntegerField(default=0)
    #: What lots sold en primeur will bring: promised like bottles in the cellar, and shipped by nobody before it came.
    expected = models.PositiveIntegerField(default=0, db_default=0)
    sold = models.IntegerField(default=0)
    held = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sold__gte=0), name="stock_sold_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="stock_held_not_negative"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("sold") + F("held") - F("expected")),
                name="stock_never_promised_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"stock of {self.sku_id}"


class Hold(models.Model):
    """Pieces kept for one holder (a cart, a draft change) until a time. Live while ``expires_at > now``."""

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="holds")
    holder = models.CharField(max_length=24)
    quantity = models.PositiveIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "stock"], name="hold_once_a_holder"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_quantity_positive"),
        ]
        indexes = [models.Index(fields=["stock", "expires_at"], name="hold_by_expiry")]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.holder}"


class Movement(models.Model):
    """Why bottles came or went. The sum of a sku's movements is what it has on hand."""

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="movements")
    at = models.DateTimeField()
    quantity = models.IntegerField()
    reason = models.CharField(max_length=12)
    note = models.CharField(max_length=200, blank=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something"),
            state_check("reason", MovementReason, "movement_reason_is_legal"),
        ]
        indexes = [models.Index(fields=["stock", "-id"], name="movement_by_stock")]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.reason}"
