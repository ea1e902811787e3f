"""A lot comes into the cellar, whole or in part: what was expected of it is on hand."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, MOST_MINOR
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.texts import fitting
from tirage.core.winery import local_time
from tirage.futures.models import Lot
from tirage.futures.settlement_models import Arrival
from tirage.futures.settling.covering import settled_pieces
from tirage.futures.states import LotStage
from tirage.inventory.models import Movement, Stock
from tirage.inventory.operations import LockedStock, lock_stock
from tirage.inventory.states import MovementReason


@transaction.atomic
def record_arrival(
    *, lot: Lot, pieces: int, arrived_on: date, cost_minor: int | None, note: str, actor: Actor, now: datetime
) -> Arrival:
    """Books pieces of a lot in; the lot has arrived once all that is expected of it has.

    Nothing that may be sold changes: what was expected is on hand. Locks stock, lot. Records ``arrival.recorded``.
    Raises DomainError ``arrival_invalid`` by field.
    """
    stock = lock_stock([lot.sku_id])[lot.sku_id]
    locked = _locked(lot)
    if problems := _problems(locked, pieces, arrived_on, cost_minor, now):
        raise DomainError("arrival_invalid", " ".join(problems.values()), problems)
    made = Arrival.objects.create(
        lot=locked,
        pieces=pieces,
        arrived_on=arrived_on,
        cost_minor=cost_minor,
        note=fitting(note.strip(), 200, "note"),
        made_at=now,
        actor_label=actor.label[:200],
    )
    _move(stock, locked, pieces, MovementReason.RECEIVED, actor, now)
    _record(EventName.ARRIVAL_RECORDED, made, f"booked {pieces:,} of {locked.name} in", actor, now)
    return made


@transaction.atomic
def take_arrival_back(*, arrival: Arrival, actor: Actor, now: datetime) -> Arrival:
    """Undoes an arrival that was wrong, while its pieces are still in the cellar and none is being settled.

    Locks stock, lot. Records ``arrival.taken_back``. Raises Conflict ``arrival_gone``, ``arrival_settled``,
    ``arrival_left``.
    """
    stock = lock_stock([arrival.lot.sku_id])[arrival.lot.sku_id]
    locked = _locked(arrival.lot)
    found = Arrival.objects.filter(pk=arrival.pk, taken_back_at__isnull=True).first()
    if found is None:
        raise Conflict("arrival_gone", "This arrival was taken back already.")
    if locked.arrived - found.pieces < spoken_for(locked):
        words = "Customers were asked about this wine already. Call those settlements off first."
        raise Conflict("arrival_settled", words)
    if stock.on_hand < found.pieces:
        raise Conflict("arrival_left", "Some of these bottles have left the cellar.")
    Arrival.objects.filter(pk=found.pk).update(taken_back_at=now)
    _move(stock, locked, -found.pieces, MovementReason.COUNTED, actor, now)
    _record(EventName.ARRIVAL_TAKEN_BACK, found, f"took back {found.pieces:,} of {locked.name}", actor, now)
    return found


def spoken_for(lot: Lot) -> int:
    """Pieces of a lot that orders have whose settlement stands, or that were shipped."""
    return settled_pieces([lot.pk]).get(lot.pk, 0)


def _locked(lot: Lot) -> Lot:
    locked = lock_row(Lot.objects.filter(pk=lot.pk))
    if locked is None:
        raise Conflict("lot_gone", "This lot no longer exists.")
    return locked


def _problems(lot: Lot, pieces: int, on: date, cost_minor: int | None, now: datetime) -> dict[str, str]:
    problems = {}
    to_come = lot.expected - lot.arrived
    if pieces < 1:
        problems["pieces"] = "Write how many came."
    elif pieces > to_come:
        more = "Correct what the lot is expected to bring first, if more came."
        problems["pieces"] = f"{to_come:,} of this lot are still to come. {more}"
    if not FIRST_DAY <= on <= local_time(now).date():
        problems["arrived_on"] = "Choose today or an earlier day."
    if cost_minor is not None and not 0 <= cost_minor <= MOST_MINOR:
        problems["cost"] = "Write what they cost, all together."
    return problems


def _move(
    stock: LockedStock, lot: Lot, pieces: int, reason: MovementReason, actor: Actor, now: datetime
) -> None:
    """From expected to on hand, or back. In one statement: their sum, which sales ask about, never moves."""
    Stock.objects.filter(pk=stock.pk).update(expected=F("expected") - pieces, on_hand=F("on_hand") + pieces)
    Movement.objects.create(
        stock_id=stock.pk,
        at=now,
        quantity=pieces,
        reason=reason.value,
        note=f"Lot {lot.name}"[:200],
        actor_label=actor.label[:200],
    )
    left = stock.on_hand + pieces
    text = f"booked {pieces:+d} ({reason.value}), now {left} on hand"
    data = {"quantity": pieces, "reason": reason.value, "on_hand": left}
    record_event(EventName.STOCK_MOVED, "sku", lot.sku_id, text=text, data=data, actor=actor, now=now)
    arrived = lot.arrived + pieces
    stage = LotStage.ARRIVED if arrived and arrived == lot.expected else LotStage.BOTTLED
    Lot.objects.filter(pk=lot.pk).update(arrived=arrived, stage=stage.value)


def _record(name: EventName, arrival: Arrival, text: str, actor: Actor, now: datetime) -> None:
    data = {"lot": arrival.lot.reference, "arrival": arrival.reference, "pieces": arrival.pieces}
    record_event(name, "sku", arrival.lot.sku_id, text=text, data=data, actor=actor, now=now)
