"""Many new cards at the same moment, from several processes, on PostgreSQL with real threads; with its control."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from tests.concurrency.crowd import gather, rush
from tirage.core import tries
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.models import Try

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 8
CUSTOMER = "CUS-22222222"


@pytest.fixture(autouse=True)
def _nearly_there() -> None:
    """Of ten new cards seven have been tried."""
    now = read_clock()
    for _ in range(7):
        Try.objects.create(kind="card", outcome="passed", customer_reference=CUSTOMER, at=now)


def test_no_more_than_the_limit_pass_at_once() -> None:
    act = partial(tries.begin_card, customer_reference=CUSTOMER, network="203.0.113.7", now=read_clock())
    results = rush([act] * CROWD)
    assert all(isinstance(one, Conflict) for one in results.refusals), results.refusals
    assert len(results.answers) <= 3
    assert Try.objects.filter(outcome="held").count() == len(results.refusals)


def test_control_counted_before_they_are_written_all_pass() -> None:
    """Each is written in a transaction that nobody else sees while it counts."""
    meet = gather(CROWD)

    def unseen() -> int:
        with transaction.atomic():
            begun = tries.begin_card(customer_reference=CUSTOMER, network="203.0.113.7", now=read_clock())
            meet()
            return begun

    assert len(rush([unseen] * CROWD).answers) == CROWD
