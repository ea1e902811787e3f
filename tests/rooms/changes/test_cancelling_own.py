"""Customers cancel their own orders: what they saw is what happens, and all of it comes back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import (
    bought,
    card_that,
    confirm,
    customer_actor,
    draft_of,
    one_more,
    paid_by_hand,
    snapshot,
)
from tests.rooms.changes.test_cancelling import at_the_bank
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.changes.operations import Cancellation, cancel_own_order, quote_cancel
from tirage.changes.states import RefundTo, SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.fulfilment.operations import ship_order
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import PayLink, Payment
from tirage.wishes.models import Wish


@pytest.fixture
def world(world: World) -> World:
    """The world, whose customers may cancel."""
    switch(customers_cancel_orders=True)
    return world


def switch(**settings: Any) -> None:
    Winery.objects.update(**settings)
    forget_winery()


def seen(order: Order, world: World) -> dict[str, Any]:
    """What the order's page shows before the button is pressed."""
    quote = quote_cancel(Order.objects.get(pk=order.pk), world.now)
    return {"expected_number": quote.number, "expected_minor": quote.to_give_back.minor}


def cancelled(world: World, order: Order, **how: Any) -> Cancellation:
    facts: dict[str, Any] = {
        "order_reference": order.reference,
        "refund_to": RefundTo.ORIGINAL,
        "actor": customer_actor(order.customer),
        "now": world.now,
        **seen(order, world),
    }
    return cancel_own_order(**{**facts, **how})


def test_bottles_and_money_come_back_and_everybody_is_told(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    confirm(world, one_more(world, order), customer_actor(world.ben))
    done = cancelled(world, order, words=" We are\r\nmoving ")
    assert (done.order.state, done.order.owed_minor, done.order.paid_minor) == ("cancelled", 0, 0)
    assert [refund.amount_minor for refund in done.refunds] == [129_60, 289_44]
    stock = world.stock(world.cabernet)
    assert charged_in_all() == 0 and (stock.sold, stock.on_hand) == (0, 100)
    told = Event.objects.get(name="order.cancelled")
    assert (told.actor_label, told.actor_id) == ("Ben Baker", world.ben.pk)
    assert told.text == "canceled the order: We are moving; bottles back in stock"
    assert done.order.changes.get(number=3).reason == "Canceled by the customer: We are moving"
    mail = SentMail.objects.get(kind="order_cancelled")
    assert (mail.customer_id, mail.data["reason"]) == (world.ben.pk, "Canceled by you: We are moving")
    assert run_checks(world.now) == []


def test_without_words_the_activity_says_who_and_what(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    CancelReason.objects.all().delete()
    done = cancelled(world, order)
    assert Event.objects.get(name="order.cancelled").text == "canceled the order; bottles back in stock"
    assert done.order.changes.get(number=2).reason == "Canceled by the customer", (
        "whatever staff's reasons are"
    )


def test_the_money_becomes_store_credit_where_that_is_chosen(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    done = cancelled(world, order, refund_to=RefundTo.CREDIT)
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 289_44 == charged_in_all()
    assert done.order.balance_minor == 0 and run_checks(world.now) == []


def test_what_was_only_set_aside_is_let_go(world: World) -> None:
    switch(charge_when="at_shipment")
    order = bought(world, world.ben, {"CAB23": 2})
    assert seen(order, world) == {"expected_number": 1, "expected_minor": 0}
    done = cancelled(world, order)
    assert done.refunds == () and Payment.objects.get().released_at and run_checks(world.now) == []


def test_what_was_being_prepared_goes_with_it(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    confirm(world, one_more(world, order, world.staff), world.staff, settle_by=SettleBy.LINK)
    draft_of(world, order, customer_actor(world.ben), add={world.magnum: 1})
    cancelled(world, order)
    assert set(order.drafts.values_list("state", flat=True)) == {"dropped"}
    assert not PayLink.objects.filter(revoked_at=None).exists()
    assert world.stock(world.magnum).held == world.stock(world.cabernet).held == 0
    assert run_checks(world.now) == []


def test_what_waits_at_the_bank_is_given_up(world: World) -> None:
    order, payment = at_the_bank(world)
    done = cancelled(world, order)
    payment.refresh_from_db()
    assert (payment.state, done.order.balance_minor, charged_in_all()) == ("voided", 0, 0)
    assert run_checks(world.now) == []


def test_long_after_the_release_it_is_still_possible(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Offer.objects.update(closes_at=world.now - timedelta(minutes=1))
    later = world.now + timedelta(days=40)
    assert cancelled(world, order, now=later).order.state == "cancelled" and run_checks(later) == []


def test_granted_bottles_come_back_with_the_others(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    confirm(world, one_more(world, order, world.staff), world.staff, payment_method=world.ben_card)
    wish = Wish.objects.create(
        customer=world.ben,
        offer_item=world.item(world.estate_offer, world.cabernet),
        kind="request",
        state="granted",
        asked=1,
        granted=1,
        made_at=world.now,
        changed_at=world.now,
        order=order,
    )
    assert cancelled(world, order).order.state == "cancelled" and world.stock(world.cabernet).sold == 0
    wish.refresh_from_db()
    assert (wish.state, wish.granted) == ("granted", 1), "what was granted was granted"
    assert run_checks(world.now) == []


# What refuses it, and that nothing has changed then


def test_only_the_customer_whose_order_it_is(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    before = snapshot(order)
    for somebody in (customer_actor(world.ana), world.staff, system()):
        assert refusal(partial(cancelled, world, order, actor=somebody)) == "not_found"
    nowhere = {"order_reference": "ORD-NOWHERE2"}
    assert refusal(lambda: cancelled(world, order, **nowhere)) == "not_found" and snapshot(order) == before


def test_not_where_the_winery_hasnt_switched_it_on(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    switch(customers_cancel_orders=False)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order)) == "switched_off" and snapshot(order) == before


def test_not_with_a_closed_account(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Customer.objects.filter(pk=world.ben.pk).update(status="suspended", status_reason="A pause")
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order)) == "suspended" and snapshot(order) == before


def test_changing_and_cancelling_are_two_settings(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    switch(customers_change_orders=False)
    assert cancelled(world, order).order.state == "cancelled"


@pytest.mark.parametrize("other", [{"expected_number": 2}, {"expected_minor": 289_43}, {"expected_minor": 0}])
def test_only_as_it_was_seen(world: World, other: dict[str, Any]) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order, **other)) == "order_moved_on"
    assert snapshot(order) == before


def test_not_over_what_staff_did_meanwhile(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    was = seen(order, world)
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order, **was)) == "order_moved_on" and snapshot(order) == before
    assert cancelled(world, order).order.state == "cancelled"


@pytest.mark.parametrize("state", ["shipped", "cancelled", "pending", "abandoned"])
def test_only_a_placed_order(world: World, state: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.update(state=state, shipped_at=world.now)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order)) == "not_cancellable" and snapshot(order) == before


def test_what_has_left_stays_left(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    was = seen(order, world)
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order, **was)) == "not_cancellable" and snapshot(order) == before
    assert charged_in_all() == 289_44 and run_checks(world.now) == []


def test_twice_is_once(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    was = seen(order, world)
    cancelled(world, order, **was)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order, **was)) == "order_moved_on" and snapshot(order) == before
    assert SentMail.objects.filter(kind="order_cancelled").count() == 1 and run_checks(world.now) == []


def test_not_while_a_change_is_being_paid(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    card = card_that(world, Behaviour.TIMES_OUT_CHARGED)
    confirm(world, one_more(world, order), customer_actor(world.ben), payment_method=card)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order)) == "paying" and snapshot(order) == before


@pytest.mark.parametrize(
    ("kind", "refund_to", "code"),
    [
        ("cheque", RefundTo.ORIGINAL, "by_hand"),
        ("transfer", RefundTo.ORIGINAL, "by_hand"),
        ("cash", RefundTo.ORIGINAL, "by_hand"),
        ("comp", RefundTo.ORIGINAL, "was_gift"),
        ("comp", RefundTo.CREDIT, "was_gift"),
    ],
)
def test_what_only_a_person_can_hand_over_is_asked_for(
    world: World, kind: str, refund_to: RefundTo, code: str
) -> None:
    order = paid_by_hand(world, kind)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order, refund_to=refund_to)) == code and snapshot(order) == before


def test_a_cheque_may_become_store_credit(world: World) -> None:
    order = paid_by_hand(world, "cheque")
    done = cancelled(world, order, refund_to=RefundTo.CREDIT)
    assert done.order.balance_minor == 0 and run_checks(world.now) == []
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 289_44 + 129_60
