"""SIGKILL of two workers at random points of a cut: everybody loses what was said, and is paid for it once."""

from __future__ import annotations

import os
import random
import signal

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import invite
from tests.concurrency.test_grant_kills import dying_at, in_children
from tests.concurrency.test_kills import after_restart
from tests.rooms.checkout.journey import hold
from tests.rooms.futures import campaign as early
from tests.rooms.futures.cut import SOON, planned
from tests.world import build_world
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.futures import keeping
from tirage.futures.cutting import running
from tirage.futures.cutting.running import continue_cut, watch_cuts
from tirage.futures.models import Cut, CutLine, Lot
from tirage.orders.models import Order, OrderLine

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, KILLS = 8, 12
SEED = os.environ.get("TIRAGE_SEED", "cuts")


@pytest.fixture
def cut(transactional_db: None) -> Cut:
    """Eight have six each of a lot that brings half."""
    world = build_world(read_clock())
    futures = early.begin(world, expected=PEOPLE * 6)
    for person in invite(world, PEOPLE):
        hold(person, {early.CODE: 6}, world.now)
        place_order(**early.form_of(futures, person, world.now))
    made = planned(futures, PEOPLE * 3)
    watch_cuts(now=world.now + SOON)
    return made


def work() -> None:
    cut = Cut.objects.select_related("lot").get()
    while continue_cut(cut=cut, limit=3, now=read_clock()):
        pass


def has_each() -> set[int]:
    lines = OrderLine.objects.values_list("order_id", "quantity")
    return {sum(pieces for own, pieces in lines if own == pk) for pk, _ in lines}


def test_killed_at_random_points_everybody_is_cut_once(cut: Cut) -> None:
    chance, killed = random.Random(SEED), 0
    print(f"TIRAGE_SEED={SEED}")
    for _ in range(40):
        died = in_children(*[dying_at(chance.randint(1, 90), work) for _ in range(2)]).count(signal.SIGKILL)
        killed += died
        if died:
            after_restart()
        if killed >= KILLS or not CutLine.objects.filter(change__isnull=True).exists():
            break
    assert killed > 3
    for _ in range(2):
        work()
        after_restart()
    cut.refresh_from_db()
    assert cut.state == "finished" and has_each() == {3}
    assert charged_in_all() == PEOPLE * 3 * 100_00
    assert set(Order.objects.values_list("balance_minor", flat=True)) == {0}
    assert Lot.objects.get().expected == PEOPLE * 3 and run_checks(read_clock()) == []


def test_control_without_its_note_in_the_ledgers_transaction_some_are_cut_twice(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is changed in one step and written down in another is changed again by whoever comes next."""

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "_note_cut", lambda *_: None)
        patched.setattr(keeping, "_refuse_moved_on", lambda *_: None)
        patched.setattr(running, "still_to_lose", lambda line, has: min(line.loses, has))
        work()
        assert CutLine.objects.filter(change__isnull=True).count() == PEOPLE
        work()
    assert has_each() == {0}
