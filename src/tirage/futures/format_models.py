"""Wine that was bought in one format and is bottled in another, by its customer's wish."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import reference_field
from tirage.orders.models import Order, OrderChange


class FormatChange(models.Model):
    """``pieces_off`` of one lot of an order became ``pieces_on`` of another of the same wine: as much wine, bottled
    otherwise. Never changed, never deleted.
    """

    reference = reference_field("FMT")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="format_changes")
    source = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="+")
    pieces_off = models.PositiveIntegerField()
    pieces_on = models.PositiveIntegerField()
    #: The change of the order, from the moment in which it was made.
    change = models.OneToOneField(OrderChange, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pieces_off__gte=1, pieces_on__gte=1), name="format_change_of_something"
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="format_change_to_another"),
        ]

    def __str__(self) -> str:
        return self.reference
