"""Money given back by several at the same moment, on PostgreSQL with real threads. Each race has its control."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import Results, gather, rush
from tests.rooms.checkout.journey import buy
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.locks import lock_row
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import refund_payment, refunding

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 4


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, with a paid order of Ben's."""
    world = build_world(read_clock())
    buy(world, world.ben, {"CAB23": 2}, world.now)
    return world


def give_back(world: World, minor: int, **seen: Any) -> Results:
    """The same form, sent by several at the same moment."""
    facts = {"reason": "A race", "actor": world.staff, "now": world.now, **seen}
    act = partial(refund_payment, payment_reference=paid().reference, amount_minor=minor, **facts)
    results = rush([act] * CROWD)
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    return results


def paid() -> Payment:
    return Payment.objects.get(kind="charge")


def given_back() -> int:
    """What the bank has given back, in minor units."""
    return paid().amount_minor - charged_in_all()


def codes(results: Results) -> set[str]:
    return {one.code for one in results.refusals if isinstance(one, DomainError)}


def unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The payment isn't locked (its order is); all have counted what is left before anybody writes."""
    meet, counted = gather(CROWD), refunding.refunded_minor

    def count_then_meet(payment_id: int) -> int:
        back = counted(payment_id)
        meet()
        return back

    monkeypatch.setattr(
        refunding, "lock_row", lambda rows: rows.first() if rows.model is Payment else lock_row(rows)
    )
    monkeypatch.setattr(refunding, "refunded_minor", count_then_meet)


@pytest.mark.parametrize("round", range(3))
def test_the_whole_goes_back_once(shared: World, round: int) -> None:
    whole = paid().amount_minor
    results = give_back(shared, whole)
    assert len(results.answers) == 1 and codes(results) == {"too_much"}
    order = Order.objects.get()
    assert given_back() == whole and (order.paid_minor, order.balance_minor) == (0, 0)
    assert run_checks(read_clock()) == []


def test_control_without_the_payments_lock_several_refunds_are_agreed_on(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank itself gives back once only: it is the last wall, and the books promise what it refuses."""
    monkeypatch.setattr(refunding, "send_refunds", lambda refunds, actor, now: None)
    unlock(monkeypatch)
    whole = paid().amount_minor
    give_back(shared, whole)
    assert paid().children.count() > 1 and refunding.refunded_minor(paid().pk) > whole
    assert "refunds_within_payments" in {one.check.name for one in run_checks(read_clock())}


@pytest.mark.parametrize("round", range(3))
def test_a_form_sent_several_times_gives_its_part_back_once(shared: World, round: int) -> None:
    results = give_back(shared, 10_00, seen_left_minor=paid().amount_minor)
    assert len(results.answers) == 1 and codes(results) == {"payment_moved_on"}
    assert given_back() == 10_00 and Order.objects.get().balance_minor == 0
    assert run_checks(read_clock()) == []


def test_control_without_the_payments_lock_a_part_goes_back_several_times(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    give_back(shared, 10_00, seen_left_minor=paid().amount_minor)
    assert given_back() > 10_00


def test_control_without_what_was_seen_a_part_goes_back_several_times(shared: World) -> None:
    results = give_back(shared, 10_00)
    assert len(results.answers) == CROWD and given_back() == CROWD * 10_00
