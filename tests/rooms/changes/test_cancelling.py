"""Cancelling: bottles and money shown, and chosen for themselves."""

from __future__ import annotations

from datetime import timedelta
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
    snapshot,
)
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.changes.collecting import pay_by_link
from tirage.changes.operations import Cancellation, cancel_order, cancelling, quote_cancel
from tirage.changes.states import RefundTo, SettleBy
from tirage.cli.doctor import run_checks
from tirage.core import reactions
from tirage.core.actors import system
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import CancelReason, Order
from tirage.orders.operations import apply_change
from tirage.orders.statements import NewCharge
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import ask_for_balance, lock_payments_of, reconcile_payments, settle_result
from tirage.payments.protocol import GatewayResult, Outcome


def cancelled(world: World, order: Order, **how: Any) -> Cancellation:
    facts: dict[str, Any] = {"restock": True, "refund_to": RefundTo.ORIGINAL, "reason": "The customer asked"}
    return cancel_order(order_reference=order.reference, actor=world.staff, now=world.now, **{**facts, **how})


def test_everything_is_shown_before_and_goes_back_after(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    confirm(world, one_more(world, order), customer_actor(world.ben))
    order.refresh_from_db()
    quote = quote_cancel(order, world.now)
    assert (quote.pieces, quote.to_give_back.minor, quote.refused) == (3, 419_04, "")
    assert [amount.minor for _, amount in quote.payments] == [129_60, 289_44]
    done = cancelled(world, order, words="Moved to Oregon")
    assert (done.order.state, done.order.owed_minor, done.order.paid_minor) == ("cancelled", 0, 0)
    assert [refund.amount_minor for refund in done.refunds] == [129_60, 289_44]
    assert charged_in_all() == 0 and world.stock(world.cabernet).sold == 0
    told = Event.objects.get(name="order.cancelled")
    assert told.text == "canceled the order (The customer asked: Moved to Oregon); bottles back in stock"
    assert run_checks(world.now) == []


@pytest.mark.parametrize("restock", [True, False])
@pytest.mark.parametrize("refund_to", [RefundTo.ORIGINAL, RefundTo.CREDIT, None])
def test_bottles_and_money_are_chosen_for_themselves(
    world: World, restock: bool, refund_to: RefundTo | None
) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    done = cancelled(world, order, restock=restock, refund_to=refund_to)
    stock = world.stock(world.cabernet)
    assert (stock.sold, stock.on_hand) == (0, 100 if restock else 98)
    assert done.order.balance_minor == (-289_44 if refund_to is None else 0)
    assert charged_in_all() == (0 if refund_to is RefundTo.ORIGINAL else 289_44)
    credit = Customer.objects.get(pk=world.ben.pk).credit_minor
    assert credit == (289_44 if refund_to is RefundTo.CREDIT else 0) and run_checks(world.now) == []


def test_drafts_and_pay_links_go_with_it(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = one_more(world, order, world.staff)
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK)
    draft_of(world, order, customer_actor(world.ben), add={world.magnum: 1})
    cancelled(world, order)
    assert set(order.drafts.values_list("state", flat=True)) == {"dropped"}
    assert not PayLink.objects.filter(revoked_at=None).exists()
    assert world.stock(world.magnum).held == world.stock(world.cabernet).held == 0
    assert run_checks(world.now) == []


def test_what_was_only_set_aside_is_let_go(world: World) -> None:
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    order = bought(world, world.ben, {"CAB23": 2})
    quote = quote_cancel(order, world.now)
    assert (quote.to_give_back.minor, quote.authorised.minor) == (0, 289_44)
    done = cancelled(world, order)
    assert done.refunds == () and Payment.objects.get().released_at and run_checks(world.now) == []


@pytest.mark.parametrize(
    ("how", "code"),
    [({"reason": "Because"}, "reason_missing"), ({"order_reference": "ORD-NOWHERE2"}, "not_found")],
)
def test_a_refused_cancel_changes_nothing(world: World, how: dict[str, Any], code: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    before = snapshot(order)
    facts = {
        "order_reference": order.reference,
        "restock": True,
        "refund_to": None,
        "reason": "The customer asked",
    }
    assert refusal(lambda: cancel_order(**{**facts, **how}, actor=world.staff, now=world.now)) == code
    assert snapshot(order) == before


@pytest.mark.parametrize("state", ["shipped", "cancelled", "pending", "abandoned"])
def test_only_a_placed_order_is_cancelled(world: World, state: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.update(state=state, shipped_at=world.now)
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order)) == "not_cancellable" and snapshot(order) == before
    order.refresh_from_db()
    assert quote_cancel(order, world.now).refused


def test_not_while_a_change_is_being_paid(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    card = card_that(world, Behaviour.TIMES_OUT_CHARGED)
    confirm(world, one_more(world, order), customer_actor(world.ben), payment_method=card)
    assert quote_cancel(order, world.now).refused
    before = snapshot(order)
    assert refusal(lambda: cancelled(world, order)) == "paying" and snapshot(order) == before


def test_the_winerys_own_reasons_count(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    CancelReason.objects.create(name="Corked batch")
    assert cancelled(world, order, reason="Corked batch").order.changes.get(number=2).reason == "Corked batch"


# Money that is on its way while somebody cancels


def at_the_bank(world: World) -> tuple[Order, Payment]:
    """Ben's order owes 50.00 more, and his bank asks him about them."""
    order = bought(world, world.ben, {"CAB23": 2})
    apply_change(
        order=order,
        lines=[],
        charges=[NewCharge("insurance", 50_00, "Insurance")],
        reason="Forgotten",
        text="added the insurance",
        actor=world.staff,
        now=world.now,
    )
    link = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    attempt = pay_by_link(
        link=link,
        card_reference=card_that(world, Behaviour.AUTHENTICATES_ALWAYS).reference,
        expected_minor=50_00,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    return order, Payment.objects.get(reference=attempt.payment_reference, state="needs_customer")


def test_what_waits_at_the_bank_is_given_up_with_the_order(world: World) -> None:
    order, payment = at_the_bank(world)
    done = cancelled(world, order)
    payment.refresh_from_db()
    assert (payment.state, done.order.balance_minor, charged_in_all()) == ("voided", 0, 0)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    assert charged_in_all() == 0 and run_checks(world.now) == []


def test_money_that_comes_after_all_goes_back_and_nobody_is_thanked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment = at_the_bank(world)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    thanked: list[Any] = []
    table = {**reactions._subscriptions(), "money.collected": [lambda **facts: thanked.append(facts)]}
    monkeypatch.setattr(reactions, "_subscriptions", lambda: table)
    cancelled(world, order)
    refund = Payment.objects.get(parent=payment)
    assert refund.note == "It came when it was not owed any more"
    reconcile_payments(now=world.now + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.balance_minor == 0 == charged_in_all() and thanked == []
    assert run_checks(world.now) == []


def test_money_that_came_between_two_locks_is_looked_at_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Payments are locked before the order: what settles in between would stay with us unseen."""
    order, payment = at_the_bank(world)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)

    def settles_meanwhile(order_id: int) -> list[Payment]:
        locked = lock_payments_of(order_id)
        yes = GatewayResult(Outcome.SETTLED, payment.gateway_reference)
        settle_result(payment_id=payment.pk, result=yes, actor=system(), now=world.now)
        return locked

    monkeypatch.setattr(cancelling, "lock_payments_of", settles_meanwhile)
    assert refusal(lambda: cancelled(world, order)) == "money_moving"
    assert Order.objects.get().state == "placed"
