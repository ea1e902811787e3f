"""Several members give the last bottles away at once, while carts take some: never more is given than there is. With
its control, the race without the locks, which must break that."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, invite, rush
from tests.concurrency.test_release_races import take
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.inventory.models import Stock
from tirage.wishes.reallocation import giving
from tirage.wishes.reallocation.models import Gift, Reallocation

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def give_the_last(world: World, *, carts: int = 0) -> list[Exception]:
    """Three magnums are there; five customers are given one each, all at once, while ``carts`` others take one."""
    Stock.objects.filter(sku=world.magnum).update(on_hand=3)
    made = Reallocation.objects.create(
        release=world.release, kind="allowances", made_at=world.now, actor_label="Olive"
    )
    guests = invite(world, 5 + carts)
    item = world.item(world.estate_offer, world.magnum)
    facts: dict[str, Any] = {"reallocation": made.reference, "sku": "CAB23-MAG", "pieces": 1}
    facts |= {"tells": False, "words": "", "since": world.now, "actor": world.staff, "now": world.now}
    acts = [partial(giving.give_one_of_many, key=guest.reference, **facts) for guest in guests[:5]]
    takes = [partial(take, guest, item.pk, 1, world.now) for guest in guests[5:]]
    return rush([*acts, *takes]).refusals


def test_two_who_give_the_last_bottles_give_what_there_is(shared: World) -> None:
    refusals = give_the_last(shared)
    assert Gift.objects.count() == 3
    assert len(refusals) == 2 and all(isinstance(one, DomainError) for one in refusals)


def test_bottles_in_carts_are_not_given(shared: World) -> None:
    refusals = give_the_last(shared, carts=2)
    assert shared.stock(shared.magnum).held == 2, "a gift takes nothing out of a cart"
    assert 1 <= Gift.objects.count() <= 3
    assert all(isinstance(one, DomainError) for one in refusals)


def test_control_without_the_locks_more_is_given_than_there_is(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, counted = gather(5), giving.free_to_give

    def all_look_first(sku_id: int, now: Any) -> int:
        free = counted(sku_id, now)
        meet()
        return free

    monkeypatch.setattr(giving, "lock_row", lambda rows: None)
    monkeypatch.setattr(giving, "lock_rows", lambda rows: [])
    monkeypatch.setattr(giving, "free_to_give", all_look_first)
    give_the_last(shared)
    assert Gift.objects.count() > 3
