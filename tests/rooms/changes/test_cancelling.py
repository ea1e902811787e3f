"""Cancelling: bottles and money shown, and chosen for themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, snapshot
from tests.rooms.changes.test_confirming import card_that, charged_in_all, one_more
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.changes.operations import Cancelled, cancel_order, quote_cancel
from tirage.changes.states import RefundTo, SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import PayLink, Payment


def cancelled(world: World, order: Order, **how: Any) -> Cancelled:
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
    assert told.text == "cancelled the order (The customer asked: Moved to Oregon); bottles back in stock"
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
