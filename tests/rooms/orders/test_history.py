"""Orders of a former system count as orders do, and nothing that is done with orders can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.rooms.checkout.journey import buy
from tests.rooms.orders.historic import as_history
from tests.world import World, acting
from tirage.changes.operations import add_to_order, cancel_order, cancel_own_order, open_draft, refund_lines
from tirage.changes.operations.cancelling import cancel_unpaid_order
from tirage.changes.operations.drafting import begin_draft
from tirage.changes.rules import Bottles
from tirage.changes.states import RefundTo
from tirage.compliance.sales import needs_check, orders_to_check
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.fulfilment.operations import (
    continue_shipping,
    draft_shipping,
    mark_ready,
    ship_order,
    start_shipping,
)
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
    take_offline_payment,
)
from tirage.payments.operations.balances import due_minor
from tirage.payments.operations.collecting import begin_collecting
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


def _own_cancel(world: World, order: Order, payment: Payment) -> object:
    terms: dict[str, Any] = {"expected_number": 1, "expected_minor": 0, "refund_to": RefundTo.ORIGINAL}
    return cancel_own_order(order_reference=order.reference, **terms, actor=acting(world.ana), now=world.now)


def _by_hand(world: World, order: Order, payment: Payment) -> object:
    way: dict[str, Any] = {"offline_kind": OfflineKind.CHEQUE, "note": "No. 7", "amount_minor": 10_00}
    with transaction.atomic():
        return take_offline_payment(order_reference=order.reference, **way, **_facts(world))


def _of_the_program(world: World, order: Order, payment: Payment) -> object:
    with transaction.atomic():
        return begin_draft(order_reference=order.reference, **_facts(world))


def _add(world: World, order: Order, payment: Payment) -> object:
    return add_to_order(
        order_reference=order.reference,
        quantities={world.item(world.premier_offer, world.cabernet).pk: 3},
        actor=acting(world.ana),
        now=world.now,
    )


ACTS: dict[str, Act] = {
    "add to it": _add,
    "begin a draft of the program's own": _of_the_program,
    "cancel as nobody paid": lambda world, order, _: cancel_unpaid_order(
        order_reference=order.reference, reason="Nobody paid", **_facts(world)
    ),
    "cancel by the customer": _own_cancel,
    "money by hand": _by_hand,
    "ready to be picked up": lambda world, order, _: mark_ready(
        order_reference=order.reference, **_facts(world)
    ),
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


def test_shipped_with_others_it_stays_and_the_row_says_why(world: World, order: Order) -> None:
    before = _everything(order)
    later = world.now + timedelta(minutes=5)
    run = draft_shipping(order_ids=[order.pk], actor=world.staff, now=later)
    run = start_shipping(run=run, tell_customers=True, actor=world.staff, now=later)
    continue_shipping(run=run, limit=5, actor=world.staff, now=later)
    row = run.rows.get()
    assert row.outcome == "refused" and row.reason
    assert _everything(order) == before


def test_it_is_never_due_and_no_service_is_asked_about_it(world: World, order: Order) -> None:
    assert due_minor(order, world.now) == 0
    with transaction.atomic():
        assert begin_collecting(order=order, payment_method_id=world.ana_card.pk, now=world.now) is None
    assert not needs_check(order) and order not in orders_to_check()


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
