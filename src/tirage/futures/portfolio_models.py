"""How a customer sorts wine that isn't bottled yet: under names of their own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field
from tirage.customers.models import Customer
from tirage.orders.models import Order


class Portfolio(models.Model):
    """A name under which a customer keeps some of their wine: ``For my daughter``."""

    reference = reference_field("PTF")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="portfolios")
    name = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="portfolio_has_its_name")]

    def __str__(self) -> str:
        return self.name


class PortfolioPart(models.Model):
    """Pieces of a lot, of one order, that are in a portfolio: never more together than the order has."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="parts")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="portfolio_parts")
    lot = models.ForeignKey("futures.Lot", on_delete=models.PROTECT, related_name="portfolio_parts")
    pieces = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "order", "lot"], name="portfolio_part_once"),
            models.CheckConstraint(condition=Q(pieces__gte=1), name="portfolio_part_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} of {self.lot_id}"
