"""A split pressed twice, while others want its last bottles, and killed between any two steps: no bottle is lost or
promised twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from tests.concurrency.crowd import Results, gather, invite, rush
from tests.concurrency.dying_split import STEPS
from tests.concurrency.test_kills import database_url
from tests.concurrency.test_release_races import take
from tests.rooms.changes.journey import held_for
from tests.rooms.changes.test_ordering import put_together
from tests.rooms.checkout.journey import hold
from tests.rooms.checkout.test_splitting import held, kept, shown, split
from tests.rooms.delivery.limiting import limited
from tests.world import World, build_world
from tirage.changes.facts import gather_facts
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import edit_draft
from tirage.changes.operations import splitting as draft_splitting
from tirage.changes.splitting import split_of_draft
from tirage.checkout.models import Cart, CartLine
from tirage.checkout.operations import splitting
from tirage.checkout.operations.cart import hold_cart
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.inventory.models import Hold, Movement, Stock

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, with three Chardonnays in all; New York takes two bottles a month and Ben holds three."""
    world = furnished()
    hold(world.ben, {"CHA24": 3}, world.now)
    return world


def furnished() -> World:
    world = build_world(read_clock())
    Stock.objects.filter(sku=world.chardonnay).update(on_hand=3)
    Movement.objects.filter(stock__sku=world.chardonnay).update(quantity=3)
    limited(world.new_york, 2)
    return world


def split_by_its_key(world: World) -> Any:
    """The press, as a page sent it that was seen before."""
    found = shown(world)
    assert found and (found.first, found.rest) == (2, 1)
    return partial(split, world, found.key)


def in_cart(customer: Customer) -> int:
    lines = CartLine.objects.filter(cart__customer=customer, cart__kept_until=None)
    return sum(lines.values_list("quantity", flat=True))


def pressed_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> Results:
    """From two devices, both past the look at the cart before either writes, if nothing keeps them apart."""
    press, met = split_by_its_key(world), gather(2, patience=1)

    def slowly(*facts: Any) -> Any:
        met()
        return hold_cart(*facts)

    monkeypatch.setattr(splitting, "hold_cart", slowly)
    return rush([press, press])


def test_a_split_pressed_twice_is_one(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    results = pressed_twice(shared, monkeypatch)
    assert [getattr(one, "code", repr(one)) for one in results.refusals] == ["split_changed"]
    assert kept(shared) == {"CHA24": 1} and in_cart(shared.ben) == 2 and held(shared) == 3
    assert run_checks(read_clock()) == []


def test_control_without_one_transaction_it_is_two_or_none(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cart's lock lasts as long as its transaction: without one the second sees the cart of before."""
    monkeypatch.setattr(splitting, "transaction", SimpleNamespace(atomic=nullcontext))
    results = pressed_twice(shared, monkeypatch)
    codes = [getattr(one, "code", repr(one)) for one in results.refusals]
    assert codes != ["split_changed"], "both went on"


def another_takes_what_is_free(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """Between the two holds of a split somebody else wants a bottle: how many they got."""
    press, (guest,), got = split_by_its_key(world), invite(world, 1), list[int]()
    item = world.item(world.estate_offer, world.chardonnay)

    def and_then_another(*facts: Any) -> Any:
        found = hold_cart(*facts)
        done = rush([partial(in_passing, guest, item.pk, world)])
        got.extend(done.answers)
        return found

    monkeypatch.setattr(splitting, "hold_cart", and_then_another)
    rush([press])
    return sum(got)


def in_passing(customer: Customer, item: int, world: World) -> int:
    """Takes a bottle if it can be had within a second."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    return take(customer, item, 1, world.now)


def test_no_bottle_is_free_in_between(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert another_takes_what_is_free(shared, monkeypatch) == 0
    assert kept(shared) == {"CHA24": 1} and in_cart(shared.ben) == 2
    assert run_checks(read_clock()) == []


def test_control_without_one_transaction_somebody_has_it(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "transaction", SimpleNamespace(atomic=nullcontext))
    assert another_takes_what_is_free(shared, monkeypatch) == 1
    aside = Cart.objects.get(is_split=True)
    assert not Hold.objects.filter(holder=aside.reference).exists(), "what was to be kept is another's"


@pytest.fixture
def on_the_line(transactional_db: None) -> tuple[World, ChangeDraft]:
    """The same of an order by telephone, whose three Chardonnays are all that there are."""
    world = furnished()
    return world, put_together(world, world.ben, {world.chardonnay: 3})


def another_takes_of_the_draft(world: World, draft: ChangeDraft, monkeypatch: pytest.MonkeyPatch) -> int:
    """Between the two holds of a split of staff's somebody else wants a bottle: how many they got."""
    found = split_of_draft(gather_facts(draft, world.now), world.now)
    assert found
    (guest,), got, item = invite(world, 1), list[int](), world.item(world.estate_offer, world.chardonnay)

    def and_then_another(**facts: Any) -> Any:
        lowered = edit_draft(**facts)
        got.extend(rush([partial(in_passing, guest, item.pk, world)]).answers)
        return lowered

    monkeypatch.setattr(draft_splitting, "edit_draft", and_then_another)
    press = partial(
        draft_splitting.split_draft,
        draft_reference=draft.reference,
        expected=found.key,
        seen=None,
        actor=world.staff,
        now=world.now,
    )
    rush([press])
    return sum(got)


def test_no_bottle_of_an_order_by_telephone_is_free_in_between(
    on_the_line: tuple[World, ChangeDraft], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, draft = on_the_line
    assert another_takes_of_the_draft(world, draft, monkeypatch) == 0
    assert kept(world) == {"CHA24": 1} and held_for(draft, world.now) == 2 and held(world) == 3
    assert run_checks(read_clock()) == []


def test_control_without_one_transaction_somebody_has_it_of_the_order(
    on_the_line: tuple[World, ChangeDraft], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, draft = on_the_line
    monkeypatch.setattr(draft_splitting, "transaction", SimpleNamespace(atomic=nullcontext))
    for lock in ("lock_draft", "gather_facts"):
        monkeypatch.setattr(draft_splitting, lock, in_its_own(getattr(draft_splitting, lock)))
    assert another_takes_of_the_draft(world, draft, monkeypatch) == 1


def in_its_own(act: Any) -> Any:
    """The same in a transaction of its own: its locks don't outlast it."""

    def acted(*facts: Any, **named: Any) -> Any:
        with transaction.atomic():
            return act(*facts, **named)

    return acted


def killed_at(step: str, world: World) -> None:
    found = shown(world)
    assert found
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    facts = [str(world.ben.pk), world.ben_home.reference, found.key]
    command = [sys.executable, "-m", "tests.concurrency.dying_split", step, *facts]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_the_cart_as_it_was_or_the_split_whole(shared: World, step: str) -> None:
    killed_at(step, shared)
    is_made = step == "committed"
    assert kept(shared) == ({"CHA24": 1} if is_made else {})
    assert in_cart(shared.ben) == (2 if is_made else 3) and held(shared) == 3
    assert Hold.objects.count() == (2 if is_made else 1) and run_checks(read_clock()) == []
    if not is_made:
        split(shared)
        assert kept(shared) == {"CHA24": 1} and held(shared) == 3
