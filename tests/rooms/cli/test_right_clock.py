"""A worker whose clock is wrong does nothing, and what one set before isn't believed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from tirage.cli import right_clock
from tirage.cli.jobs import Scheduled, run_due
from tirage.cli.models import ScheduledRun
from tirage.cli.right_clock import clock_difference, require_right_clock
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError

pytestmark = pytest.mark.django_db

HOURLY = Scheduled("hourly", 3600, "tests.rooms.cli.test_right_clock.noted")
ran: list[datetime] = []


def noted(*, now: datetime) -> None:
    ran.append(now)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("wrong", "way"), [(timedelta(days=1), "ahead of"), (timedelta(minutes=-2), "behind")]
)
def test_a_wrong_clock_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: timedelta, way: str) -> None:
    monkeypatch.setattr(right_clock, "read_clock", lambda: read_clock() + wrong)
    with pytest.raises(DomainError, match=way) as refused:
        require_right_clock()
    assert refused.value.code == "wrong_clock"


@pytest.mark.postgres
def test_seconds_are_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(right_clock, "read_clock", lambda: read_clock() + timedelta(seconds=50))
    require_right_clock()


def test_the_same_clock_is_right() -> None:
    require_right_clock()
    if connection.vendor == "sqlite":
        assert clock_difference() == timedelta(0)


def test_a_time_beyond_the_interval_is_not_believed() -> None:
    ran.clear()
    now = read_clock()
    ScheduledRun.objects.create(name="hourly", due_at=now + timedelta(days=1), began_at=now)
    assert run_due([HOURLY], now=now) == ["hourly"]
    assert ran == [now]
    assert ScheduledRun.objects.get(name="hourly").due_at == now + timedelta(hours=1)


def test_a_time_within_it_is() -> None:
    ran.clear()
    now = read_clock()
    ScheduledRun.objects.create(name="hourly", due_at=now + timedelta(minutes=59), began_at=now)
    assert run_due([HOURLY], now=now) == []
    assert ran == []
