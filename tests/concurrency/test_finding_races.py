"""One finding and several people at the same moment, on PostgreSQL with real threads; with its control."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import gather, rush
from tests.rooms.payments.comparing import EVER, compare, stray_charge, the_finding
from tests.rooms.payments.owing import owing_order
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.orders.models import Order
from tirage.payments.models import Finding, Payment
from tirage.payments.operations import (
    attach_found,
    begin_comparison,
    continue_comparison,
    give_back_found,
    giving,
    look_into,
    resolving,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, with an order that owes 50 and a charge of 50 that no payment tells of."""
    world = build_world(read_clock())
    order = owing_order(world, world.ben, world.now)
    stray_charge(world.ben_card, 50_00, order=order.reference)
    compare(read_clock())
    return world


def everybody(world: World) -> list[Any]:
    """Two attach it, two give it back, one says that it is all right."""
    facts: dict[str, Any] = {
        "finding_reference": the_finding().reference,
        "actor": world.staff,
        "now": read_clock(),
    }
    attach = partial(attach_found, order_reference=Order.objects.get().reference, **facts)
    back = partial(give_back_found, reason="A race", **facts)
    return [attach, attach, back, back, partial(look_into, reason="A race", **facts)]


def test_one_of_them_does_it(shared: World) -> None:
    before = charged_in_all()
    results = rush(everybody(shared))
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    assert len(results.answers) == 1 and the_finding().state == "closed"
    went_back, attached = before - charged_in_all(), Payment.objects.filter(reference="PAY-QQQQQQQQ").count()
    assert (went_back, attached) in {(50_00, 0), (0, 1), (0, 0)}
    assert run_checks(read_clock()) == []
    assert Event.objects.filter(name="finding.closed").count() == 1


def test_control_without_the_findings_lock_it_is_attached_and_given_back(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have read it before anybody writes."""
    meet = gather(2)

    def unlocked(reference: str) -> Finding:
        found = Finding.objects.get(reference=reference)
        meet()
        return found

    monkeypatch.setattr(giving, "lock_finding", unlocked)
    monkeypatch.setattr(resolving, "lock_finding", unlocked)
    attach, _, back, *_ = everybody(shared)
    rush([attach, back])
    assert Payment.objects.filter(reference="PAY-QQQQQQQQ", state="settled").exists()
    assert Event.objects.filter(name="finding.giving").exists()


def test_comparisons_at_the_same_moment_find_it_once(shared: World) -> None:
    for number in range(30):
        stray_charge(shared.ben_card, 1_00, key=f"key-{number}")

    def compare_too() -> None:
        run = begin_comparison(**EVER, actor=system(), now=read_clock())
        while run.finished_at is None:
            run = continue_comparison(comparison=run, steps=1, now=read_clock())

    results = rush([compare_too] * 4)
    assert results.refusals == []
    assert Finding.objects.count() == 31 == Event.objects.filter(name="finding.found").count()
