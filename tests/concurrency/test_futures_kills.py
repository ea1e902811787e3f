"""SIGKILL of two workers at random points while instalments are due: each is charged once."""

from __future__ import annotations

import os
import random
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import invite
from tests.concurrency.test_grant_kills import dying_at, in_a_child, in_children
from tests.concurrency.test_kills import after_restart
from tests.rooms.checkout.journey import hold
from tests.rooms.futures import campaign as early
from tests.world import build_world
from tirage.changes.collecting import retry_due_collections
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.futures import calling
from tirage.futures.calling import call_instalments
from tirage.futures.models import Instalment
from tirage.offers.operations import CampaignValues, save_campaign
from tirage.offers.states import PlanKind
from tirage.orders.models import Order
from tirage.payments.models import Collection

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, KILLS = 8, 12
SEED = os.environ.get("TIRAGE_SEED", "instalments")


@pytest.fixture
def due(transactional_db: None) -> None:
    """Eight orders of which 30 % are paid and the rest is due now, and was announced."""
    world = build_world(read_clock())
    futures = early.begin(world)
    terms = futures.campaign.terms
    later = ((world.now.date() + timedelta(days=1), 7000),)
    values = CampaignValues(terms, PlanKind.INSTALMENTS, 3000, later)
    save_campaign(release=futures.release, values=values, actor=world.staff, now=world.now)
    for person in invite(world, PEOPLE):
        hold(person, {early.CODE: 1}, world.now)
        place_order(**early.form_of(futures, person, world.now))
    Instalment.objects.update(
        announced_at=world.now - timedelta(days=8), due_on=world.now.date() - timedelta(days=1)
    )


def work() -> None:
    call_instalments(now=read_clock())
    # What a worker that died had claimed is due again after half an hour.
    Collection.objects.filter(state="open").update(next_at=datetime(2020, 1, 1, tzinfo=UTC))
    retry_due_collections(now=read_clock())


def test_killed_at_random_points_each_instalment_is_charged_once(due: None) -> None:
    chance, killed = random.Random(SEED), 0
    print(f"TIRAGE_SEED={SEED}")
    for _ in range(40):
        died = in_children(*[dying_at(chance.randint(1, 50), work) for _ in range(2)]).count(signal.SIGKILL)
        killed += died
        if died:
            after_restart()
        if killed >= KILLS or not Order.objects.filter(balance_minor__gt=0).exists():
            break
    assert killed > 3
    work()
    after_restart()
    work()
    assert charged_in_all() == PEOPLE * 100_00
    assert not Order.objects.exclude(balance_minor=0, later_minor=0).exists()
    assert run_checks(read_clock()) == []


def test_control_without_giving_it_to_be_collected_it_is_charged_never(
    due: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is called and collected in two steps is lost between them."""

    def die(*ignored: object, **also: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(calling, "begin_collecting", die)
        patched.setattr(calling, "lock_row", lambda rows: rows.get())
        patched.setattr(calling, "_call", calling._call.__wrapped__)  # type: ignore[attr-defined]
        assert in_a_child(lambda: call_instalments(now=read_clock())) == signal.SIGKILL
    work()
    assert charged_in_all() < PEOPLE * 100_00
