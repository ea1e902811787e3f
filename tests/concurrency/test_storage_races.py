"""Storage is charged once whoever runs at once or dies, and agreeing once wherever it is killed."""

from __future__ import annotations

import os
import random
import signal
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from tests.bank import charged_in_all
from tests.concurrency.crowd import invite, rush
from tests.concurrency.test_grant_kills import dying_at, in_a_child, in_children
from tests.concurrency.test_kills import after_restart
from tests.rooms.checkout.journey import customer_actor, hold
from tests.rooms.futures.campaign import CODE, Futures, begin, buy, form_of, order_of
from tests.rooms.futures.settled import arrive, ask, home
from tests.world import build_world
from tirage.changes.collecting import retry_due_collections
from tirage.changes.models import ChangeDraft
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.delivery.models import Method
from tirage.futures.models import Arrival, Settlement, StorageMonth, StorageTerm
from tirage.futures.settling import storing
from tirage.futures.settling.agreeing import agree, ask_stale_again
from tirage.futures.settling.arrivals import take_arrival_back
from tirage.futures.settling.asking import keep_in_cellar
from tirage.futures.settling.reckoning import Choice, look_at
from tirage.futures.settling.storing import charge_storage
from tirage.futures.states import OPEN
from tirage.orders.models import Order, OrderChange
from tirage.payments.models import Collection

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, KILLS = 6, 10
SEED = os.environ.get("TIRAGE_SEED", "storage")


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()))


def two_months_stored(futures: Futures, *, charged: str = "monthly") -> None:
    """Whoever bought has kept it for two months or more, at a dollar a case and day."""
    world = futures.world
    StorageTerm.objects.create(first_day=date(2020, 1, 1), day_micros=1_000_000, charged=charged, free_days=0)
    arrive(futures, 60)
    ask(futures)
    since = (world.now.date().replace(day=1) - timedelta(days=40)).replace(day=1)
    OrderChange.objects.update(at=world.now - timedelta(days=100))
    Settlement.objects.update(free_until=since - timedelta(days=1), state="kept")


def due_minor() -> int:
    return int(StorageMonth.objects.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


# Storage


def test_two_runs_at_once_charge_each_month_once(futures: Futures) -> None:
    order = order_of(buy(futures, futures.world.ben, 12))
    two_months_stored(futures)
    results = rush([partial(charge_storage, now=futures.world.now)] * 2)
    assert not results.refusals and sum(results.answers) == 1
    order.refresh_from_db()
    assert order.balance_minor == due_minor() > 0 and run_checks(futures.world.now) == []


def test_control_without_the_lock_the_database_refuses_the_second(
    futures: Futures,
) -> None:
    order_of(buy(futures, futures.world.ben, 12))
    two_months_stored(futures)
    settlement = Settlement.objects.select_related("order").get()
    lines = storing.storage_until(settlement, futures.world.now.date().replace(day=1) - timedelta(days=1))
    assert charge_storage(now=futures.world.now) == 1
    with pytest.raises(IntegrityError):
        storing.write_months(settlement.order, lines, "", futures.world.now)


def test_leaving_while_the_month_is_charged_each_day_is_charged_once(futures: Futures) -> None:
    world = futures.world
    order = order_of(buy(futures, world.ben, 12))
    two_months_stored(futures)
    settlement, choice = Settlement.objects.get(), home(world)
    act = partial(
        agree,
        settlement=settlement,
        choice=choice,
        expected_minor=look_at(settlement, choice, world.now).difference.minor,
        payment_method=world.ben_card,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    results = rush([act, partial(charge_storage, now=world.now)])
    assert all(isinstance(one, DomainError) for one in results.refusals)
    order.refresh_from_db()
    assert order.owed_minor - 1200_00 >= due_minor() > 0 and run_checks(world.now) == []


def work() -> None:
    charge_storage(now=read_clock())
    collect()


def collect() -> None:
    # What a worker that died had claimed is due again after half an hour.
    Collection.objects.filter(state="open").update(next_at=datetime(2020, 1, 1, tzinfo=UTC))
    retry_due_collections(now=read_clock())


def test_killed_at_random_points_each_month_is_charged_once(futures: Futures) -> None:
    world, chance, killed = futures.world, random.Random(SEED), 0
    for person in invite(world, PEOPLE):
        hold(person, {CODE: 1}, world.now)
        place_order(**form_of(futures, person, world.now))
    before = charged_in_all()
    two_months_stored(futures)
    print(f"TIRAGE_SEED={SEED}")
    for _ in range(30):
        died = in_children(*[dying_at(chance.randint(1, 60), work) for _ in range(2)]).count(signal.SIGKILL)
        killed += died
        if died:
            after_restart()
        if killed >= KILLS:
            break
    assert killed > 3
    for _ in range(2):
        work()
        after_restart()
    assert set(StorageMonth.objects.values_list("order", flat=True)) == set(
        Order.objects.values_list("pk", flat=True)
    )
    assert charged_in_all() - before == due_minor() > 0
    assert not Order.objects.exclude(balance_minor=0).exists() and run_checks(read_clock()) == []


# Agreeing


def agree_if_asked(pk: int) -> None:
    settlement = Settlement.objects.select_related("order__customer").get(pk=pk)
    card = settlement.order.customer.payment_methods.get()
    address = settlement.order.customer.addresses.get()
    choice = Choice(Method.objects.get(name="Ground").reference, address.reference)
    now = read_clock()
    agree(
        settlement=settlement,
        choice=choice,
        expected_minor=look_at(settlement, choice, now).difference.minor,
        payment_method=card,
        actor=customer_actor(settlement.order.customer),
        now=now,
    )


@pytest.mark.parametrize("count", range(3, 153, 10))
def test_killed_while_agreeing_it_is_charged_once_and_never_forgotten(futures: Futures, count: int) -> None:
    world = futures.world
    (person,) = invite(world, 1)
    order = order_of(buy(futures, person, 12))
    two_months_stored(futures, charged="leaving")
    before, pk = charged_in_all(), Settlement.objects.get().pk
    in_a_child(dying_at(count, partial(agree_if_asked, pk)))
    after_restart()
    ask_stale_again(now=read_clock() + timedelta(minutes=31))
    after_restart()
    if Settlement.objects.get(pk=pk).state in {state.value for state in OPEN}:
        assert charged_in_all() == before and not StorageMonth.objects.exists()
        agree_if_asked(pk)
    # A charge that never reached the bank has become money to collect.
    collect()
    order.refresh_from_db()
    settlement = Settlement.objects.get(pk=pk)
    assert settlement.state == "settled", settlement.state
    assert charged_in_all() - before == sum(line["minor"] for line in settlement.costs)
    assert order.balance_minor == 0 and due_minor() > 0
    assert ChangeDraft.objects.filter(order=order, state="applied").count() == 1
    assert run_checks(read_clock()) == []


def test_agreed_to_while_the_team_keeps_it(futures: Futures) -> None:
    world = futures.world
    (person,) = invite(world, 1)
    buy(futures, person, 12)
    arrive(futures, 12)
    (settlement,) = ask(futures)
    before = charged_in_all()
    rush(
        [
            partial(agree_if_asked, settlement.pk),
            partial(keep_in_cellar, settlement=settlement, actor=world.staff, now=world.now),
        ]
    )
    found = Settlement.objects.get()
    assert found.state == "settled" and charged_in_all() > before, "kept first, it may still be agreed to"
    assert run_checks(world.now) == []


def test_agreed_to_while_its_arrival_is_taken_back(futures: Futures) -> None:
    world = futures.world
    (person,) = invite(world, 1)
    buy(futures, person, 12)
    arrive(futures, 12)
    (settlement,) = ask(futures)
    arrival = Arrival.objects.get()
    results = rush(
        [
            partial(agree_if_asked, settlement.pk),
            partial(take_arrival_back, arrival=arrival, actor=world.staff, now=world.now),
        ]
    )
    assert [type(one).__name__ for one in results.refusals] == ["Conflict"]
    assert Settlement.objects.get().state == "settled" and run_checks(world.now) == []
