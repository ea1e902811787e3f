"""A process killed in the middle of writing orders leaves whole portions, and the run goes on behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.killing import killed
from tests.rooms.moving.journey import bring, table
from tests.rooms.moving.test_cards import kept_elsewhere, row
from tests.rooms.moving.test_things import bring as bring_things
from tests.world import build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.moving.card_runs import SAID, begin_cards
from tirage.moving.models import MovedOrder, MoveRun
from tirage.moving.running import begin_move, go_on, sweep_stopped_moves
from tirage.moving.states import MoveAct
from tirage.moving.tasks import go_on_with_move
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

#: Writes two portions, says so in the middle of the third, and waits to be killed with its transaction open.
VICTIM = """
import sys, threading
import django
django.setup()
from tirage.core.clock import read_clock
from tirage.moving import portions, running
from tirage.moving.models import MoveRun
write, times = portions.write, []
def slowly(*facts):
    write(*facts)
    times.append(1)
    if len(times) == 3:
        print("half way", flush=True)
        threading.Event().wait()
portions.write, running.PORTION = slowly, 10
running.go_on(run=MoveRun.objects.get(reference=sys.argv[1]), clock=read_clock)
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_run_goes_on_where_it_stood() -> None:
    world = build_world(read_clock())
    line = {
        "Ordered on": "2019-10-01",
        "Sku": "OLD16",
        "Wine": "Old 2016",
        "Pieces": 2,
        "Price of one": "50.00",
    }
    orders = [line | {"Order number": 100 + n, "E-mail": f"p{n % 7}@example.org"} for n in range(60)]
    bring(world, table(orders))
    run = begin_move(act=MoveAct.BRING_IN, queue=False, actor=world.staff, now=read_clock())
    killed(VICTIM, run.reference)
    assert Order.objects.filter(channel="history").count() == 20
    assert sweep_stopped_moves(now=read_clock() + timedelta(minutes=2)) == 1
    go_on(run=MoveRun.objects.get(), clock=read_clock)
    assert Order.objects.filter(channel="history").count() == MoveRun.objects.get().counts["new"] == 60
    assert MovedOrder.objects.filter(is_waiting=False).count() == 60
    assert run_checks(read_clock()) == []


#: Keeps two cards, and is killed as the processor has just answered for the third.
ASKER = """
import sys, threading
import django
django.setup()
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.moving import card_runs
from tirage.moving.models import MoveRun
ask, times = TestGateway.take_over, []
def slowly(self, **facts):
    card = ask(self, **facts)
    times.append(1)
    if len(times) == 3:
        print("half way", flush=True)
        threading.Event().wait()
    return card
TestGateway.take_over = slowly
card_runs.ask_for_cards(MoveRun.objects.get(reference=sys.argv[1]), clock=read_clock)
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_killed_while_it_asks_for_cards_it_goes_on_with_the_next() -> None:
    world = build_world(read_clock())
    people = [world.ana, world.ben, world.clara, world.dora]
    rows = [
        row(one.email, kept_elsewhere(world, f"tok_former{n}", f"cus_{n}"), f"cus_{n}")
        for n, one in enumerate(people)
    ]
    bring_things(world, "cards", rows)
    run = begin_cards(queue=False, actor=world.staff, now=read_clock())
    killed(ASKER, run.reference)
    moved = PaymentMethod.objects.filter(said=SAID)
    assert moved.count() == MoveRun.objects.get().done == 2
    assert sweep_stopped_moves(now=read_clock() + timedelta(minutes=2)) == 1
    go_on_with_move.call(run.reference)
    assert moved.count() == 4 and MoveRun.objects.get().counts == {"new": 4}
    assert run_checks(read_clock()) == []
