"""What the winery will bottle: made, corrected, and watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, LAST_DAY
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.futures.cutting.supply import live_cuts
from tirage.futures.formats.offering import follow_base
from tirage.futures.models import Lot
from tirage.futures.states import LotStage
from tirage.inventory.models import Stock
from tirage.inventory.operations import LockedStock, lock_stock
from tirage.inventory.rules import firm_from
from tirage.inventory.statements import drop_lapsed

MOST_PIECES = 10_000_000
_ORDER = list(LotStage)


@dataclass(frozen=True, slots=True)
class LotValues:
    """What a lot is, in pieces of its sku; sold are at most ``expected``."""

    name: str
    lowest: int
    expected: int
    highest: int
    window_from: date
    window_until: date
    bottling_on: date | None = None
    stage: LotStage = LotStage.ELEVAGE
    note: str = ""


def save_lot(
    *,
    lot: Lot | None,
    sku: Sku,
    values: LotValues,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Lot:
    """Makes a lot of ``sku`` (``lot`` None), or corrects one; what it is expected to bring can be sold at once.

    Never below what placed orders have of it, nor what orders being paid and carts hold: a cut takes those off first.
    Locks stock, lot. Records ``lot.saved``. Raises DomainError ``lot_invalid``, Conflict ``below_sold``,
    ``in_cellar``, ``cut_under_way``, Overtaken.
    """
    typed: dict[str, Any] = {one.name: getattr(values, one.name) for one in fields(values)}
    typed |= {"name": " ".join(values.name.split()), "note": values.note.strip(), "stage": values.stage.value}
    with transaction.atomic():
        stock = _stock_of(sku)
        saved = Lot(sku=sku, made_at=now) if lot is None else _locked(lot)
        stands = {} if lot is None else {name: getattr(saved, name) for name in typed}
        settled = settle(typed, shown=shown, stands=stands)
        if problems := _problems(saved, settled):
            raise DomainError("lot_invalid", "The lot can't be saved like this.", problems)
        if lot is None and stock.on_hand:
            raise Conflict("in_cellar", "This wine is in the cellar already. Sell it by allocation.")
        before = 0 if lot is None else saved.expected
        if saved.of_id is not None and settled["expected"] != before:
            words = (
                "This is a format of another lot: what it brings is drawn from there, as customers choose it."
            )
            raise Conflict("drawn", words, {"expected": words})
        if lot is not None and settled["expected"] > before and live_cuts([saved.pk]):
            words = "A cut of this lot is planned or under way; it can’t bring more meanwhile. Call the cut off first."
            raise Conflict("cut_under_way", words, {"expected": words})
        _expect(stock, saved, settled["expected"] - before, now)
        changed = write_changed(saved, settled)
        follow_base(saved)
        if lot is None or changed:
            what = "" if lot is None else f": {say_changed(changed)}"
            text = f"{'made' if lot is None else 'changed'} {saved.name} of {sku}{what}"
            data = {"lot": saved.reference, "expected": saved.expected}
            record_event(EventName.LOT_SAVED, "sku", sku.pk, text=text, data=data, actor=actor, now=now)
    return saved


def _stock_of(sku: Sku) -> LockedStock:
    Stock.objects.get_or_create(sku=sku)
    return lock_stock([sku.pk])[sku.pk]


def _locked(lot: Lot) -> Lot:
    locked = lock_row(Lot.objects.filter(pk=lot.pk))
    if locked is None:
        raise Conflict("lot_gone", "This lot no longer exists.")
    return locked


def _expect(stock: LockedStock, lot: Lot, more: int, now: datetime) -> None:
    """Lets the stock count with ``more`` pieces (negative: fewer); carts that lapsed give theirs back first."""
    if not more:
        return
    left = stock.on_hand + stock.expected + more
    if more < 0 and left < stock.sold + stock.held:
        drop_lapsed(stock.pk, "", now)
        stock.refresh_from_db()
    if lot.pk and lot.expected + more < lot.committed:
        raise _below_sold(f"{lot.committed:,} of this lot are sold.")
    if left < stock.sold + stock.held:
        held = stock.holds.filter(expires_at__lt=firm_from(now)).exists()
        raise _below_sold(f"{stock.sold:,} are sold{' and some are in carts right now' if held else ''}.")
    Stock.objects.filter(pk=stock.pk).update(expected=stock.expected + more)


def _below_sold(words: str) -> Conflict:
    said = f"{words} Plan a cut for those that will be missing, then correct the lot."
    return Conflict("below_sold", said, {"expected": said})


def _problems(lot: Lot, values: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    if not values["name"]:
        problems["name"] = "Give the lot a name, such as Barrels 1–40."
    elif len(values["name"]) > 80:
        problems["name"] = "Shorten the name to 80 characters."
    elif Lot.objects.filter(sku=lot.sku, name=values["name"]).exclude(pk=lot.pk or 0).exists():
        problems["name"] = "There is a lot of this name already."
    if not 0 <= values["expected"] <= MOST_PIECES:
        problems["expected"] = f"A whole number from 0 to {MOST_PIECES:,}."
    elif not values["lowest"] <= values["expected"] <= values["highest"]:
        problems["lowest"] = "The range goes from the least to the most, with what you expect between them."
    if values["highest"] > MOST_PIECES or values["lowest"] < 0:
        problems["highest"] = f"A whole number from 0 to {MOST_PIECES:,}."
    days = {name: values[name] for name in ("window_from", "window_until", "bottling_on")}
    problems |= {
        name: f"Choose a day from {FIRST_DAY.year} to {LAST_DAY.year}."
        for name, day in days.items()
        if day and not FIRST_DAY <= day <= LAST_DAY
    }
    if values["window_from"] > values["window_until"]:
        problems.setdefault("window_until", "It can't end before it begins.")
    if lot.pk and _ORDER.index(LotStage(values["stage"])) < _ORDER.index(LotStage(lot.stage)):
        problems["stage"] = "A lot only goes on: from élevage to bottled."
    if values["stage"] == LotStage.ARRIVED and lot.stage != LotStage.ARRIVED:
        problems["stage"] = "Arrivals are recorded with the settlement."
    if len(values["note"]) > 300:
        problems["note"] = "Shorten the note to 300 characters."
    return problems
