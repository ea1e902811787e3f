"""What the cellar does when other rooms act; listed in ``config/subscriptions.py``."""

from __future__ import annotations

from tirage.inventory.models import Stock


def open_stock(*, sku_id: int) -> None:
    """Gives a new sku its counters, all nought."""
    Stock.objects.get_or_create(sku_id=sku_id)
