"""Races around granted wishes, on PostgreSQL with real threads; each with its control, the race without the guard,
which must break the promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from threading import Thread, get_ident
from typing import Any

import pytest
from django.db import connection, connections

from tests.bank import charged_in_all
from tests.concurrency.crowd import gather, invite, rebuild_wall, rush, without_wall
from tests.concurrency.test_release_races import take, unlock_stock
from tests.rooms.changes.journey import bought, customer_actor, pieces_on
from tests.rooms.wishes.granting import shared as share
from tests.rooms.wishes.granting import sums, wished
from tests.world import World, build_world
from tirage.changes.operations import granting as change_granting
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.inventory.models import Hold, Stock
from tirage.orders.models import Order
from tirage.wishes.granting import acting, continue_granting, start_granting
from tirage.wishes.models import GrantRun, Wish
from tirage.wishes.operations import withdraw_wish

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def wish(shared: World) -> Wish:
    """Ben has two Cabernets and wishes for three more."""
    bought(shared, shared.ben, {"CAB23": 2})
    return wished(shared, shared.ben, shared.estate_offer, shared.cabernet, 3)


def begun(world: World, pieces: int) -> GrantRun:
    return start_granting(run=share(world, {world.cabernet: pieces}), actor=world.staff, now=world.now)


def work(run: GrantRun, now: Any) -> GrantRun:
    while run.state == "running":
        run = continue_granting(run=run, limit=3, now=now)
    return run


# Grant against carts on the last bottles


def grant_while_carts_fill(world: World) -> int:
    """Three bottles are left: a run grants three while four customers take one each; how many are promised or held."""
    run = begun(world, 3)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=5)
    world.stock(world.cabernet).movements.update(quantity=5)
    item = world.item(world.estate_offer, world.cabernet)
    carts = [partial(take, person, item.pk, 1, world.now) for person in invite(world, 4)]
    results = rush([partial(work, run, world.now), *carts])
    assert not [one for one in results.refusals if isinstance(one, DomainError)]
    stock = world.stock(world.cabernet)
    return stock.sold + stock.held


def test_the_last_bottles_are_granted_or_in_a_cart(shared: World, wish: Wish) -> None:
    assert grant_while_carts_fill(shared) == 5, "two bought, three granted or held"
    order = Order.objects.get()
    granted = sums(shared, shared.cabernet)["granted"]
    assert pieces_on(order) == {"CAB23": 2 + granted}
    assert sum(Hold.objects.values_list("quantity", flat=True)) == 3 - granted
    assert order.paid_minor == order.owed_minor == charged_in_all() and run_checks(read_clock()) == []


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("inventory_stock", "stock_never_promised_twice")
    yield
    rebuild_wall()


def test_control_without_lock_and_wall_the_last_bottles_are_promised_twice(
    shared: World, wish: Wish, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_stock(monkeypatch, 4)
    assert grant_while_carts_fill(shared) > 5


# Two runs at once


def two_runs(world: World) -> None:
    """Both were shared out when the wish was open, and both grant all three."""
    first, second = begun(world, 3), begun(world, 3)
    results = rush([partial(work, one, world.now) for one in (first, second, first, second)])
    assert results.refusals == []


@pytest.mark.parametrize("round", range(3))
def test_two_runs_at_once_grant_a_wish_once(shared: World, wish: Wish, round: int) -> None:
    two_runs(shared)
    order = Order.objects.get()
    assert pieces_on(order) == {"CAB23": 5}
    assert sums(shared, shared.cabernet) == {"sold": 5, "held": 0, "granted": 3, "granting": 0}
    assert order.paid_minor == order.owed_minor == charged_in_all() and run_checks(read_clock()) == []


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch, shared: World) -> Iterator[None]:
    """A wish is written to however it stands, and the database says nothing."""
    without_wall("wishes_wish", "wish_never_granted_beyond_asked")
    monkeypatch.setattr(acting, "_still_wished", lambda wish_id, pieces: Wish.objects.filter(pk=wish_id))
    yield
    Wish.objects.update(granted=0, granting=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE wishes_wish ADD CONSTRAINT wish_never_granted_beyond_asked"
            " CHECK (granted <= asked - granting)"
        )


def test_control_without_looking_at_the_wish_two_runs_grant_it_twice(
    shared: World, wish: Wish, unguarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run has read the wish before the first granted it."""
    first, second = begun(shared, 3), begun(shared, 3)
    work(first, shared.now)
    monkeypatch.setattr(acting, "_refused_alone", lambda line: False)
    monkeypatch.setattr(Wish, "left", property(lambda read: read.asked))
    work(second, shared.now)
    assert sums(shared, shared.cabernet)["granted"] == 6


def test_a_run_that_has_read_an_older_wish_grants_nothing(
    shared: World, wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = begun(shared, 3), begun(shared, 3)
    work(first, shared.now)
    monkeypatch.setattr(acting, "_refused_alone", lambda line: False)
    monkeypatch.setattr(Wish, "left", property(lambda read: read.asked))
    work(second, shared.now)
    assert sums(shared, shared.cabernet) == {"sold": 5, "held": 0, "granted": 3, "granting": 0}
    assert second.lines.get().outcome == "refused" and run_checks(read_clock()) == []


# Two workers at one run


def two_workers(world: World, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Whom each of two workers looked after who began at the same moment: each waits at its first for the other."""
    for person in invite(world, 5):
        wished(world, person, world.estate_offer, world.cabernet, 1)
    run, meet, grant = begun(world, 5), gather(2), acting._grant_customer
    mine: dict[int, list[int]] = {}

    def noted(run: GrantRun, customer_id: int, now: Any) -> None:
        mine.setdefault(get_ident(), []).append(customer_id)
        meet()
        grant(run, customer_id, now)

    monkeypatch.setattr(acting, "_grant_customer", noted)
    assert rush([partial(work, GrantRun.objects.get(pk=run.pk), world.now) for _ in range(2)]).refusals == []
    return list(mine.values())


def test_two_workers_share_a_run(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_workers(shared, monkeypatch)
    assert one[0] != other[0], "nobody waits for what the other does"
    orders = Order.objects.filter(state="placed")
    assert orders.count() == 5 and sums(shared, shared.cabernet)["granted"] == 5
    assert charged_in_all() == sum(order.owed_minor for order in orders)
    assert GrantRun.objects.get().state == "finished" and run_checks(read_clock()) == []


def test_control_without_claims_both_are_at_the_same_customer(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "claimed", lambda work, part: nullcontext(True))
    one, other = two_workers(shared, monkeypatch)
    assert one[0] == other[0]
    assert sums(shared, shared.cabernet)["granted"] == 5, "only time is lost"


# Withdrawn while it is granted


def withdrawn_while_granted(
    world: World, wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> tuple[GrantRun, list[Exception]]:
    """Ben withdraws in the moment between the run's reading of his wish and its writing."""
    refused: list[Exception] = []
    draft_grant = change_granting.draft_grant

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
        done = draft_grant(**facts)
        monkeypatch.setattr(acting, "draft_grant", draft_grant)
        thread = Thread(target=withdraw)
        thread.start()
        thread.join(30)
        return done

    monkeypatch.setattr(acting, "draft_grant", with_ben_between)
    return work(begun(world, 3), world.now), refused


def test_a_wish_that_is_withdrawn_in_that_moment_is_not_granted(
    shared: World, wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, refused = withdrawn_while_granted(shared, wish, monkeypatch)
    wish.refresh_from_db()
    assert (refused, wish.state, wish.granted) == ([], "withdrawn", 0)
    assert run.lines.get().reason == "The customer withdrew the wish."
    assert pieces_on(Order.objects.get()) == {"CAB23": 2} and run_checks(read_clock()) == []


def test_control_without_looking_again_a_withdrawn_wish_is_granted(
    shared: World, wish: Wish, unguarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn_while_granted(shared, wish, monkeypatch)
    wish.refresh_from_db()
    assert (wish.state, wish.granted) == ("withdrawn", 3)
    assert pieces_on(Order.objects.get()) == {"CAB23": 5}


@pytest.mark.parametrize("round", range(3))
def test_withdrawn_and_granted_at_once_it_is_one_of_both(shared: World, wish: Wish, round: int) -> None:
    withdraw: Callable[[], None] = partial(
        withdraw_wish,
        customer=shared.ben,
        wish_reference=wish.reference,
        actor=customer_actor(shared.ben),
        now=shared.now,
    )
    rush([partial(work, begun(shared, 3), shared.now), withdraw])
    wish.refresh_from_db()
    assert (wish.state, wish.granted) in (("withdrawn", 0), ("granted", 3))
    assert pieces_on(Order.objects.get()) == {"CAB23": 2 + wish.granted}
    assert run_checks(read_clock()) == []
