"""Wine is settled once: the team and a customer, two windows of one customer, an arrival taken back, at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import Results, gather, rush
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.rooms.futures.settled import OLDEST, arrive, ask, due, home
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling import agreeing, asking
from tirage.futures.settling.agreeing import agree
from tirage.futures.settling.asking import begin_settlements, call_off
from tirage.futures.settling.covering import coverage
from tirage.futures.settling.reckoning import look_at
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()))


@pytest.fixture
def order(futures: Futures) -> Order:
    made = order_of(buy(futures, futures.world.ben, 12))
    arrive(futures, 12)
    return made


def agreeing_twice(world: World, settlement: Settlement) -> Results:
    choice = home(world)
    act = partial(
        agree,
        settlement=settlement,
        choice=choice,
        expected_minor=look_at(settlement, choice, world.now).difference.minor,
        payment_method=world.ben_card,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    return rush([act, act])


def test_two_windows_pay_once(futures: Futures, order: Order) -> None:
    (settlement,) = ask(futures)
    before = charged_in_all()
    results = agreeing_twice(futures.world, settlement)
    assert len(results.answers) == 1 and isinstance(results.refusals[0], DomainError)
    assert charged_in_all() - before == 152_16
    assert Settlement.objects.get().state == "settled" and run_checks(futures.world.now) == []


def test_control_without_the_step_both_pay(
    futures: Futures, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settlement,) = ask(futures)
    before = charged_in_all()
    monkeypatch.setattr(agreeing, "advance", lambda *_, **__: True)
    monkeypatch.setattr(agreeing, "lock_rows", list)
    agreeing_twice(futures.world, settlement)
    assert charged_in_all() - before != 152_16 or Settlement.objects.get().state != "settled"


def asking_twice(futures: Futures, order: Order) -> Results:
    act = partial(
        begin_settlements,
        release=futures.release,
        order_ids=[order.pk],
        precedence=OLDEST,
        due_on=due(futures),
        actor=futures.world.staff,
        now=futures.world.now,
    )
    return rush([act, act])


def test_two_of_the_team_ask_once(futures: Futures, order: Order) -> None:
    results = asking_twice(futures, order)
    assert len(results.answers) == 1 and Settlement.objects.count() == 1


def test_two_orders_never_have_the_same_bottles(futures: Futures, order: Order) -> None:
    """Twelve are there: whichever of two orders of twelve is asked first has them."""
    other = order_of(buy(futures, futures.world.ben, 12))
    facts: dict[str, Any] = {
        "release": futures.release,
        "precedence": OLDEST,
        "due_on": due(futures),
        "actor": futures.world.staff,
        "now": futures.world.now,
    }
    Order.objects.filter(pk=other.pk).update(placed_at=order.placed_at)
    rush([partial(begin_settlements, order_ids=[one.pk], **facts) for one in (order, other)])
    assert Settlement.objects.count() == 1


def test_control_without_the_lots_lock_both_have_them(
    futures: Futures, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = order_of(buy(futures, futures.world.ben, 12))
    meet, covers = gather(2), coverage

    def cover_all(release_id: int, precedence: Any) -> Any:
        found = covers(release_id, precedence)
        meet()
        return type(found)(covered=(*found.covered, *found.waiting), waiting=(), left={})

    monkeypatch.setattr(asking, "coverage", cover_all)
    facts: dict[str, Any] = {
        "release": futures.release,
        "precedence": OLDEST,
        "due_on": due(futures),
        "actor": futures.world.staff,
        "now": futures.world.now,
    }
    rush([partial(begin_settlements, order_ids=[one.pk], **facts) for one in (order, other)])
    assert Settlement.objects.count() == 2


def test_agreed_to_while_it_is_called_off(futures: Futures, order: Order) -> None:
    world = futures.world
    (settlement,) = ask(futures)
    choice = home(world)
    act = partial(
        agree,
        settlement=settlement,
        choice=choice,
        expected_minor=look_at(settlement, choice, world.now).difference.minor,
        payment_method=world.ben_card,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    before = charged_in_all()
    rush([act, partial(call_off, settlement=settlement, actor=world.staff, now=world.now)])
    found = Settlement.objects.get()
    assert (found.state, charged_in_all() - before) in (("settled", 152_16), ("called_off", 0))
