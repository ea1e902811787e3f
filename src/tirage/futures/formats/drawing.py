"""What is free of one format is drawn into another as customers want it: all formats of a lot sell the same wine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import gcd

from django.db.models import Q

from tirage.core.locks import lock_rows
from tirage.futures.cutting.supply import live_cuts
from tirage.futures.formats.offering import brings, millilitres_of, why_fixed
from tirage.futures.models import Lot
from tirage.inventory.models import Stock
from tirage.inventory.statements import drop_lapsed, holds_of, lock_counters


@dataclass(slots=True)
class _Shelf:
    """Locked counters while wine moves between them: ``free`` pieces by stock, without what the holder wants there."""

    free: dict[int, int]
    stock_of: Mapping[int, int]


def draw_wanted(*, wanted: Mapping[int, int], holder: str, now: datetime) -> None:
    """Reaction to bottles that are about to be held (stock id to pieces in all, for ``holder``): where a format has
    too few, what is free of the lot's other formats becomes it, as much wine. Never of a lot that is being cut, nor
    once it is bottled.

    Two statements where no lot has formats. Locks all these stocks and those of their formats at once, then lots.
    """
    families = _families(wanted)
    if not families:
        return
    lots = [lot for family in families for lot in family]
    stock_of = dict(Stock.objects.filter(sku__in={lot.sku_id for lot in lots}).values_list("sku_id", "pk"))
    shelf = _shelf(wanted, stock_of, holder, now)
    locked = {lot.pk: lot for lot in lock_rows(Lot.objects.filter(pk__in=[lot.pk for lot in lots]))}
    cut = live_cuts(sorted(locked))
    for family in families:
        own = [locked[lot.pk] for lot in family]
        if cut.keys().isdisjoint(locked[lot.pk].pk for lot in family) and not why_fixed(own[0], now):
            _serve(own, shelf)


def _families(wanted: Collection[int]) -> list[list[Lot]]:
    """The lots with formats that sell what is wanted, the lot that the others are of first; two statements."""
    keys = Lot.objects.filter(sku__stock__in=list(wanted)).values_list("of_id", "pk")
    bases = {of or own for of, own in keys}
    rows = Lot.objects.filter(Q(pk__in=bases) | Q(of__in=bases)).select_related("sku").order_by("pk")
    found: dict[int, list[Lot]] = {}
    for lot in sorted(rows, key=lambda one: one.of_id is not None):
        found.setdefault(lot.of_id or lot.pk, []).append(lot)
    return [family for family in found.values() if len(family) > 1]


def _shelf(wanted: Mapping[int, int], stock_of: Mapping[int, int], holder: str, now: datetime) -> _Shelf:
    """Lapsed holds of others are tidied where there is too little without."""
    ids = sorted({*wanted, *stock_of.values()})
    stocks = lock_counters(ids)
    own = holds_of(holder, ids)

    def free() -> dict[int, int]:
        return {id: stocks[id].free + own.get(id, 0) - wanted.get(id, 0) for id in ids if id in stocks}

    if any(left < 0 for left in free().values()):
        for id in ids:
            drop_lapsed(id, holder, now)
        stocks = lock_counters(ids)
    return _Shelf(free(), stock_of)


def _serve(family: Sequence[Lot], shelf: _Shelf) -> None:
    for target in family:
        for source in family:
            missing = -shelf.free.get(shelf.stock_of.get(target.sku_id, 0), 0)
            if missing > 0 and source is not target:
                _draw(source, target, missing, shelf)


def _draw(source: Lot, target: Lot, missing: int, shelf: _Shelf) -> None:
    """As many whole pieces as it takes, or as there are."""
    sizes = millilitres_of(source.sku), millilitres_of(target.sku)
    off, on = sizes[1] // gcd(*sizes), sizes[0] // gcd(*sizes)
    there, here = shelf.stock_of[source.sku_id], shelf.stock_of[target.sku_id]
    free = min(shelf.free.get(there, 0), source.expected - max(source.committed, source.arrived))
    steps = min(-(-missing // on), max(free, 0) // off)
    if steps > 0:
        brings(source, -steps * off)
        brings(target, steps * on)
        shelf.free[there] -= steps * off
        shelf.free[here] += steps * on
