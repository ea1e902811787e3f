"""Races around bottles that are set aside for a granted request, on PostgreSQL with real threads and processes; each
with its control, the race without the guard, which must break the promise."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections, transaction

from tests.concurrency.crowd import invite, rebuild_wall, rush, without_wall
from tests.concurrency.test_grant_kills import SEED, dying_at, in_a_child, work
from tests.concurrency.test_release_races import take, unlock_stock
from tests.rooms.checkout.journey import checkout_arguments, customer_actor
from tests.rooms.wishes.granting import shared as share
from tests.rooms.wishes.granting import sums, wished
from tests.world import World, build_world
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order, placing, setting_aside
from tirage.checkout.operations.setting_aside import end_set_aside, let_set_aside_go, set_bottles_aside
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.inventory.models import Hold, Stock
from tirage.orders.models import Order
from tirage.payments.operations import send_charge
from tirage.wishes.granting import acting, start_granting
from tirage.wishes.models import GrantLine, GrantRun, Wish
from tirage.wishes.operations import withdraw_wish

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def wish(shared: World) -> Wish:
    """Ben requests three Cabernets."""
    return wished(shared, shared.ben, shared.estate_offer, shared.cabernet, 3, kind="request", agreed_at=None)


@pytest.fixture
def cart(shared: World, wish: Wish) -> Cart:
    """They are set aside for him for a week."""
    work(begun(shared, 3).reference)
    return Cart.objects.get(kept_until__isnull=False)


def begun(world: World, pieces: int) -> GrantRun:
    return start_granting(run=share(world, {world.cabernet: pieces}), actor=world.staff, now=world.now)


def states(wish: Wish) -> tuple[str, int, int]:
    wish.refresh_from_db()
    return wish.state, wish.granted, wish.granting


# Buying against the end of their time


def buying_while_it_ends(world: World, cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bank is asked for the money in time, and answers after it."""
    end = cart.kept_until
    assert end
    asked = send_charge

    def end_it() -> None:
        end_set_aside(now=end)
        connections.close_all()

    def slow_bank(*args: Any, **facts: Any) -> Any:
        thread = Thread(target=end_it)
        thread.start()
        thread.join(30)
        return asked(*args, **facts)

    monkeypatch.setattr(placing, "send_charge", slow_bank)
    facts = checkout_arguments(world, world.ben, end - timedelta(seconds=1), set_aside=cart.reference)
    assert place_order(**facts).status == "placed"


def test_what_is_paid_for_in_time_is_bought(
    shared: World, wish: Wish, cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    buying_while_it_ends(shared, cart, monkeypatch)
    assert states(wish) == ("granted", 3, 0)
    assert sums(shared, shared.cabernet)["sold"] == 3 and run_checks(read_clock()) == []


def test_control_without_looking_whether_it_is_paid_for_the_wish_is_lost(
    shared: World, wish: Wish, cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(*, now: Any) -> int:
        setting_aside._end(Cart.objects.get(pk=cart.pk), "time_over", shared.staff, now)
        return 1

    def ending(*, now: Any) -> int:
        with transaction.atomic():
            return careless(now=now)

    monkeypatch.setitem(globals(), "end_set_aside", ending)
    buying_while_it_ends(shared, cart, monkeypatch)
    assert states(wish) == ("open", 0, 0), "bought, and nobody knows of it"


@pytest.mark.parametrize("round", range(3))
def test_bought_let_go_and_over_at_once_it_is_one_of_them(
    shared: World, wish: Wish, cart: Cart, round: int
) -> None:
    end = cart.kept_until
    assert end
    facts = checkout_arguments(shared, shared.ben, end - timedelta(seconds=1), set_aside=cart.reference)
    letting = partial(
        let_set_aside_go,
        customer=shared.ben,
        cart_reference=cart.reference,
        actor=customer_actor(shared.ben),
        now=end - timedelta(seconds=1),
    )
    results = rush([partial(place_order, **facts), letting, partial(end_set_aside, now=end)])
    assert all(isinstance(one, DomainError) for one in results.refusals)
    sold = sum(Order.objects.filter(state="placed").values_list("lines__quantity", flat=True))
    assert (states(wish), sold) in (
        (("granted", 3, 0), 3),
        (("withdrawn", 0, 0), 0),
        (("open", 0, 0), 0),
    )
    assert sums(shared, shared.cabernet)["sold"] == sold
    assert Hold.objects.count() == 0 and run_checks(read_clock()) == []


# Setting aside against carts on the last bottles


def set_aside_while_carts_fill(world: World) -> int:
    """Three bottles are left: a run sets three aside while four customers take one each; how many are held."""
    run = begun(world, 3)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=3)
    world.stock(world.cabernet).movements.update(quantity=3)
    item = world.item(world.estate_offer, world.cabernet)
    carts = [partial(take, person, item.pk, 1, world.now) for person in invite(world, 4)]
    results = rush([partial(work, run.reference), *carts])
    assert not [one for one in results.refusals if isinstance(one, DomainError)]
    return world.stock(world.cabernet).held


def test_the_last_bottles_are_set_aside_or_in_a_cart(shared: World, wish: Wish) -> None:
    assert set_aside_while_carts_fill(shared) == 3
    assert sum(Hold.objects.values_list("quantity", flat=True)) == 3
    offered = sum(GrantLine.objects.filter(outcome="offered").values_list("given", flat=True))
    assert states(wish) == ("open", 0, offered) and run_checks(read_clock()) == []


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("inventory_stock", "stock_never_promised_twice")
    yield
    rebuild_wall()


def test_control_without_lock_and_wall_the_last_bottles_are_kept_twice(
    shared: World, wish: Wish, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_stock(monkeypatch, 4)
    assert set_aside_while_carts_fill(shared) > 3


# Two runs at once, and withdrawn meanwhile


@pytest.mark.parametrize("round", range(3))
def test_two_runs_at_once_set_a_request_aside_once(shared: World, wish: Wish, round: int) -> None:
    first, second = begun(shared, 3), begun(shared, 3)
    results = rush([partial(work, one.reference) for one in (first, second, first, second)])
    assert results.refusals == []
    assert sums(shared, shared.cabernet) == {"sold": 0, "held": 3, "granted": 0, "granting": 3}
    assert Cart.objects.count() == 1 and run_checks(read_clock()) == []


def withdrawn_meanwhile(world: World, wish: Wish, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Ben withdraws in the moment between the run's reading of his wish and its writing."""
    refused: list[Exception] = []
    really = set_bottles_aside

    def withdraw() -> None:
        try:
            withdraw_wish(
                customer=world.ben,
                wish_reference=wish.reference,
                actor=customer_actor(world.ben),
                now=world.now,
            )
        except Conflict as conflict:
            refused.append(conflict)
        finally:
            connections.close_all()

    def with_ben_between(**facts: Any) -> Any:
        done = really(**facts)
        monkeypatch.setattr(acting, "set_bottles_aside", really)
        thread = Thread(target=withdraw)
        thread.start()
        thread.join(30)
        return done

    monkeypatch.setattr(acting, "set_bottles_aside", with_ben_between)
    work(begun(world, 3).reference)
    return refused


def test_nothing_is_set_aside_for_a_wish_that_is_withdrawn_in_that_moment(
    shared: World, wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert withdrawn_meanwhile(shared, wish, monkeypatch) == []
    assert states(wish) == ("withdrawn", 0, 0)
    assert (Cart.objects.count(), Hold.objects.count()) == (0, 0) and run_checks(read_clock()) == []


def test_control_without_looking_again_bottles_are_set_aside_for_nobody(
    shared: World, wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "_still_wished", lambda wish_id, pieces: Wish.objects.filter(pk=wish_id))
    withdrawn_meanwhile(shared, wish, monkeypatch)
    assert states(wish) == ("withdrawn", 0, 3)


# Killed


def requests(world: World) -> list[Wish]:
    return [
        wished(world, person, world.estate_offer, world.cabernet, 2, kind="request", agreed_at=None)
        for person in invite(world, 6)
    ]


def test_a_worker_killed_at_random_points_sets_everything_aside_once(shared: World) -> None:
    requests(shared)
    chance, run, killed = random.Random(f"{SEED} requests"), begun(shared, 6), 0
    print(f"TIRAGE_SEED={SEED}")
    while killed < 12 and run.state == "running":
        if in_a_child(dying_at(chance.randint(1, 60), partial(work, run.reference))) == signal.SIGKILL:
            killed += 1
        assert run_checks(read_clock()) == []
        run.refresh_from_db()
    work(run.reference)
    assert sums(shared, shared.cabernet) == {"sold": 0, "held": 6, "granted": 0, "granting": 6}
    assert Cart.objects.count() == 6 and run_checks(read_clock()) == [] and killed


def test_control_in_two_transactions_bottles_are_set_aside_that_nobody_knows_of(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests(shared)
    run = begun(shared, 6)
    monkeypatch.setattr(acting, "transaction", SimpleNamespace(atomic=nullcontext))

    def die(*ignored: object, **facts: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(acting, "_write_down", die)
    assert in_a_child(partial(work, run.reference)) == signal.SIGKILL
    assert sums(shared, shared.cabernet)["held"] == 1 and run_checks(read_clock())
