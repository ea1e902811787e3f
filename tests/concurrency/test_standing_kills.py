"""SIGKILL of two workers at random points of a standing run: everybody's order is placed and charged once."""

from __future__ import annotations

import os
import random
import signal
from functools import partial

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import invite
from tests.concurrency.test_grant_kills import dying_at, in_a_child, in_children
from tests.concurrency.test_kills import after_restart
from tests.rooms.standing.standing import agreed, announced, offered
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.inventory.models import Hold
from tirage.inventory.operations import move_stock
from tirage.inventory.states import MovementReason
from tirage.orders.models import Order, OrderLine
from tirage.standing import acting
from tirage.standing.acting import work_next
from tirage.standing.keeping import look_after_standing_orders
from tirage.standing.models import StandingLine, StandingRun
from tirage.standing.running import start_run
from tirage.standing.states import Amount

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, KILLS = 12, 14
SEED = os.environ.get("TIRAGE_SEED", "standing")


@pytest.fixture
def run(transactional_db: None) -> StandingRun:
    """Twelve standing orders of three bottles each, begun."""
    world = build_world(read_clock())
    offered(world)
    _fill(world)
    for person in invite(world, PEOPLE):
        agreed(world, person, Amount.CAPPED, 3)
    return start_run(run=announced(world), actor=world.staff, now=world.now, queue=False)


def _fill(world: World) -> None:
    for sku in (world.cabernet, world.magnum):
        move_stock(
            sku_id=sku.pk, quantity=100, reason=MovementReason.RECEIVED, actor=world.staff, now=world.now
        )


def work(reference: str) -> None:
    run = StandingRun.objects.select_related("release").get(reference=reference)
    while run.state == "running":
        work_next(run=run, limit=3, now=read_clock())


def outcomes() -> set[str]:
    return set(StandingLine.objects.values_list("outcome", flat=True))


def test_killed_at_random_points_everybody_is_ordered_for_and_charged_once(run: StandingRun) -> None:
    chance, killed = random.Random(SEED), 0
    print(f"TIRAGE_SEED={SEED}")
    while killed < KILLS:
        workers = [dying_at(chance.randint(1, 60), partial(work, run.reference)) for _ in range(2)]
        died = in_children(*workers).count(signal.SIGKILL)
        killed += died
        if died:
            after_restart()
        run.refresh_from_db()
        if run.state == "finished":
            break
    assert killed > 3
    work(run.reference)
    after_restart()
    look_after_standing_orders(now=read_clock())
    assert outcomes() == {"ordered"}
    orders = Order.objects.filter(state="placed")
    assert orders.count() == Order.objects.count() == PEOPLE
    assert sum(OrderLine.objects.values_list("quantity", flat=True)) == 3 * PEOPLE
    assert all(order.balance_minor == 0 for order in orders)
    assert charged_in_all() == sum(order.owed_minor for order in orders)
    assert Hold.objects.count() == 0 and run_checks(read_clock()) == []


def test_control_without_going_on_with_what_was_ordered_it_is_never_charged(
    run: StandingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*ignored: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(acting, "_charge", die)
        assert in_a_child(lambda: work(run.reference)) == signal.SIGKILL
    monkeypatch.setattr(acting, "_UNASKED", acting._HELD)
    after_restart()
    work(run.reference)
    look_after_standing_orders(now=read_clock())
    assert outcomes() == {"ordered", "ordering"}
    assert Order.objects.filter(balance_minor__gt=0).count() == 1, "asked by nobody any more"
