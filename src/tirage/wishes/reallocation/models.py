"""What was done with unused bottles: each act with its wines, and what single customers were given."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.catalog.models import Sku
from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Customer
from tirage.offers.models import Offer, OfferItem, Release
from tirage.wishes.reallocation.states import ReallocationKind


class Reallocation(models.Model):
    """One giving on of a release's unused bottles. Live until it is undone."""

    reference = reference_field("RLC")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="reallocations")
    kind = models.CharField(max_length=12)
    #: Where the bottles are offered now (kind second_offer); of a draft that somebody deleted nothing is left.
    offers = models.ManyToManyField(Offer, related_name="+", blank=True)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("kind", ReallocationKind, "reallocation_kind_is_legal"),
        ]
        indexes = [models.Index(fields=["release", "-id"], name="reallocation_by_release")]

    def __str__(self) -> str:
        return self.reference


class ReallocationLine(models.Model):
    """Pieces of one wine that were given on."""

    reallocation = models.ForeignKey(Reallocation, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    pieces = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reallocation", "sku"], name="reallocation_line_once"),
            models.CheckConstraint(condition=Q(pieces__gt=0), name="reallocation_line_gives_something"),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} × {self.sku_id}"


class Gift(models.Model):
    """What one customer may take more of one wine, as an allowance of their own."""

    reallocation = models.ForeignKey(Reallocation, on_delete=models.CASCADE, related_name="gifts")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    offer_item = models.ForeignKey(OfferItem, on_delete=models.CASCADE, related_name="+")
    pieces = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reallocation", "customer"], name="gift_once_a_customer"),
            models.CheckConstraint(condition=Q(pieces__gt=0), name="gift_gives_something"),
        ]
        indexes = [models.Index(fields=["offer_item", "customer"], name="gift_by_item")]

    def __str__(self) -> str:
        return f"{self.pieces} for {self.customer_id}"
