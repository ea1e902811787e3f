"""Wine en primeur that its customers give on, give back for a fee, and offer Margaret Holm."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from tirage.changes.operations import cancel_order
from tirage.changes.states import RefundTo
from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.demo.loader.clubs import own
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED
from tirage.futures.holding import certificate_for
from tirage.futures.models import Commitment, Transfer
from tirage.futures.transferring import accept_transfer, approve_transfer, propose_transfer
from tirage.notifications.models import SentMail
from tirage.offers.models import Release
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import Payment


def hand_wine_on(load: Load, release: Release, by: Actor) -> None:
    """Of the old vintage: one gave two bottles to another, one gave all of it back, one offers Margaret a few."""
    orders = list(
        Order.objects.filter(release=release, state="placed").select_related("customer").order_by("pk")
    )
    margaret = Customer.objects.filter(email=NAMED["full"].email).first()
    if len(orders) < 13 or margaret is None:
        return
    given, back, offered = orders[10], orders[11], orders[12]
    _give(load, given, orders[1].customer, load.nine(-40), by)
    _give_back(load, back, load.nine(-300), by)
    _offer(load, offered, margaret, load.now - timedelta(days=2), "For the evening on the terrace.")
    SentMail.objects.filter(sent_at__isnull=True, due_at__lt=load.now - timedelta(days=20)).update(
        sent_at=F("due_at"), attempts=1
    )


def _offer(load: Load, order: Order, receiver: Customer, at: datetime, message: str) -> Transfer:
    held = Commitment.objects.filter(line__order=order).select_related("lot").order_by("pk").first()
    if held is None:
        raise RuntimeError("an order en primeur has its lots")
    made = propose_transfer(
        order_reference=order.reference,
        lot_reference=held.lot.reference,
        pieces=2,
        to_email=receiver.email,
        message=message,
        signature=order.customer.name,
        actor=own(order.customer),
        now=at,
    )
    Transfer.objects.filter(pk=made.pk).update(reference=load.reference("TRF"))
    return Transfer.objects.get(pk=made.pk)


def _give(load: Load, order: Order, receiver: Customer, at: datetime, by: Actor) -> None:
    """Offered, accepted the next day, approved the day after."""
    one = _offer(load, order, receiver, at, "As we said at harvest.")
    accept_transfer(
        reference=one.reference,
        customer=receiver,
        signature=receiver.name,
        actor=own(receiver),
        now=at + timedelta(days=1),
    )
    done = approve_transfer(reference=one.reference, actor=by, now=at + timedelta(days=2))
    if done.made is None:
        raise RuntimeError("what is approved has its order")
    Order.objects.filter(pk=done.made.pk).update(reference=load.reference("ORD"))
    _name_payments(load, [order.pk, done.made.pk], done.reference)
    certificate_for(order, now=at + timedelta(days=2))


def _give_back(load: Load, order: Order, at: datetime, by: Actor) -> None:
    """After the days to withdraw: ten percent stays, the rest is store credit."""
    cancel_order(
        order_reference=order.reference,
        restock=True,
        refund_to=RefundTo.CREDIT,
        reason=CancelReason.objects.values_list("name", flat=True)[0],
        words="Moves to a flat without a cellar.",
        actor=by,
        now=at,
    )
    for payment in Payment.objects.filter(order=order, kind="refund").order_by("pk"):
        Payment.objects.filter(pk=payment.pk).update(reference=load.reference("PAY"))


def _name_payments(load: Load, order_ids: list[int], transfer: str) -> None:
    moved = Payment.objects.filter(order__in=order_ids, note=f"transfer {transfer}")
    for payment in moved.order_by("pk"):
        Payment.objects.filter(pk=payment.pk).update(reference=load.reference("PAY"))
