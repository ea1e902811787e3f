"""SIGKILL between any two steps of asking and telling: no order is lost, none ships unjudged, and each counts once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.compliance.serving import PASSWORD, USER
from tests.compliance.sovos import ShipCompliantThere, connected
from tests.concurrency.dying_compliance import ASKING, TELLING
from tests.concurrency.test_kills import database_url
from tests.rooms.compliance.journey import bought, history, latest, passed
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.compliance import asking
from tirage.compliance.asking import HOLD, ask_about, look_after_compliance, tell_of
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.fulfilment.operations import ship_order
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def there(shared: World, settings: Any) -> Iterator[ShipCompliantThere]:
    with connected(ShipCompliantThere(), settings) as one:
        yield one


@pytest.fixture
def order(shared: World, there: ShipCompliantThere) -> Order:
    return bought(shared)


def killed_at(act: str, step: str, order: Order, address: str) -> None:
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
        "TIRAGE_COMPLIANCE_SERVICE": "sovos",
        "TIRAGE_SOVOS_USER": USER,
        "TIRAGE_SOVOS_PASSWORD": PASSWORD,
        "TIRAGE_SOVOS_BRAND": "ridge-house",
    }
    command = [
        sys.executable,
        "-m",
        "tests.concurrency.dying_compliance",
        act,
        step,
        order.reference,
        address,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    order.refresh_from_db()


def ships(world: World, order: Order) -> bool:
    try:
        ship_order(order_reference=order.reference, actor=world.staff, now=read_clock())
    except DomainError as refused:
        return refused.code != "awaits_compliance"
    return True


def after_restart(order: Order) -> datetime:
    """The schedule comes, and the worker after it, when whoever died has had its time."""
    later = read_clock() + HOLD
    look_after_compliance(now=later)
    ask_about(order_reference=order.reference, clock=lambda: later)
    order.refresh_from_db()
    return later


@pytest.mark.parametrize("step", ASKING)
def test_a_kill_while_asking_loses_nothing_and_nothing_ships_unjudged(
    shared: World, there: ShipCompliantThere, order: Order, settings: Any, step: str
) -> None:
    killed_at("ask", step, order, settings.TIRAGE_SOVOS_API_BASE)
    assert order.state == "placed" and order.awaits_compliance == (step != "everything_committed")
    if order.awaits_compliance:
        assert not ships(shared, order)
    after_restart(order)
    assert not order.awaits_compliance and history(order) == [(1, "passed")]
    assert Event.objects.filter(name="compliance.passed").count() == 1
    assert ships(shared, order) and run_checks(read_clock()) == []


def test_control_without_its_time_a_question_that_died_is_never_asked_again(
    shared: World, there: ShipCompliantThere, order: Order, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at("ask", "question_committed", order, settings.TIRAGE_SOVOS_API_BASE)
    monkeypatch.setattr(asking, "ask_about", None)
    order.compliance_checks.update(retry_at=read_clock() + HOLD * 99)
    after_restart(order)
    assert order.awaits_compliance and not ships(shared, order)


@pytest.mark.parametrize("step", TELLING)
def test_a_kill_while_telling_is_told_once_in_the_end(
    shared: World, there: ShipCompliantThere, order: Order, settings: Any, step: str
) -> None:
    passed(order, read_clock())
    assert ships(shared, order)
    killed_at("tell", step, order, settings.TIRAGE_SOVOS_API_BASE)
    later = read_clock() + HOLD
    check = latest(order)
    assert check.state == "committed" and (check.duty == "") == (step == "everything_committed")
    tell_of(check_id=check.pk, clock=lambda: later)
    check.refresh_from_db()
    assert check.duty == "" and there.state_of(order.reference) == "committed"
    assert there.counted(shared.ben.reference) == 2
    assert Event.objects.filter(name="compliance.told").count() == 1
