"""A cut against two workers, a settlement, a cancellation and a crowd that would buy what it takes off."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from tests.bank import charged_in_all
from tests.concurrency.crowd import Results, gather, invite, rush
from tests.concurrency.test_release_races import take
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.rooms.futures.cut import SOON, cuvee, planned
from tests.rooms.futures.settled import arrive, ask
from tests.world import build_world
from tirage.changes.operations import cancel_order
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.futures import keeping
from tirage.futures.cutting import instead, running
from tirage.futures.cutting.instead import accept, decline
from tirage.futures.cutting.running import continue_cut, watch_cuts
from tirage.futures.models import Commitment, Cut, CutLine
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling import asking
from tirage.orders.models import CancelReason, Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()), expected=18)


@pytest.fixture
def order(futures: Futures) -> Order:
    """Ben has all eighteen."""
    return order_of(buy(futures, futures.world.ben, 18))


@pytest.fixture
def cut(futures: Futures, order: Order) -> Cut:
    """Six of them go, and its time has come."""
    made = planned(futures, 12)
    watch_cuts(now=futures.world.now + SOON)
    made.refresh_from_db()
    return made


def work(cut: Cut) -> None:
    continue_cut(cut=cut, limit=5, now=read_clock())


def left(order: Order) -> int:
    return sum(one.pieces for one in Commitment.objects.filter(line__order=order))


def test_two_workers_cut_once(cut: Cut, order: Order) -> None:
    results = rush([partial(work, cut), partial(work, cut)])
    assert results.refusals == [] and left(order) == 12 and charged_in_all() == 1200_00
    assert CutLine.objects.get().outcome == "done" and run_checks(read_clock()) == []


def test_control_without_looking_again_both_cut(
    cut: Cut, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = gather(2)

    def seen(line: CutLine, has: int) -> int:
        meet()
        return line.loses

    monkeypatch.setattr(running, "still_to_lose", seen)
    monkeypatch.setattr(keeping, "_refuse_moved_on", lambda *_: None)
    rush([partial(work, cut), partial(work, cut)])
    assert left(order) == 6


def asked_before_it_was_cut(order: Order) -> bool:
    """Whether the customer was asked about bottles that were then taken off."""
    names = list(
        Event.objects.filter(subject_kind="order", subject_id=order.pk, name__in=_NAMES)
        .order_by("pk")
        .values_list("name", flat=True)
    )
    return names == list(_NAMES)


_NAMES = ("settlement.asked", "order.changed")


def test_what_was_asked_about_isnt_cut(futures: Futures, cut: Cut, order: Order) -> None:
    arrive(futures, 12)
    Order.objects.filter(pk=order.pk).update(placed_at=futures.world.now)
    rush([partial(work, cut), partial(try_asking, futures, order)])
    assert not asked_before_it_was_cut(order) and run_checks(read_clock()) == []


def try_asking(futures: Futures, order: Order) -> None:
    try:
        ask(futures, order)
    finally:
        connections.close_all()


def test_control_without_the_orders_lock_it_is(
    futures: Futures, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer is asked between the look at settlements and the cut; the question is committed right after it."""
    askers: list[Thread] = []
    arrive(futures, 17)
    arrive(futures, 1)
    looked = keeping._refuse_moved_on

    def look(*facts: Any) -> None:
        looked(*facts)
        asker = Thread(target=partial(try_asking, futures, order))
        asker.start()
        askers.append(asker)
        # Its key of the order is looked at as it commits, and waits for the cut.
        asker.join(1)

    cut = Cut.objects.create(
        lot=futures.lot,
        rule="equal",
        pieces=12,
        reason="Hail",
        state="running",
        begins_at=futures.world.now,
        made_at=futures.world.now,
        actor_kind="system",
    )
    CutLine.objects.create(cut=cut, order=order, had=18, loses=6)
    monkeypatch.setattr(asking, "lock_rows", list)
    monkeypatch.setattr(keeping, "_refuse_moved_on", look)
    work(cut)
    for asker in askers:
        asker.join(30)
    assert Settlement.objects.filter(order=order).exists() and asked_before_it_was_cut(order)


def test_a_cancellation_gives_everything_back_once(futures: Futures, cut: Cut, order: Order) -> None:
    CancelReason.objects.create(name="Customer asked")
    cancel = partial(
        cancel_order,
        order_reference=order.reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="Customer asked",
        actor=futures.world.staff,
        now=read_clock(),
    )
    rush([partial(work, cut), cancel])
    order.refresh_from_db()
    if order.state != "cancelled":
        # The refund of the cut was under way in that moment.
        cancel()
    work(cut)
    futures.lot.refresh_from_db()
    assert charged_in_all() == 0 and left(order) == 0 and futures.lot.expected == 12
    assert CutLine.objects.get().outcome in {"done", "gone"} and run_checks(read_clock()) == []


def crowd_at(futures: Futures, cut: Cut) -> int:
    """Pieces that six get who want one each while six are taken off, and a moment later."""
    world, item = futures.world, futures.world.item(futures.offer, futures.sku)
    crowd = invite(world, 6)
    acts = [partial(take, person, item.pk, 1, world.now) for person in crowd]
    got = [one for one in rush([partial(work, cut), *acts]).answers if one]
    return len(got) + sum(take(person, item.pk, 1, world.now + timedelta(minutes=1)) for person in crowd)


def test_what_is_cut_nobody_buys(futures: Futures, cut: Cut) -> None:
    assert crowd_at(futures, cut) == 0 and run_checks(read_clock()) == []
    assert futures.world.stock(futures.sku).expected == 12


def test_control_without_lowering_it_is_sold_again(
    futures: Futures, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "lower", lambda *_: 0)
    monkeypatch.setattr(running, "lower", lambda *_: 0)
    assert crowd_at(futures, cut) > 0


@pytest.fixture
def line(futures: Futures, order: Order) -> CutLine:
    """Six of Ben's are to go, and he is offered the cuvée."""
    world = futures.world
    until = local_time(world.now).date() + timedelta(days=20)
    cut = planned(futures, 12, substitute=cuvee(futures), substitute_minor=80_00, substitute_until=until)
    watch_cuts(now=world.now + SOON)
    work(cut)
    return CutLine.objects.select_related("cut__lot", "cut__substitute", "order__customer").get()


def answer_both(futures: Futures, line: CutLine) -> Results:
    """One window takes it, another would rather have the money, and the worker is at it."""
    actor, now = customer_actor(futures.world.ben), read_clock()
    take_it = partial(accept, line=line, expected_minor=120_00, actor=actor, now=now)
    results = rush([take_it, partial(decline, line=line, actor=actor, now=now)])
    work(line.cut)
    return results


def test_it_is_taken_or_declined_and_never_both(futures: Futures, line: CutLine, order: Order) -> None:
    results = answer_both(futures, line)
    line.refresh_from_db()
    assert len(results.refusals) == 1 and left(order) in {12, 18}
    assert charged_in_all() == (1680_00 if line.outcome == "swapped" else 1200_00)
    assert run_checks(read_clock()) == []


def test_two_windows_take_it_once(futures: Futures, line: CutLine, order: Order) -> None:
    actor, now = customer_actor(futures.world.ben), read_clock()
    act = partial(accept, line=line, expected_minor=120_00, actor=actor, now=now)
    results = rush([act, act])
    assert len(results.answers) == 1 and left(order) == 18 and charged_in_all() == 1680_00
    assert run_checks(read_clock()) == []


def test_control_without_looking_again_it_is_taken_twice(
    futures: Futures, line: CutLine, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instead, "_refuse_answered", lambda *_: None)
    monkeypatch.setattr(instead, "still_to_lose", lambda line, has: line.loses)
    monkeypatch.setattr(keeping, "_refuse_moved_on", lambda *_: None)
    actor, now = customer_actor(futures.world.ben), read_clock()
    act = partial(accept, line=line, expected_minor=120_00, actor=actor, now=now)
    assert len(rush([act, act]).answers) == 2 and charged_in_all() == 1560_00
