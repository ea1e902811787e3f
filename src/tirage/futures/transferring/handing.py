"""The wine goes over: a change of both orders' ledgers, with what was paid for it, in one transaction."""

from __future__ import annotations

from datetime import datetime

from tirage.changes.operations.handing_on import HandedOn, handed_on
from tirage.changes.operations.steps import refuse_moving_money, refuse_new_money, refuse_while_paying
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.reactions import react
from tirage.customers.models import Customer
from tirage.delivery.rules import Terms
from tirage.futures.holding import certificate_for
from tirage.futures.models import Acceptance, Transfer
from tirage.futures.transferring.proposing import held_of, refuse_not_giveable
from tirage.inventory.models import Stock
from tirage.inventory.operations import take_holds
from tirage.inventory.rules import Wanted
from tirage.orders import statements
from tirage.orders.models import Order
from tirage.orders.operations import advance_order, apply_change, start_order
from tirage.orders.queries import order_lines
from tirage.orders.rules import ShipTo
from tirage.orders.states import ChangeKind, Channel, OrderState
from tirage.payments.operations import lock_payments_of
from tirage.payments.operations.moving import move_paid


def hand_over(one: Transfer, actor: Actor, now: datetime) -> tuple[Order, int]:
    """Takes a locked, accepted transfer's pieces off its order and puts them on one of the receiver, at the same price
    and with the same place in line; that order, and the minor units that were paid for them.

    Locks payments, order, stock, both customers, lots. The pieces count against nobody's allowance. An order that has
    nothing left is cancelled. Raises Conflict ``not_giveable``, ``not_enough``, ``gift_stays``, and those of an order
    whose money moves; then nothing has changed.
    """
    receiver = one.receiver
    if receiver is None:
        raise RuntimeError("nothing goes to nobody")
    payments = lock_payments_of(one.order_id)
    order = lock_row(Order.objects.filter(pk=one.order_id))
    if order is None:
        raise RuntimeError("a transfer always has its order")
    refuse_not_giveable(order, one.lot)
    refuse_while_paying(order.pk)
    refuse_moving_money(order.pk)
    refuse_new_money(order.pk, payments)
    if held_of(order.pk, one.lot_id) < one.pieces:
        raise Conflict("not_enough", "There is less of it on the order by now. Take the offer back.")
    leaves = handed_on(order, {one.lot.sku_id: one.pieces})
    # Both at once and by key, whoever gives to whom: two that give to each other wait for each other in turn.
    stock = lock_rows(Stock.objects.filter(sku_id=one.lot.sku_id))[0]
    lock_rows(Customer.objects.filter(pk__in=[order.customer_id, receiver.pk]))
    what = f"{one.pieces} × {one.lot.sku}"
    note = f"transfer {one.reference}"
    _enter(order, leaves, one, f"moved {what} to an order of {receiver.name}", actor, now)
    target = _order_for(order, receiver, actor, now)
    take_holds(holder=one.reference, wanted={stock.pk: Wanted(one.pieces, 1, 0)}, expires_at=None, now=now)
    there = HandedOn(tuple(leaves.lines_there), tuple(leaves.charges_there), -leaves.minor)
    _enter(target, there, one, f"moved {what} here from {order.customer.name}", actor, now)
    move_paid(
        payments=payments,
        source=order,
        target=target,
        amount_minor=leaves.minor,
        note=note,
        actor=actor,
        now=now,
    )
    _copy_terms(order, target, now)
    if not order_lines(order):
        _close(order, actor, now)
    target.refresh_from_db()
    certificate_for(target, now=now)
    return target, leaves.minor


def _enter(order: Order, leaves: HandedOn, one: Transfer, text: str, actor: Actor, now: datetime) -> None:
    apply_change(
        order=order,
        kind=ChangeKind.TRANSFER,
        lines=leaves.lines,
        charges=leaves.charges,
        holder=one.reference,
        # Its lot is found by this reference (``futures.keeping``).
        reason=f"Transfer between customers ({one.reference})",
        text=text,
        event=EventName.ORDER_CHANGED,
        actor=actor,
        now=now,
    )


def _order_for(order: Order, receiver: Customer, actor: Actor, now: datetime) -> Order:
    """Priced as the giver's, of the same release and group and as old: the wine keeps its place in line."""
    started = start_order(
        customer_id=receiver.pk,
        release_id=order.release_id,
        offer_id=None,
        group_id=order.group_id,
        channel=Channel.STAFF,
        currency=order.currency,
        method_id=None,
        ship_to=ShipTo(receiver.name, phone=receiver.phone),
        gift_note="",
        terms=Terms.from_json(order.terms) if order.terms else None,
        lines=[],
        charges=[],
        state=OrderState.PLACED,
        actor=actor,
        now=now,
    )
    Order.objects.filter(pk=started.id).update(placed_at=order.placed_at)
    record_event(
        EventName.ORDER_PLACED,
        "order",
        started.id,
        text=f"began an order of {receiver.name} for wine of {order.customer.name}",
        customer_id=receiver.pk,
        data={"reference": started.reference},
        actor=actor,
        now=now,
    )
    return Order.objects.get(pk=started.id)


def _copy_terms(order: Order, target: Order, now: datetime) -> None:
    """The receiver agreed to the words that the wine was bought by."""
    kept = Acceptance.objects.filter(order=order).first()
    if kept is not None:
        Acceptance.objects.create(order=target, terms=kept.terms, digest=kept.digest, at=now)
    Order.objects.filter(pk=target.pk).update(
        withdraw_until=order.withdraw_until,
        cancel_fee_bp=order.cancel_fee_bp,
        cancels_to_credit=order.cancels_to_credit,
    )


def _close(order: Order, actor: Actor, now: datetime) -> None:
    """Nothing is left on it: no list, no settlement and nobody's figures count it any more."""
    react("order.cancelling", order_id=order.pk, actor=actor, now=now)
    advance_order(order_id=order.pk, to=OrderState.CANCELLED)
    statements.recount_order(order.pk)
    statements.recount_customer(order.customer_id)
    react("order.touched", order_id=order.pk)
