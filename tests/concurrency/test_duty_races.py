"""Two people write down one duty at once, on PostgreSQL with real threads: it is asked once, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from tests.concurrency.crowd import Results, gather, rush
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.taxes.duties import operations
from tirage.taxes.duties.models import Duty
from tirage.taxes.duties.operations import DutyValues, save_duty
from tirage.taxes.duties.rules import DutyPer

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

FIRST = DutyValues("GB", "", "Alcohol duty", DutyPer.ALCOHOL, Decimal("30.62"), "GBP", date(2026, 2, 1))


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def race(world: World) -> Results:
    """Both mean the same duty, from different days on: the columns alone would take both."""
    later = replace(FIRST, first_day=date(2026, 3, 1))
    save = partial(save_duty, actor=world.staff, now=world.now)
    return rush([partial(save, values=FIRST), partial(save, values=later)])


def test_one_of_two_is_refused(shared: World) -> None:
    results = race(shared)
    assert Duty.objects.count() == 1
    assert [type(refusal) for refusal in results.refusals] == [DomainError]


def test_control_without_the_lock_both_are_there(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = operations._overlapping
    meet = gather(2)

    def look_and_meet(values: DutyValues, own: int | None) -> Duty | None:
        found = looks(values, own)
        meet()
        return found

    monkeypatch.setattr(operations, "_overlapping", look_and_meet)
    monkeypatch.setattr(operations, "_lock", lambda: None)
    race(shared)
    assert Duty.objects.count() == 2
