"""Taking, keeping, promising and counting bottles.

Everything that changes a stock's counters is here, and each change first locks the stock rows by primary key.
The database's ``stock_never_promised_twice`` stands behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NewType

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import build_event, record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import Clash, Overtaken
from tirage.core.locks import lock_rows
from tirage.core.models import Event
from tirage.core.turns import take_turns
from tirage.inventory import statements
from tirage.inventory.models import Hold, Movement, Stock
from tirage.inventory.rules import Wanted, firm_from, grant_wanted
from tirage.inventory.statements import LockedCounters
from tirage.inventory.states import MovementReason

LockedStock = NewType("LockedStock", Stock)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a holder has now of one sku, in pieces."""

    asked: int
    held: int


def take_holds(
    *,
    holder: str,
    wanted: Mapping[int, Wanted],
    besides: Collection[int] = (),
    expires_at: datetime | None,
    now: datetime,
) -> dict[int, Taken]:
    """Sets the holder's holds on the named stocks to what is wanted, or to as much of it as there is.

    ``wanted`` is keyed by stock id, in pieces; nought lets go. Locks the stock rows, with them those of ``besides``.
    Lapsed holds of others are tidied when they stand in the way, so no job has to run for bottles to come back.
    Without ``expires_at`` the bottles are sold in the same transaction: what is held already isn't written anew.
    """
    ids = sorted({*wanted, *besides})
    stocks = statements.lock_counters(ids)
    # A statement of its own: seen only after the lock, for whoever had it may have tidied these away as lapsed.
    held = statements.holds_with_ends(holder, sorted(wanted))
    own = {id: quantity for id, (quantity, _) in held.items()}
    if any(one.quantity > stocks[id].free + own.get(id, 0) for id, one in wanted.items() if id in stocks):
        _sweep_locked({id: stocks[id] for id in wanted if id in stocks}, keep_holder=holder, now=now)
        stocks = statements.lock_counters(ids)
    taken = {id: _decide(stocks[id], own.get(id, 0), one) for id, one in wanted.items() if id in stocks}
    written = {id: (own.get(id, 0), result.held) for id, result in taken.items()}
    is_same = all(before == after for before, after in written.values())
    if not is_same or any(expires_at not in (None, ends) for _, ends in held.values()):
        statements.write_holds(holder, written, expires_at or now)
    return taken


def could_hold(*, wanted: Mapping[int, Wanted], now: datetime) -> dict[int, Taken]:
    """What ``take_holds`` would give a holder without any, by stock id: nothing is locked, and nothing changes."""
    free = statements.free_now(sorted(wanted), now)
    return {
        id: Taken(one.quantity, grant_wanted(one, free=free[id])) for id, one in wanted.items() if id in free
    }


def _decide(stock: LockedCounters, own: int, wanted: Wanted) -> Taken:
    """Only locked counters can be decided on."""
    return Taken(wanted.quantity, grant_wanted(wanted, free=stock.free + own))


def release_holds(*, holder: str) -> None:
    """Lets all of a holder's bottles go; harmless when there are none. Locks the stock rows."""
    held = dict(Hold.objects.filter(holder=holder).values_list("stock_id", "quantity"))
    if held:
        statements.lock_counters(sorted(held))
        statements.drop_holds(holder, sorted(held))


def sell_held(*, holder: str, quantities: Mapping[int, int]) -> None:
    """Turns the holder's holds into promises of an order, exactly ``quantities`` (stock id to pieces).

    Raises DomainError ``hold_lost`` when the holds are not exactly these. Locks the stock rows; call it last.
    """
    if not statements.turn_holds_into_sold(holder, quantities):
        raise DomainError(
            "hold_lost",
            "Some of these bottles are no longer held for you. Look at your cart and take them again.",
        )


def sell_part_of_holds(*, holder: str, quantities: Mapping[int, int], expires_at: datetime) -> None:
    """Promises ``quantities`` (stock id to pieces) of what the holder holds; the rest stays held until ``expires_at``.

    Locks these stock rows, those of nought too. Raises DomainError ``hold_lost`` when fewer are held.
    """
    statements.lock_counters(sorted(quantities))
    own = statements.holds_of(holder, sorted(quantities))
    wanted = {id: quantity for id, quantity in quantities.items() if quantity}
    if any(quantity > own.get(id, 0) for id, quantity in wanted.items()):
        raise DomainError(
            "hold_lost", "Some of these bottles are no longer held for you. Choose fewer of them."
        )
    left = {id: (own[id], own[id] - quantity) for id, quantity in wanted.items()}
    statements.write_holds(holder, left, expires_at)
    statements.shift({id: (0, quantity) for id, quantity in wanted.items()})


def sell_now(*, quantities: Mapping[int, int]) -> None:
    """Promises pieces straight from what is free, all or nothing. Raises DomainError ``not_enough``."""
    stocks = statements.lock_counters(sorted(quantities))
    short = [id for id, quantity in quantities.items() if quantity > stocks[id].free]
    if short:
        raise DomainError("not_enough", "There are not enough bottles left for this.")
    statements.shift({id: (0, quantity) for id, quantity in quantities.items()})


def return_sold(*, quantities: Mapping[int, int]) -> None:
    """Gives promised pieces back to everybody (a cancelled or abandoned order). Locks the stock rows."""
    statements.lock_counters(sorted(quantities))
    statements.shift({id: (0, -quantity) for id, quantity in quantities.items()})


def ship_sold(*, quantities: Mapping[int, int], note: str, actor: Actor, now: datetime) -> None:
    """Takes promised pieces (by stock id) out of the cellar: they have left with their order.

    Inside the caller's transaction. Locks the stock rows. Writes a movement and an event for each. Raises Conflict
    ``not_there_yet`` for bottles that are only expected.
    """
    stocks = statements.lock_counters(sorted(quantities))
    if any(stocks[id].on_hand < pieces for id, pieces in quantities.items()):
        raise Conflict(
            "not_there_yet", "Not all of these bottles are in the cellar yet: some are expected still."
        )
    statements.ship(quantities)
    skus = dict(Stock.objects.filter(pk__in=quantities).values_list("pk", "sku_id"))
    reason = MovementReason.SHIPPED.value
    movements, events = [], []
    for stock_id, pieces in sorted(quantities.items()):
        left = stocks[stock_id].on_hand - pieces
        movements.append(
            Movement(
                stock_id=stock_id,
                at=now,
                quantity=-pieces,
                reason=reason,
                note=note[:200],
                actor_label=actor.label[:200],
            )
        )
        events.append(
            build_event(
                EventName.STOCK_MOVED,
                "sku",
                skus[stock_id],
                text=f"booked {-pieces:+d} ({reason}), now {left} on hand",
                data={"quantity": -pieces, "reason": reason, "on_hand": left},
                actor=actor,
                now=now,
            )
        )
    Movement.objects.bulk_create(movements)
    Event.objects.bulk_create(events)


def return_sold_to_holder(*, holder: str, quantities: Mapping[int, int], expires_at: datetime) -> None:
    """Gives promised pieces back to the holder they came from, as holds until ``expires_at``, beside what it holds."""
    statements.lock_counters(sorted(quantities))
    own = statements.holds_of(holder, sorted(quantities))
    statements.shift({id: (0, -quantity) for id, quantity in quantities.items()})
    together = {id: (own.get(id, 0), own.get(id, 0) + quantity) for id, quantity in quantities.items()}
    statements.write_holds(holder, together, expires_at)


def sweep_lapsed_holds(*, now: datetime) -> int:
    """Tidies holds whose time is over; how many rows. Nothing depends on it having run."""
    stale = set(Hold.objects.filter(expires_at__lte=now).values_list("stock_id", flat=True)[:500])
    return sum(take_turns(partial(_sweep_stock, stock_id, now) for stock_id in sorted(stale)))


@transaction.atomic
def _sweep_stock(stock_id: int, now: datetime) -> int:
    return _sweep_locked(statements.lock_counters([stock_id]), keep_holder="", now=now)


def _sweep_locked(stocks: Mapping[int, LockedCounters], *, keep_holder: str, now: datetime) -> int:
    return sum(statements.drop_lapsed(id, keep_holder, now) for id in sorted(stocks))


def lock_stock(sku_ids: Collection[int]) -> dict[int, LockedStock]:
    """The stock rows of these skus, locked, by sku id."""
    rows = lock_rows(Stock.objects.filter(sku_id__in=sku_ids))
    return {stock.sku_id: LockedStock(stock) for stock in rows}


@transaction.atomic
def move_stock(
    *,
    sku_id: int,
    quantity: int,
    reason: MovementReason,
    note: str = "",
    release_holds: bool = False,
    actor: Actor,
    now: datetime,
) -> Movement:
    """Books bottles in (positive) or out (negative), in pieces, with a reason.

    Never below what is promised to orders. Below what is held only with ``release_holds``: then the newest holds
    are let go, but never those that are being paid for. Raises DomainError ``nothing_moved``, ``below_sold``,
    ``below_held``.
    """
    if quantity == 0:
        raise DomainError(
            "nothing_moved", "Write how many bottles came or went.", {"quantity": "Not nought."}
        )
    stock = _locked_or_refuse(sku_id)
    left = stock.on_hand + quantity
    _refuse_below_sold(stock, left)
    if left + stock.expected < stock.sold + stock.held:
        _make_room(stock, left, release_holds=release_holds, now=now)
    stock.on_hand = left
    stock.save(update_fields=["on_hand"])
    movement = Movement.objects.create(
        stock=stock,
        at=now,
        quantity=quantity,
        reason=reason.value,
        note=note[:200],
        actor_label=actor.label[:200],
    )
    text = f"booked {quantity:+d} ({reason.value}), now {left} on hand"
    data = {"quantity": quantity, "reason": reason.value, "on_hand": left}
    record_event(EventName.STOCK_MOVED, "sku", sku_id, text=text, data=data, actor=actor, now=now)
    return movement


@transaction.atomic
def count_stock(
    *,
    sku_id: int,
    counted: int,
    note: str = "",
    release_holds: bool = False,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Movement | None:
    """Corrects what is on hand to what was counted; None when it agreed.

    ``shown``: what was ``on_hand`` when the count began; bottles that came or left since then may be in it or not, so
    it is refused as Overtaken. Raises as ``move_stock``.
    """
    stands = _locked_or_refuse(sku_id).on_hand
    difference = counted - stands
    if difference == 0:
        return None
    if shown is not None and shown["on_hand"] != stands:
        raise Overtaken({"on_hand": Clash(shown["on_hand"], stands, counted)}, {"on_hand": stands})
    return move_stock(
        sku_id=sku_id,
        quantity=difference,
        reason=MovementReason.COUNTED,
        note=note,
        release_holds=release_holds,
        actor=actor,
        now=now,
    )


def _locked_or_refuse(sku_id: int) -> LockedStock:
    Stock.objects.get_or_create(sku_id=sku_id)
    return lock_stock([sku_id])[sku_id]


def _refuse_below_sold(stock: LockedStock, left: int) -> None:
    if left + stock.expected < stock.sold or left < 0:
        raise DomainError(
            "below_sold",
            f"{stock.sold} are promised to orders, so {left} can't be right without changing those orders first.",
            {"quantity": f"At least {stock.sold} must stay on hand."},
        )


def _make_room(stock: LockedStock, left: int, *, release_holds: bool, now: datetime) -> None:
    """Lets lapsed holds go, then, if allowed, the newest live ones, until ``left`` bottles are enough.

    Bottles whose money a bank is being asked for stay: they are as good as sold, or free again in a few minutes.
    """
    statements.drop_lapsed(stock.pk, "", now)
    stock.refresh_from_db()
    missing = stock.sold + stock.held - left - stock.expected
    if missing > 0 and not release_holds:
        raise DomainError(
            "below_held",
            f"{stock.held} are in carts or for changes of orders right now, {missing} of them would have to be let go.",
            {"release_holds": "Say whether to let them go, or wait until those end."},
        )
    # Who came last goes first. How long a hold lasts says nothing: that of a change being paid lasts longest.
    for hold in stock.holds.filter(expires_at__lt=firm_from(now)).order_by("-id"):
        if missing <= 0:
            break
        missing -= hold.quantity
        hold.delete()
        stock.held -= hold.quantity
    if missing > 0:
        raise DomainError(
            "below_held",
            f"{missing} of these are being paid for right now, or kept back by a policy. Wait a few minutes for the "
            "bank, or free what the policy keeps back, then try again.",
            {"quantity": "Some are being paid for right now, or kept back."},
        )
    stock.save(update_fields=["held"])
