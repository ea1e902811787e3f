"""SIGKILL between any two steps of a checkout: nothing is lost, nobody charged twice, stock and money agree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection

from tests.bank import charged_in_all
from tests.concurrency.dying_checkout import STEPS
from tests.concurrency.test_release_races import check_out, take
from tests.world import World, build_world
from tirage.checkout.models import Cart
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payments
from tirage.payments.operations import reconciling as payment_operations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
#: Steps from which on the bank has the money.
PAID = STEPS[STEPS.index("bank_asked") :]
#: Steps from which on the order is written for good.
WRITTEN = STEPS[STEPS.index("order_committed") :]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def database_url() -> str:
    """The test database's own address, for another process."""
    facts = connection.settings_dict
    host = quote(facts["HOST"], safe="")
    who = quote(facts["USER"], safe="") + (
        f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else ""
    )
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgresql://{who}@localhost{port}/{facts['NAME']}?host={host}"


def killed_at(step: str, world: World) -> None:
    """Runs Ben's checkout in a process of its own until it is killed at the step."""
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    command = [sys.executable, "-m", "tests.concurrency.dying_checkout", step, str(world.ben.pk)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def after_restart() -> None:
    """The worker comes back and looks at what was left open, twice, now and when late answers can't come any more."""
    for later in (timedelta(seconds=40), timedelta(minutes=3), timedelta(minutes=4)):
        reconcile_payments(now=read_clock() + later)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_loses_nothing(shared: World, step: str) -> None:
    killed_at(step, shared)
    assert charged_in_all() == (0 if step not in PAID else Payment.objects.get().amount_minor)
    after_restart()
    orders = list(Order.objects.all())
    assert len(orders) == (1 if step in WRITTEN else 0)
    if step in PAID:
        assert (
            orders[0].state == "placed" and orders[0].paid_minor == orders[0].owed_minor == charged_in_all()
        )
    else:
        assert charged_in_all() == 0 and all(order.state == "abandoned" for order in orders)
    assert run_checks(read_clock()) == []


@pytest.mark.parametrize("step", [step for step in STEPS if step not in PAID])
def test_the_customer_buys_after_the_crash(shared: World, step: str) -> None:
    killed_at(step, shared)
    after_restart()
    item = shared.item(shared.estate_offer, shared.cabernet)
    now = read_clock() + timedelta(minutes=4)
    assert take(shared.ben, item.pk, 3, now) == 3
    assert check_out(shared, shared.ben, now).status == "placed"
    order = Order.objects.get(state="placed")
    assert charged_in_all() == order.paid_minor == order.owed_minor
    assert shared.stock(shared.cabernet).sold == 3 and run_checks(read_clock()) == []


def test_the_customers_own_next_look_finds_the_paid_order(shared: World) -> None:
    killed_at("bank_answered", shared)
    assert Cart.objects.get().pending_order is not None
    after_restart()
    cart = Cart.objects.get()
    assert cart.pending_order is None and cart.attempt == 2 and not cart.lines.exists()


def test_control_without_the_reconciler_a_paid_order_is_never_placed(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at("bank_asked", shared)
    monkeypatch.setattr(payment_operations, "reconcile_payment", lambda **ignored: None)
    after_restart()
    assert charged_in_all() > 0 and Order.objects.get().state == "pending"


def test_control_without_its_key_the_money_is_lost(shared: World) -> None:
    killed_at("bank_asked", shared)
    Payment.objects.update(idempotency_key="PAY-ANOTHER22")
    after_restart()
    assert Order.objects.get().state == "abandoned" and charged_in_all() > 0, (
        "the money is lost without its key"
    )
