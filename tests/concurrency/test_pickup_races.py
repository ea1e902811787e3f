"""Wine that wasn't picked up is sent once: two workers, a customer who comes in that moment, and a worker that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import gather, rush
from tests.concurrency.dying_pickup import STEPS
from tests.concurrency.test_kills import database_url
from tests.rooms.fulfilment.test_pickups import pickup_order, ready
from tests.world import World, build_world
from tirage.changes import sending_instead
from tirage.changes.models import ChangeDraft
from tirage.changes.sending_instead import STALE, send_instead, send_unfetched
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.operations import continue_shipping, draft_shipping, ship_order, start_shipping
from tirage.orders.models import Order
from tirage.payments.operations import reconcile_payments

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DAYS, AGO = 21, timedelta(days=23)


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def order(shared: World) -> Order:
    """Ben's, ready, with its time over by now."""
    found = pickup_order(shared, send_after_days=DAYS)
    ready(shared, found)
    Pickup.objects.update(ready_at=shared.now - AGO, send_on=(shared.now - timedelta(days=2)).date())
    return found


@pytest.mark.parametrize("turn", range(3))
def test_who_comes_while_it_is_sent_has_one_of_the_two(shared: World, order: Order, turn: int) -> None:
    hand_over = partial(
        ship_order,
        order_reference=order.reference,
        way=shared.pickup.reference,
        actor=shared.staff,
        now=shared.now,
    )
    results = rush([hand_over, partial(send_instead, order_id=order.pk, now=shared.now)])
    assert all(isinstance(one, DomainError) for one in results.refusals)
    order.refresh_from_db()
    was = (order.state, order.method_id)
    assert was in {("shipped", shared.pickup.pk), ("placed", shared.ground.pk)}
    assert order.owed_minor == order.paid_minor == charged_in_all() and run_checks(shared.now) == []


@pytest.mark.parametrize("turn", range(3))
def test_a_run_of_many_and_the_program_have_one_of_the_two(shared: World, order: Order, turn: int) -> None:
    run = draft_shipping(order_ids=[order.pk], actor=shared.staff, now=shared.now)
    start_shipping(run=run, tell_customers=False, actor=shared.staff, now=shared.now)
    ship = partial(continue_shipping, run=run, limit=5, actor=shared.staff, now=shared.now)
    rush([ship, partial(send_instead, order_id=order.pk, now=shared.now)])
    order.refresh_from_db()
    was = (run.rows.get().outcome, order.state, order.method_id)
    assert was in {("shipped", "shipped", shared.pickup.pk), ("refused", "placed", shared.ground.pk)}
    assert order.owed_minor == order.paid_minor == charged_in_all() and run_checks(shared.now) == []


def two_workers(world: World, order: Order) -> int:
    """Both send it at once; how many changes were prepared."""
    rush([partial(send_instead, order_id=order.pk, now=world.now)] * 2)
    return ChangeDraft.objects.filter(order=order).count()


def test_two_workers_send_it_once(shared: World, order: Order) -> None:
    assert two_workers(shared, order) == 1
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == charged_in_all() and Pickup.objects.get().state == "sent"


def test_control_without_the_lock_both_prepare_it(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, draft = gather(2), sending_instead._draft

    def together(*arguments: object) -> object:
        meet()
        return draft(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sending_instead, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(sending_instead, "_draft", together)
    assert two_workers(shared, order) == 2


def killed_at(step: str, now: datetime) -> None:
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    command = [sys.executable, "-m", "tests.concurrency.dying_pickup", step, now.isoformat()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_sends_it_once_or_asks_somebody(shared: World, order: Order, step: str) -> None:
    killed_at(step, shared.now)
    for later in (timedelta(seconds=40), timedelta(minutes=3), STALE, 2 * STALE, 3 * STALE):
        reconcile_payments(now=read_clock() + later)
        send_unfetched(now=read_clock() + later)
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == charged_in_all() and run_checks(read_clock()) == []
    if step == "agreed":
        # The bank was never asked: whether it would have paid nobody knows, so a person decides.
        assert Pickup.objects.get().state == "stuck" and "came to nothing" in order.attention
    else:
        assert Pickup.objects.get().state == "sent" and order.method_id == shared.ground.pk
