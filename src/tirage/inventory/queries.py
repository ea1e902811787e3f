"""What there is of each wine at a moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q, Sum
from django.db.models.functions import Coalesce

from tirage.inventory.models import Stock
from tirage.inventory.rules import firm_from


@dataclass(frozen=True, slots=True)
class StockFigures:
    """Pieces of one sku; ``held`` counts live holds only, ``back_at`` is when the next of them may end."""

    on_hand: int
    sold: int
    held: int
    back_at: datetime | None
    #: What lots sold en primeur will bring.
    expected: int = 0

    @property
    def unsold(self) -> int:
        """In the cellar or expected, and promised to nobody, whoever holds it."""
        return self.on_hand + self.expected - self.sold

    @property
    def available(self) -> int:
        return self.unsold - self.held


NO_STOCK = StockFigures(0, 0, 0, None)


def stock_figures(sku_ids: Collection[int], now: datetime) -> dict[int, StockFigures]:
    """Figures by sku id; one statement. Skus without a stock row are left out."""
    live = Q(holds__expires_at__gt=now)
    may_end = live & Q(holds__expires_at__lt=firm_from(now))
    rows = (
        Stock.objects.filter(sku_id__in=sku_ids)
        .annotate(
            live=Coalesce(Sum("holds__quantity", filter=live), 0),
            back_at=Min("holds__expires_at", filter=may_end),
        )
        .values_list("sku_id", "on_hand", "sold", "live", "back_at", "expected")
    )
    return {sku_id: StockFigures(*figures) for sku_id, *figures in rows}
