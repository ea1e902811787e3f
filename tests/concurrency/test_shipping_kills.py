"""SIGKILL between any two steps of shipping and of renewing: money is taken once, and one amount stays set aside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.concurrency.dying_shipping import RENEWING, SHIPPING
from tests.concurrency.test_kills import database_url
from tests.rooms.payments.shipment import held_at_the_bank, set_aside, taken_at_the_bank
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.fulfilment.operations import ship_order
from tirage.inventory.models import Movement
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payments, renew_authorisations
from tirage.payments.operations import reconciling as reconciling_operations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
#: Steps from which on the bank has given the money.
TAKEN = SHIPPING[SHIPPING.index("bank_asked") :]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def order(shared: World) -> Order:
    """Two bottles of Ben's, set aside."""
    return set_aside(shared, shared.ben, {"CAB23": 2}, shared.now)


def killed_at(act: str, step: str, order: Order) -> None:
    """Ships or renews in a process of its own until it is killed at the step."""
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    command = [sys.executable, "-m", "tests.concurrency.dying_shipping", act, step, order.reference]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def after_restart() -> None:
    """The worker comes back and looks at what was left open, now and when late answers can't come any more."""
    for later in (timedelta(seconds=40), timedelta(minutes=3), timedelta(minutes=4)):
        reconcile_payments(now=read_clock() + later)


@pytest.mark.parametrize("step", SHIPPING)
def test_a_kill_loses_nothing(shared: World, order: Order, step: str) -> None:
    killed_at("ship", step, order)
    assert taken_at_the_bank() == (order.owed_minor if step in TAKEN else 0)
    after_restart()
    order.refresh_from_db()
    assert order.paid_minor == taken_at_the_bank()
    assert order.state == ("shipped" if step == "everything_committed" else "placed")
    if order.state == "placed":
        later = read_clock() + timedelta(minutes=5)
        ship_order(order_reference=order.reference, actor=shared.staff, now=later)
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == taken_at_the_bank() and held_at_the_bank() == 0
    assert Movement.objects.filter(reason="shipped").count() == 1
    assert Event.objects.filter(name="order.shipped").count() == 1
    stock = shared.stock(shared.cabernet)
    assert (stock.on_hand, stock.sold) == (98, 0) and run_checks(read_clock()) == []


def test_control_without_the_reconciler_money_that_was_taken_is_never_booked(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at("ship", "bank_asked", order)
    monkeypatch.setattr(reconciling_operations, "reconcile_payment", lambda **ignored: None)
    after_restart()
    order.refresh_from_db()
    assert taken_at_the_bank() == order.owed_minor and order.paid_minor == 0


@pytest.mark.parametrize("step", RENEWING)
def test_a_kill_while_renewing_leaves_one_set_aside(shared: World, order: Order, step: str) -> None:
    now = read_clock()
    Payment.objects.update(settled_at=now - timedelta(days=6), expires_at=now + timedelta(hours=20))
    killed_at("renew", step, order)
    assert held_at_the_bank() >= order.owed_minor, "never without"
    after_restart()
    renew_authorisations(now=read_clock() + timedelta(minutes=5))
    live = Payment.objects.filter(kind="authorise", state="settled", released_at=None)
    assert [one.amount_minor for one in live] == [order.owed_minor] and live[0].parent_id is not None
    assert held_at_the_bank() == order.owed_minor and taken_at_the_bank() == 0
    assert run_checks(read_clock()) == []
