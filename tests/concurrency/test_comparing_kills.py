"""SIGKILL between any two steps of a comparison and of giving back: found once, given back once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.bank import charged_in_all
from tests.concurrency.dying_comparing import COMPARING, GIVING
from tests.concurrency.test_kills import database_url
from tests.rooms.payments.comparing import compare, stray_charge, the_finding
from tests.world import build_world
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.integrations.test_gateway.models import TestMovement
from tirage.payments.models import Comparison, Finding
from tirage.payments.operations import reconcile_payments
from tirage.payments.operations import reconciling as reconciling_operations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _strays(transactional_db: None) -> None:
    """A charge that no payment tells of."""
    world = build_world(read_clock())
    stray_charge(world.ben_card, 50_00)


def killed_at(act: str, step: str, *more: str) -> None:
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    command = [sys.executable, "-m", "tests.concurrency.dying_comparing", act, step, *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


@pytest.mark.parametrize("step", COMPARING)
def test_a_comparison_goes_on_where_it_was_killed_and_finds_once(step: str) -> None:
    killed_at("compare", step)
    assert compare(read_clock()).pk == Comparison.objects.get().pk
    assert Finding.objects.count() == 1 == Event.objects.filter(name="finding.found").count()
    assert (Comparison.objects.get().found, Comparison.objects.get().listed) == (1, 1)


@pytest.mark.parametrize("step", GIVING)
def test_what_was_decided_goes_back_once(step: str) -> None:
    compare(read_clock())
    killed_at("give", step, the_finding().reference)
    reconcile_payments(now=read_clock() + timedelta(minutes=3))
    reconcile_payments(now=read_clock() + timedelta(minutes=6))
    assert (the_finding().resolution, charged_in_all()) == ("given_back", 0)
    assert TestMovement.objects.count() == 1 == Event.objects.filter(name="finding.closed").count()


def test_control_without_the_worker_it_stays_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    compare(read_clock())
    killed_at("give", "decided", the_finding().reference)
    monkeypatch.setattr(reconciling_operations, "finish_stray_giving", lambda now: 0)
    reconcile_payments(now=read_clock() + timedelta(minutes=3))
    assert (the_finding().state, charged_in_all()) == ("giving", 50_00)
