"""What a lot brings after all: lowered as pieces come free, so that nobody buys what won't be there."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from tirage.catalog.models import Sku
from tirage.core.locks import lock_rows
from tirage.core.winery import local_time
from tirage.futures.models import Cut, Lot
from tirage.futures.states import LIVE_CUTS, LotStage
from tirage.inventory.models import Stock

#: The lot of bottles that are there without having been sold early.
FROM_CELLAR = "From the cellar"


def lower(lot_id: int, to: int) -> int:
    """Lowers what a lot is expected to bring towards ``to``, as far as no order and no cart has it; how many less.

    With the stock and the lot locked. Never below what has come already.
    """
    lot = Lot.objects.get(pk=lot_id)
    stock = Stock.objects.get(sku=lot.sku_id)
    free = stock.on_hand + stock.expected - stock.sold - stock.held
    less = min(lot.expected - max(to, lot.committed, lot.arrived), free)
    if less <= 0:
        return 0
    expected = lot.expected - less
    Stock.objects.filter(pk=stock.pk).update(expected=F("expected") - less)
    columns = {"expected": expected, "lowest": min(lot.lowest, expected)}
    if lot.arrived and lot.arrived == expected:
        columns["stage"] = LotStage.ARRIVED.value  # type: ignore[assignment]
    Lot.objects.filter(pk=lot.pk).update(**columns)
    return less


def is_in_cellar(sku: Sku) -> bool:
    return Stock.objects.filter(sku=sku, on_hand__gt=0).exists()


def count_as_lot(sku: Sku, pieces: int, now: datetime) -> None:
    """Bottles of the cellar are of a lot, too, once they are offered instead of others: it has come already, so that
    nothing more may be sold than there is. Nothing for a wine that is sold by lots. Locks the lot."""
    known = lock_rows(Lot.objects.filter(sku=sku, name=FROM_CELLAR))
    if not known and sku.lots.exists():
        return
    today = local_time(now).date()
    lot = (
        known[0]
        if known
        else Lot(sku=sku, name=FROM_CELLAR, window_from=today, window_until=today, made_at=now)
    )
    lot.stage = LotStage.ARRIVED.value
    lot.lowest = lot.expected = lot.highest = lot.arrived = max(lot.expected or 0, lot.committed + pieces)
    lot.save()


def live_cuts(lot_ids: list[int]) -> dict[int, Cut]:
    """The cuts of these lots that are planned or under way, by lot id; one statement."""
    found = Cut.objects.filter(lot__in=lot_ids, state__in=[state.value for state in LIVE_CUTS])
    return {cut.lot_id: cut for cut in found}
