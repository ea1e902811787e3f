"""Races around orders by telephone, on PostgreSQL with real threads, with their control."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import rebuild_wall, rush, without_wall
from tests.concurrency.test_change_races import CROWD, codes, colleague
from tests.concurrency.test_release_races import take, unlock_stock
from tests.rooms.changes.journey import quoted
from tests.world import World, build_world
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import confirm_draft, drafting, edit_draft, open_new_order
from tirage.changes.rules import AddWine
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.inventory.models import Hold, Stock
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def for_ben(world: World, pieces: int) -> ChangeDraft:
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    return edit_draft(
        draft_reference=draft.reference,
        add=[AddWine(world.cabernet.pk, pieces)],
        actor=world.staff,
        now=world.now,
    )


def test_colleagues_at_once_begin_one_order(shared: World) -> None:
    acts = [
        partial(open_new_order, customer=shared.ben, actor=colleague(number), now=shared.now)
        for number in range(CROWD)
    ]
    results = rush(acts)
    assert results.refusals == [] and len({draft.pk for draft in results.answers}) == 1
    assert Order.objects.count() == ChangeDraft.objects.count() == 1


def test_a_form_sent_by_two_of_the_team_places_and_charges_once(shared: World) -> None:
    draft = for_ben(shared, 2)
    quote = quoted(draft, shared.staff, shared.now)
    acts = [
        partial(
            confirm_draft,
            draft_reference=draft.reference,
            expected_difference_minor=quote.difference.minor,
            expected_settlement_minor=quote.settlement.minor,
            payment_method=shared.ben_card,
            actor=colleague(number),
            now=shared.now,
        )
        for number in range(CROWD)
    ]
    results = rush(acts)
    assert [done.status for done in results.answers] == ["applied"]
    assert set(codes(results)) <= {"closed", "paying", "at_bank"} and charged_in_all() == 289_44
    assert Order.objects.get().changes.count() == 1 and run_checks(read_clock()) == []


def last_two(world: World) -> int:
    """Ben takes the last two bottles in his cart while the team takes them for him; how many are promised."""
    Stock.objects.filter(sku=world.cabernet).update(on_hand=2)
    world.stock(world.cabernet).movements.update(quantity=2)
    item = world.item(world.estate_offer, world.cabernet)
    open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    results = rush([partial(take, world.ben, item.pk, 2, world.now), partial(for_ben, world, 2)])
    # What lies in his cart is taken off the bottles that are left and off his allowance.
    assert set(codes(results)) <= {"not_enough", "beyond_allowance"}
    return sum(Hold.objects.values_list("quantity", flat=True))


@pytest.mark.parametrize("round", range(3))
def test_the_last_bottles_go_to_the_cart_or_to_the_telephone(shared: World, round: int) -> None:
    assert last_two(shared) == shared.stock(shared.cabernet).held == 2
    assert run_checks(read_clock()) == []


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("inventory_stock", "stock_never_promised_twice")
    yield
    rebuild_wall()


def test_control_without_the_lock_bottles_are_promised_twice(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the stock's lock nor the cart's, which both of one customer take before it."""
    monkeypatch.setattr(drafting, "lock_allowance", lambda draft, now: None)
    unlock_stock(monkeypatch, 2)
    assert last_two(shared) == 4
