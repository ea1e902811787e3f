"""Orders of a former system count as orders do, and nothing that is done with orders can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.rooms.checkout.journey import buy
from tests.rooms.orders.historic import as_history
from tests.world import World
from tirage.changes.operations import cancel_order, open_draft, refund_lines
from tirage.changes.rules import Bottles
from tirage.changes.states import RefundTo
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.fulfilment.operations import ship_order
from tirage.fulfilment.operations.tracking import set_tracking
from tirage.notifications.models import SentMail
from tirage.notifications.operations import queue_order_receipt
from tirage.notifications.sending import send_one
from tirage.orders.models import CancelReason, Order
from tirage.orders.statements import add_paid
from tirage.payments.models import CreditEntry, PayLink, Payment
from tirage.payments.operations import (
    ask_for_balance,
    capture_order,
    charge_balance,
    give_credit,
    make_pay_link,
    record_offline_payment,
    refund_payment,
    refund_to_credit,
    refundable_payments,
    spend_credit,
)
from tirage.payments.statements import insert_payment
from tirage.payments.states import OfflineKind

Act = Callable[[World, Order, Payment], object]
TEN = Money(10_00, "USD")


@pytest.fixture
def order(world: World) -> Order:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    return as_history(Order.objects.get(), world.now)


def _facts(world: World) -> dict[str, Any]:
    return {"actor": world.staff, "now": world.now}


def _give_back(world: World, order: Order, payment: Payment) -> object:
    return refund_lines(
        order_reference=order.reference,
        pieces={},
        bottles=Bottles.KEPT,
        expected_minor=0,
        refund_to=RefundTo.ORIGINAL,
        reason="Corked",
        **_facts(world),
    )


def _refund(world: World, order: Order, payment: Payment) -> object:
    reference = payment.reference
    return refund_payment(payment_reference=reference, amount_minor=10_00, reason="Corked", **_facts(world))


def _cancel(world: World, order: Order, payment: Payment) -> object:
    reason = CancelReason.objects.get_or_create(name="Of age")[0].name
    terms: dict[str, Any] = {"restock": True, "refund_to": RefundTo.ORIGINAL, "reason": reason}
    return cancel_order(order_reference=order.reference, **terms, **_facts(world))


def _charge(world: World, order: Order, payment: Payment) -> object:
    card = world.ana_card.reference
    return charge_balance(order_id=order.pk, card_reference=card, return_url="/", **_facts(world))


def _by_cheque(world: World, order: Order, payment: Payment) -> object:
    way: dict[str, Any] = {"offline_kind": OfflineKind.CHEQUE, "note": "No. 7"}
    with transaction.atomic():
        return record_offline_payment(order_id=order.pk, amount=TEN, **way, **_facts(world))


def _by_credit(world: World, order: Order, payment: Payment) -> object:
    with transaction.atomic():
        return spend_credit(order_id=order.pk, customer_id=order.customer_id, amount=TEN, **_facts(world))


def _link(world: World, order: Order, payment: Payment) -> object:
    return make_pay_link(order_id=order.pk, purpose="", amount=TEN, **_facts(world))


def _any_payment(world: World, order: Order, payment: Payment) -> object:
    by: dict[str, Any] = {"gateway": "test", "kind": "charge", "actor_label": "", "now": world.now}
    way: dict[str, Any] = {"payment_method_id": None, "parent_id": None}
    with transaction.atomic():
        return insert_payment(order_id=order.pk, amount_minor=1, currency="USD", **way, **by)


ACTS: dict[str, Act] = {
    "change": lambda world, order, _: open_draft(order_reference=order.reference, **_facts(world)),
    "cancel": _cancel,
    "give wines back": _give_back,
    "refund": _refund,
    "refund to credit": lambda world, order, payment: refund_to_credit(
        payment_id=payment.pk, amount=TEN, reason="Corked", **_facts(world)
    ),
    "charge": _charge,
    "ask for the balance": lambda world, order, _: ask_for_balance(
        order_reference=order.reference, **_facts(world)
    ),
    "link": _link,
    "cheque": _by_cheque,
    "store credit": _by_credit,
    "any payment": _any_payment,
    "ship": lambda world, order, _: ship_order(order_reference=order.reference, **_facts(world)),
    "track": lambda world, order, _: set_tracking(
        order_reference=order.reference, tracking="1Z", **_facts(world)
    ),
}


@pytest.mark.parametrize("name", sorted(ACTS))
def test_no_act_does_anything_with_it(world: World, order: Order, name: str) -> None:
    give_credit(customer=world.ana, amount=TEN, reason="A gift", **_facts(world))
    payment = order.payments.get()
    before = _everything(order)
    with pytest.raises(DomainError) as refused:
        ACTS[name](world, order, payment)
    assert refused.value.message and _everything(order) == before


def _everything(order: Order) -> tuple[object, ...]:
    found = Order.objects.filter(pk=order.pk).values().get()
    tables = (Payment, PayLink, CreditEntry, SentMail)
    return found, [table.objects.count() for table in tables], order.changes.count(), order.lines.count()


def test_nothing_of_it_can_be_refunded_or_taken(world: World, order: Order) -> None:
    assert refundable_payments(order_id=order.pk) == []
    assert capture_order(order_reference=order.reference, **_facts(world)).taken_minor == 0


def test_the_database_itself_books_no_money_on_it(order: Order) -> None:
    with pytest.raises(IntegrityError, match="order_history_is_closed"), transaction.atomic():
        add_paid(order.pk, -1_00)


def test_no_mail_says_anything_of_it(world: World, order: Order) -> None:
    mail_id = queue_order_receipt(order_id=order.pk, customer_id=order.customer_id, now=world.now)
    send_one(mail_id, world.now)
    assert SentMail.objects.get(pk=mail_id).sent_at is None
