"""SIGKILL of the worker at random points of giving bottles to chosen customers, and of taking them back: everybody is
given once, mailed once, and what is taken back is gone once."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from functools import partial

import pytest

from tests.concurrency.crowd import invite
from tests.concurrency.test_grant_kills import dying_at, in_a_child
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core import bulk
from tirage.core.bulk import continue_run, draft_run
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.customers.models import Customer
from tirage.notifications.models import SentMail
from tirage.offers.models import CustomAllowance
from tirage.wishes.reallocation import giving
from tirage.wishes.reallocation.giving import give_one_of_many, start_giving, start_taking_back
from tirage.wishes.reallocation.models import Gift, Reallocation
from tirage.wishes.reallocation.statements import gifts_waiting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, PIECES, KILLS = 12, 2, 25
SEED = os.environ.get("TIRAGE_SEED", "giving")


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def guests(shared: World) -> list[Customer]:
    return invite(shared, PEOPLE)


def begun(world: World, guests: list[Customer]) -> Reallocation:
    """Two Cabernets more for each of Estate's guests, who may take three."""
    keys = [guest.reference for guest in guests]
    return start_giving(
        run=draft_run(kind=giving.GIVE, keys=keys, actor=world.staff, now=world.now),
        release=world.release,
        sku=world.cabernet,
        pieces=PIECES,
        tells=True,
        words="",
        actor=world.staff,
        now=world.now,
    )


def work(reference: str) -> None:
    run = BulkRun.objects.get(reference=reference)
    while run.state == "running":
        run = continue_run(run=run, limit=3, now=read_clock())


def killed_again_and_again(chance: random.Random, kills: int) -> int:
    """The latest run worked through by workers that die; how many did, before one came to its end."""
    run, killed = BulkRun.objects.latest("pk"), 0
    while killed < kills:
        if in_a_child(dying_at(chance.randint(1, 60), partial(work, run.reference))) != signal.SIGKILL:
            break
        killed += 1
    work(run.reference)
    assert BulkRun.objects.get(pk=run.pk).state == "finished"
    return killed


def maximums() -> list[int]:
    return list(CustomAllowance.objects.order_by("pk").values_list("purchase_maximum", flat=True))


def test_killed_at_random_points_each_is_given_once_and_taken_back_once(
    shared: World, guests: list[Customer]
) -> None:
    print(f"TIRAGE_SEED={SEED}")
    chance, made = random.Random(SEED), begun(shared, guests)
    assert killed_again_and_again(chance, KILLS) > 3
    assert set(BulkRun.objects.latest("pk").rows.values_list("outcome", flat=True)) == {"done"}
    assert maximums() == [3 + PIECES] * PEOPLE
    assert sum(Gift.objects.values_list("pieces", flat=True)) == PIECES * PEOPLE
    assert gifts_waiting([shared.cabernet.pk], read_clock()) == {shared.cabernet.pk: PIECES * PEOPLE}
    told = SentMail.objects.filter(kind="bottles_given").values_list("customer", flat=True)
    assert sorted(told) == sorted(guest.pk for guest in guests)
    assert run_checks(read_clock()) == []
    start_taking_back(reallocation=made, actor=shared.staff, now=read_clock())
    assert killed_again_and_again(chance, KILLS) > 3
    made.refresh_from_db()
    assert made.undone_at and maximums() == [] and not Gift.objects.filter(taken_back_at=None).exists()
    assert run_checks(read_clock()) == []


def test_control_without_one_transaction_somebody_counts_as_given_and_has_nothing(
    shared: World, guests: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**facts: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    begun(shared, guests)
    bare: Callable[..., None] = vars(give_one_of_many)["__wrapped__"]
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_act", lambda kind: bare)
        patched.setattr(giving, "lock_row", lambda rows: rows.first())
        patched.setattr(giving, "lock_rows", list)
        patched.setattr(giving, "save_custom_allowance", die)
        assert in_a_child(partial(work, BulkRun.objects.latest("pk").reference)) == signal.SIGKILL
    killed_again_and_again(random.Random(SEED), 0)
    assert sum(Gift.objects.values_list("pieces", flat=True)) == PIECES * PEOPLE
    assert maximums() == [3 + PIECES] * (PEOPLE - 1)
