"""SIGKILL between any two steps of a change: it is made or it isn't, and nobody pays twice or loses money."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.bank import charged_in_all
from tests.concurrency.dying_change import LESS, MORE
from tests.concurrency.test_kills import after_restart, database_url
from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, key_of, pieces_on
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import retry_draft
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import reconciling

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
#: Steps from which on the change is agreed on for good.
AGREED = MORE[MORE.index("agreed") :]
#: Steps from which on the bank has the money.
PAID = MORE[MORE.index("bank_asked") :]
#: Steps from which on the smaller order is written for good, and the bank has given back.
WRITTEN, GIVEN = LESS[LESS.index("refund_agreed") :], LESS[LESS.index("refund_asked") :]
BEFORE, MORE_OWED, LESS_OWED = 289_44, 289_44 + 129_60, 159_84


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def killed_at(step: str, draft: ChangeDraft) -> None:
    """Confirms the draft in a process of its own until it is killed at the step."""
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    command = [sys.executable, "-m", "tests.concurrency.dying_change", step, draft.reference]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def ben_adds(world: World) -> tuple[Order, ChangeDraft]:
    """One Cabernet more: 129.60."""
    order = bought(world, world.ben, {"CAB23": 2})
    return order, draft_of(world, order, customer_actor(world.ben), add={world.cabernet: 1})


def ben_takes_off(world: World) -> tuple[Order, ChangeDraft]:
    """One Cabernet less: 129.60 back."""
    order = bought(world, world.ben, {"CAB23": 2})
    pieces = {key_of(order, world.cabernet): 1}
    return order, draft_of(world, order, customer_actor(world.ben), pieces=pieces)


@pytest.mark.parametrize("step", MORE)
def test_a_kill_makes_the_change_or_leaves_the_order(shared: World, step: str) -> None:
    order, draft = ben_adds(shared)
    killed_at(step, draft)
    assert charged_in_all() == (MORE_OWED if step in PAID else BEFORE)
    after_restart()
    order.refresh_from_db()
    draft.refresh_from_db()
    owed = MORE_OWED if step in PAID else BEFORE
    assert order.owed_minor == order.paid_minor == charged_in_all() == owed
    assert pieces_on(order) == {"CAB23": 3 if step in PAID else 2}
    assert draft.state == ("applied" if step in PAID else "waiting" if step in AGREED else "open")
    assert run_checks(read_clock()) == []


@pytest.mark.parametrize("step", [step for step in MORE if step not in PAID])
def test_the_change_is_made_after_the_crash(shared: World, step: str) -> None:
    order, draft = ben_adds(shared)
    killed_at(step, draft)
    after_restart()
    now, ben = read_clock() + timedelta(minutes=5), customer_actor(shared.ben)
    if step in AGREED:
        done = retry_draft(draft_reference=draft.reference, actor=ben, now=now)
    else:
        done = confirm(shared, draft, ben, now)
    assert done.status == "applied" and charged_in_all() == MORE_OWED
    assert pieces_on(order) == {"CAB23": 3} and run_checks(read_clock()) == []


@pytest.mark.parametrize("step", LESS)
def test_a_kill_gives_back_once_or_changes_nothing(shared: World, step: str) -> None:
    order, draft = ben_takes_off(shared)
    killed_at(step, draft)
    assert charged_in_all() == (LESS_OWED if step in GIVEN else BEFORE)
    assert run_checks(read_clock()) == []
    after_restart()
    order.refresh_from_db()
    assert (
        order.owed_minor == order.paid_minor == charged_in_all() == (LESS_OWED if step in WRITTEN else BEFORE)
    )
    assert shared.stock(shared.cabernet).sold == (1 if step in WRITTEN else 2)
    assert Payment.objects.filter(kind="refund").count() == (1 if step in WRITTEN else 0)
    assert run_checks(read_clock()) == []


def test_control_without_the_reconciler_a_paid_change_is_never_made(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, draft = ben_adds(shared)
    killed_at("bank_asked", draft)
    monkeypatch.setattr(reconciling, "reconcile_payment", lambda **ignored: None)
    after_restart()
    draft.refresh_from_db()
    assert charged_in_all() == MORE_OWED and draft.state == "paying" and pieces_on(order) == {"CAB23": 2}


def test_control_without_asking_again_a_refund_is_never_given(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, draft = ben_takes_off(shared)
    killed_at("refund_agreed", draft)
    monkeypatch.setattr(reconciling, "send_again", lambda *ignored: None)
    after_restart()
    order.refresh_from_db()
    assert order.balance_minor == -129_60 and charged_in_all() == BEFORE
