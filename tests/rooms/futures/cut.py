"""A cut as a person plans it and the worker carries it out, for tests that are about one step of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.rooms.futures.campaign import Futures, lot_values
from tirage.catalog.models import Sku
from tirage.futures.cutting.planning import CutValues, plan_cut, preview
from tirage.futures.cutting.running import continue_cut, watch_cuts
from tirage.futures.lots import save_lot
from tirage.futures.models import Cut
from tirage.futures.states import CutRule

SOON = timedelta(minutes=15)


def planned(
    futures: Futures,
    pieces: int,
    rule: CutRule = CutRule.PROPORTIONAL,
    *,
    now: datetime | None = None,
    **changes: Any,
) -> Cut:
    """A cut as a person sees and plans it."""
    at = now or futures.world.now
    values = CutValues(rule, pieces, "Hail in June took a part of it.", at + SOON, **changes)
    futures.lot.refresh_from_db()
    found = preview(futures.lot, rule=rule, pieces=pieces, step=values.step, floor_bp=values.floor_bp)
    return plan_cut(lot=futures.lot, values=values, seen=found.as_seen(), actor=futures.world.staff, now=at)


def carry_out(cut: Cut, now: datetime) -> Cut:
    at = now + SOON
    watch_cuts(now=at)
    while continue_cut(cut=cut, limit=2, now=at):
        pass
    cut.refresh_from_db()
    return cut


def cuvee(futures: Futures, expected: int = 30) -> Sku:
    """Another wine in barrel, that nobody has bought."""
    sku = Sku.objects.create(code="CUV25", vintage=futures.sku.vintage, name="Cuvée 2025", price_minor=90_00)
    values = lot_values(expected, name="Barrels of the cuvée")
    save_lot(lot=None, sku=sku, values=values, actor=futures.world.staff, now=futures.world.now)
    return sku
