"""Customers cancel while something else happens to their order, on PostgreSQL with real threads: one comes true.

Each with its control, the same race with the guard taken away, which must break the promise.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from threading import Event as Signal
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import Results, gather, rush
from tests.concurrency.test_change_races import codes
from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, pieces_on, quoted
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import cancel_own_order, cancelling, quote_cancel, steps
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.fulfilment.operations import ship_order
from tirage.fulfilment.operations import shipping as shipping_operations
from tirage.notifications.models import SentMail
from tirage.orders import operations as order_operations
from tirage.orders.models import Order
from tirage.payments.models import Payment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it; customers may cancel."""
    world = build_world(read_clock())
    Winery.objects.update(customers_cancel_orders=True)
    forget_winery()
    return world


@pytest.fixture
def order(shared: World) -> Order:
    """Ben's two bottles, paid. Ana has two more, so that the stock's wall can't help."""
    bought(shared, shared.ana, {"CAB23": 2})
    return bought(shared, shared.ben, {"CAB23": 2})


def cancel(world: World, order: Order) -> Any:
    """Ben's button, under what he sees now."""
    quote = quote_cancel(order, world.now)
    return partial(
        cancel_own_order,
        order_reference=order.reference,
        expected_number=quote.number,
        expected_minor=quote.to_give_back.minor,
        refund_to=RefundTo.ORIGINAL,
        actor=customer_actor(world.ben),
        now=world.now,
    )


def happened() -> Counter[str]:
    """How often an order was cancelled or left."""
    names = ("order.cancelled", "order.shipped")
    return Counter(Event.objects.filter(name__in=names).values_list("name", flat=True))


# While staff mark it as shipped


def cancel_while_shipping(world: World, order: Order) -> Results:
    ship = partial(ship_order, order_reference=order.reference, actor=world.staff, now=world.now)
    return rush([cancel(world, order), ship])


@pytest.mark.parametrize("round", range(4))
def test_an_order_leaves_or_is_cancelled_never_both(shared: World, order: Order, round: int) -> None:
    results = cancel_while_shipping(shared, order)
    assert len(results.answers) == 1 and set(codes(results)) <= {"not_cancellable", "not_shippable"} | {
        "order_moved_on"
    }
    order.refresh_from_db()
    stock, ana_paid = shared.stock(shared.cabernet), Order.objects.get(customer=shared.ana).paid_minor
    if order.state == "cancelled":
        assert (stock.on_hand, stock.sold, order.paid_minor) == (100, 2, 0)
    else:
        assert (stock.on_hand, stock.sold, order.paid_minor) == (98, 2, order.owed_minor)
    assert sum(happened().values()) == 1 and charged_in_all() == ana_paid + order.paid_minor
    assert run_checks(read_clock()) == []


def test_control_without_the_lock_and_the_state_it_leaves_and_is_cancelled(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = gather(2)

    def together(act: Any) -> Any:
        def act_after_all_have_looked(*args: Any, **facts: Any) -> Any:
            meet()
            return act(*args, **facts)

        return act_after_all_have_looked

    monkeypatch.setattr(steps, "for_update_of", lambda alias: "")
    for module in (order_operations, shipping_operations):
        monkeypatch.setattr(module, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(cancelling, "_enter", together(cancelling._enter))
    monkeypatch.setattr(shipping_operations, "_leave", together(shipping_operations._leave))
    monkeypatch.setattr(shipping_operations, "advance_order", lambda **ignored: True)
    monkeypatch.setattr(order_operations, "advance_order", lambda **ignored: True)
    results = cancel_while_shipping(shared, order)
    assert results.refusals == [] and happened() == {"order.cancelled": 1, "order.shipped": 1}


# Sent twice


@pytest.mark.parametrize("round", range(3))
def test_a_form_sent_often_cancels_and_gives_back_once(shared: World, order: Order, round: int) -> None:
    results = rush([cancel(shared, order)] * 4)
    assert len(results.answers) == 1 and set(codes(results)) == {"order_moved_on"}
    assert (
        Payment.objects.filter(kind="refund").count()
        == 1
        == SentMail.objects.filter(kind="order_cancelled").count()
    )
    assert charged_in_all() == Order.objects.get(customer=shared.ana).paid_minor
    assert run_checks(read_clock()) == []


# While a change of theirs is confirmed


@pytest.fixture
def draft(shared: World, order: Order) -> ChangeDraft:
    """Ben adds a bottle, on his other device."""
    return draft_of(shared, order, customer_actor(shared.ben), add={shared.cabernet: 1})


def confirming(world: World, draft: ChangeDraft) -> Any:
    ben = customer_actor(world.ben)
    quote = quoted(draft, ben, world.now)
    seen: dict[str, Any] = {"expected_difference_minor": quote.difference.minor}
    seen["expected_settlement_minor"] = quote.settlement.minor
    return partial(confirm, world, draft, ben, **seen)


@pytest.mark.parametrize("round", range(4))
def test_an_order_is_changed_or_cancelled_never_both(
    shared: World, order: Order, draft: ChangeDraft, round: int
) -> None:
    results = rush([confirming(shared, draft), cancel(shared, order)])
    assert len(results.answers) == 1
    assert set(codes(results)) <= {"paying", "money_moving", "not_changeable", "closed", "order_moved_on"}
    order.refresh_from_db()
    ana_paid = Order.objects.get(customer=shared.ana).paid_minor
    if order.state == "cancelled":
        assert order.owed_minor == order.paid_minor == 0 and shared.stock(shared.cabernet).sold == 2
    else:
        assert pieces_on(order) == {"CAB23": 3} and order.paid_minor == order.owed_minor
    assert charged_in_all() == ana_paid + order.paid_minor and shared.stock(shared.cabernet).held == 0
    assert run_checks(read_clock()) == []


def cancel_as_seen_before(world: World, order: Order, draft: ChangeDraft) -> Results:
    """The button is pressed in the moment in which the change is made; what it says is what was before."""
    change, press, made = confirming(world, draft), cancel(world, order), Signal()

    def changes() -> Any:
        try:
            return change()
        finally:
            made.set()

    def presses() -> Any:
        made.wait(30)
        return press()

    return rush([changes, presses])


def test_what_was_not_seen_is_not_cancelled(shared: World, order: Order, draft: ChangeDraft) -> None:
    results = cancel_as_seen_before(shared, order, draft)
    assert codes(results) == {"order_moved_on": 1} and pieces_on(order) == {"CAB23": 3}


def test_control_without_the_look_it_is_changed_and_then_cancelled(
    shared: World, order: Order, draft: ChangeDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancelling, "_refuse_unseen", lambda *ignored: None)
    results = cancel_as_seen_before(shared, order, draft)
    assert len(results.answers) == 2 and Order.objects.get(pk=order.pk).state == "cancelled"
