"""Guesses at the same moment, on PostgreSQL with real threads: each counts, however many come at once."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import Results, rush
from tests.world import World, build_world
from tirage.core import waits
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import WrongTries
from tirage.core.waits import ELSEWHERE, Door, TooSoon, Try, begin_try, forget_tries
from tirage.customers.sign_in import request_sign_in, sign_in_with_code

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 12
#: How many are looked at before the first one has to wait.
FREE = 3


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


def guess(world: World, now: datetime) -> Any:
    return sign_in_with_code(email="ana@example.com", code="no code", actor=world.staff, now=now)


def guess_at_once(world: World) -> Results:
    now = read_clock()
    request_sign_in(email="ana@example.com", next_path="", ip="", actor=world.staff, now=now)
    return rush([partial(guess, world, now)] * CROWD)


def looked_at(results: Results) -> int:
    """Guesses that were compared with a code; every other was told to wait."""
    codes = [one.code for one in results.refusals if isinstance(one, DomainError)]
    assert len(codes) == CROWD, results.refusals
    return codes.count("code_wrong")


def test_as_many_are_looked_at_as_one_after_the_other(world: World) -> None:
    assert looked_at(guess_at_once(world)) == FREE
    assert WrongTries.objects.get().wrong == FREE


def test_control_without_the_lock_all_of_them_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be if wrong ones were counted after they were looked at."""

    def unlocked(*, door: Door, account: str, device: str, now: datetime) -> Try:
        row = WrongTries.objects.filter(account=account).first()
        if row is not None and row.free_at > now:
            raise TooSoon(door, row.free_at - now)
        return Try(door, account, device, now)

    monkeypatch.setattr("tirage.customers.sign_in.begin_try", unlocked)
    assert looked_at(guess_at_once(world)) == CROWD > FREE


def test_a_right_one_that_forgets_meanwhile_breaks_nobodys_try(world: World) -> None:
    now = read_clock()

    def right() -> None:
        for _ in range(10):
            try:
                forget_tries(begin_try(door=Door.STAFF_CODE, account="a@x.com", device=ELSEWHERE, now=now))
            except waits.TooSoon:
                return

    assert rush([right] * 6).refusals == []
