"""SIGKILL between a service's answer and the placing: no order, no money, and the next try is as the first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.compliance.serving import PASSWORD, USER
from tests.compliance.sovos import ShipCompliantThere, connected
from tests.concurrency.dying_taxing import STEPS
from tests.concurrency.test_kills import database_url
from tests.rooms.checkout.journey import hold
from tests.rooms.compliance.test_taxing import FROM, WINES, place, till
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.compliance.models import ComplianceSetup, TaxAnswer
from tirage.core.clock import read_clock
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def there(shared: World, settings: Any) -> Iterator[ShipCompliantThere]:
    with connected(ShipCompliantThere(), settings) as one:
        ComplianceSetup.objects.create(pk=1, checks_orders=False, asks_tax=True, **FROM)
        yield one


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_between_the_answer_and_the_placing_costs_nothing(
    shared: World, there: ShipCompliantThere, settings: Any, step: str
) -> None:
    hold(shared.ben, WINES, read_clock())
    total = till(shared.ben, shared, read_clock()).to_pay.minor
    TaxAnswer.objects.all().delete()
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
        "TIRAGE_COMPLIANCE_SERVICE": "sovos",
        "TIRAGE_SOVOS_USER": USER,
        "TIRAGE_SOVOS_PASSWORD": PASSWORD,
        "TIRAGE_SOVOS_BRAND": "ridge-house",
        "TIRAGE_TEST_TOTAL": str(total),
    }
    address = settings.TIRAGE_SOVOS_API_BASE
    command = [sys.executable, "-m", "tests.concurrency.dying_taxing", step, str(shared.ben.pk), address]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert not Order.objects.exists() and charged_in_all() == 0
    assert TaxAnswer.objects.exists() == (step in ("answer_kept", "order_written"))
    order = place(shared, shared.ben, till(shared.ben, shared, read_clock()), now=read_clock())
    assert order.owed_minor == order.paid_minor == charged_in_all() == total
    assert run_checks(read_clock()) == []
