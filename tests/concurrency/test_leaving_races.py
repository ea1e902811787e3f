"""Bottles en primeur and their whole order are given back at the same moment: the fee is for each bottle once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import rush
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.rooms.futures.test_leaving import confirmed, less
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import cancel_order, cancelling
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.offers.states import PlanKind
from tirage.orders.models import CancelReason, Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    """Ben's twelve bottles, paid, with an eighth of their price kept where they are given back."""
    world: World = build_world(read_clock())
    futures = begin(world)
    plan(futures, PlanKind.NOW, cancel_fee_bp=1250, deposit_bp=10_000)
    order_of(buy(futures, world.ben, 12))
    CancelReason.objects.create(name="Customer asked")
    Winery.objects.update(customers_change_orders=True)
    forget_winery()
    return futures


def half(futures: Futures) -> ChangeDraft:
    world, ben = futures.world, customer_actor(futures.world.ben)
    return less(world, futures, Order.objects.get(), 6, world.now, ben)


def cancel(futures: Futures) -> Any:
    return partial(
        cancel_order,
        order_reference=Order.objects.get().reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="Customer asked",
        actor=futures.world.staff,
        now=futures.world.now + timedelta(seconds=1),
    )


@pytest.mark.parametrize("round", range(4))
def test_bottles_and_order_given_back_at_once_cost_the_fee_once(futures: Futures, round: int) -> None:
    ben, now = customer_actor(futures.world.ben), futures.world.now
    rush([partial(confirmed, half(futures), now, ben), cancel(futures)])
    order = Order.objects.get()
    if order.state == "placed":
        # The refund of the bottles was under way: the order waits, and goes in a second try.
        cancel(futures)()
        order.refresh_from_db()
    assert (order.state, order.owed_minor, order.paid_minor) == ("cancelled", 150_00, 150_00)
    assert run_checks(read_clock()) == []


def test_control_reckoned_before_the_lock_bottles_cost_it_twice(
    futures: Futures, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, now = Order.objects.select_related("customer").get(), futures.world.now
    confirmed(half(futures), now, customer_actor(futures.world.ben))
    monkeypatch.setattr(cancelling, "lock_order", lambda reference: before)
    cancel(futures)()
    assert Order.objects.get().owed_minor == 225_00
