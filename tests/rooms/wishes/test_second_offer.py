"""Second offers: proposed from what is left, made as drafts, checked again at the act, taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.customers.models import Group
from tirage.inventory.models import Stock
from tirage.offers.checks import Level, check_offer_itself
from tirage.offers.models import Offer, Release
from tirage.offers.operations import activate_offer
from tirage.wishes.reallocation.models import Reallocation
from tirage.wishes.reallocation.rules import share_for_each, to_give
from tirage.wishes.reallocation.second_offer import (
    SecondOffer,
    make_second_offer,
    propose_second_offer,
    undo_second_offer,
    with_maximums,
)
from tirage.wishes.reallocation.unused import unused_of


@pytest.fixture
def left(world: World) -> World:
    """Ben has bought two Cabernets, and Estate's offer is over: one, six Chardonnays and a magnum are left."""
    bought(world, world.ben, {"CAB23": 2})
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now)
    return world


def proposed(world: World, *groups: Group) -> SecondOffer:
    pool = unused_of(world.release, world.now).to_give
    return propose_second_offer(world.release, groups, pool, world.now)


def made(world: World, *groups: Group) -> Reallocation:
    return make_second_offer(plan=proposed(world, *groups), actor=world.staff, now=world.now)


def test_a_second_offer_is_a_draft_like_the_first(left: World) -> None:
    world = left
    done = made(world, world.estate)
    offer = done.offers.get()
    assert offer.release.name == "Autumn 2026, second offer" and offer.group == world.estate
    assert not offer.is_active and offer.message == world.estate_offer.message
    assert {item.sku.code: item.purchase_maximum for item in offer.items.all()} == {
        "CAB23": 1,
        "CAB23-MAG": 1,
        "CHA24": 6,
    }
    first = world.item(world.estate_offer, world.cabernet)
    second = offer.items.get(sku=world.cabernet)
    assert (second.price_minor, second.wish_maximum, second.multiple) == (
        first.price_minor,
        first.wish_maximum,
        first.multiple,
    )
    opens = local_time(offer.opens_at)
    assert opens.date() == local_time(world.now).date() + timedelta(days=1)
    assert opens.time() == local_time(world.estate_offer.opens_at).time()
    assert not [check for check in check_offer_itself(offer, world.now) if check.level is Level.STOP]
    assert {line.sku.code: line.pieces for line in done.lines.all()} == {
        "CAB23": 1,
        "CAB23-MAG": 1,
        "CHA24": 6,
    }
    told = Event.objects.filter(name="reallocation.made").get()
    assert told.text == "made a second offer of 8 pieces to Estate"


def test_what_is_given_on_isnt_given_again(left: World) -> None:
    world = left
    plan = proposed(world, world.estate)
    make_second_offer(plan=plan, actor=world.staff, now=world.now)
    assert unused_of(world.release, world.now).to_give == {}
    with pytest.raises(Conflict, match="1 wanted, 0 left to give"):
        make_second_offer(plan=plan, actor=world.staff, now=world.now)
    assert Release.objects.count() == 2, "nothing of the second try is left"


def test_fewer_bottles_than_shown_are_refused(left: World) -> None:
    world = left
    plan = proposed(world, world.estate)
    Stock.objects.filter(sku=world.chardonnay).update(on_hand=4)
    with pytest.raises(Conflict, match="6 wanted, 4 left to give"):
        make_second_offer(plan=plan, actor=world.staff, now=world.now)
    assert not Reallocation.objects.exists()


def test_a_group_without_an_offer_joins_the_release(left: World) -> None:
    world = left
    foundation = Group.objects.create(name="Foundation", kind="allocation", rank=4)
    world.clara.memberships.create(group=foundation, kind="allocation", since=world.now)
    done = made(world, foundation)
    offer = done.offers.get()
    assert offer.release == world.release and offer.title == world.premier_offer.title
    activate_offer(offer=offer, knows_short=10**6, actor=world.staff, now=world.now)
    unused = unused_of(world.release, world.now + timedelta(days=2))
    row = next(row for row in unused.rows if row.offer == offer and row.sku == world.chardonnay)
    assert (row.is_second, row.counted.open) == (True, 6)
    assert unused.to_give == {}, "what it holds out isn't left over once more"
    over = unused_of(world.release, offer.closes_at)
    assert over.to_give[world.cabernet.pk] == 1 + 6, "nobody took it there; Premier is over by then, too"


def test_unsold_bottles_come_back_when_the_second_offer_is_over(left: World) -> None:
    world = left
    offer = made(world, world.estate).offers.get()
    Offer.objects.filter(pk=offer.pk).update(is_active=True, opens_at=world.now - timedelta(minutes=1))
    bought(world, world.ben, {"CHA24": 2})
    assert unused_of(world.release, world.now).to_give == {}
    Offer.objects.filter(pk=offer.pk).update(closes_at=world.now + timedelta(minutes=1))
    later = world.now + timedelta(hours=1)
    assert unused_of(world.release, later).to_give[world.chardonnay.pk] == 4


def test_a_draft_is_taken_back_whole(left: World) -> None:
    world = left
    before = unused_of(world.release, world.now).to_give
    done = made(world, world.estate)
    undo_second_offer(reallocation=done, actor=world.staff, now=world.now)
    assert list(Release.objects.all()) == [world.release]
    assert unused_of(world.release, world.now).to_give == before
    with pytest.raises(Conflict, match="taken back already"):
        undo_second_offer(reallocation=done, actor=world.staff, now=world.now)
    made(world, world.estate)


def test_what_was_open_is_closed_and_what_was_bought_stays(left: World) -> None:
    world = left
    done = made(world, world.estate)
    offer = done.offers.get()
    Offer.objects.filter(pk=offer.pk).update(
        is_active=True, activated_at=world.now, opens_at=world.now - timedelta(minutes=1)
    )
    bought(world, world.ben, {"CHA24": 1})
    with pytest.raises(DomainError, match="were bought"):
        undo_second_offer(reallocation=done, actor=world.staff, now=world.now)
    offer.orders.update(state="cancelled")
    undo_second_offer(reallocation=done, actor=world.staff, now=world.now)
    offer.refresh_from_db()
    assert not offer.is_active


def test_maximums_can_be_written_anew(left: World) -> None:
    world = left
    plan = with_maximums(proposed(world, world.estate), {(world.estate.pk, world.chardonnay.pk): 2})
    done = make_second_offer(plan=plan, actor=world.staff, now=world.now)
    assert done.lines.get(sku=world.chardonnay).pieces == 2
    nothing = with_maximums(plan, {(world.estate.pk, sku_id): 0 for sku_id in plan.pool})
    with pytest.raises(DomainError, match="Every maximum is 0"):
        make_second_offer(plan=nothing, actor=world.staff, now=world.now)
    with pytest.raises(DomainError) as refused:
        with_maximums(proposed_premier(world), {(world.premier.pk, world.chardonnay.pk): 4})
    assert refused.value.fields == {
        f"max-{world.premier.pk}-{world.chardonnay.pk}": "Sold in 3s, so write a multiple of 3."
    }


def proposed_premier(world: World) -> SecondOffer:
    return propose_second_offer(world.release, [world.premier], {world.chardonnay.pk: 12}, world.now)


@pytest.mark.once
def test_shares_are_even_whole_and_no_more_than_before() -> None:
    assert share_for_each(100, 30, multiple=1, at_most=6) == 3
    assert share_for_each(100, 10, multiple=1, at_most=6) == 6
    assert share_for_each(100, 30, multiple=3, at_most=6) == 3
    assert share_for_each(10, 30, multiple=1, at_most=6) == 1, "first come, first served"
    assert share_for_each(100, 10, multiple=6, at_most=0) == 6
    assert share_for_each(2, 1, multiple=3, at_most=6) == 0
    assert share_for_each(5, 0, multiple=1, at_most=6) == 0
    assert to_give(left=10, beyond=2, given=3, free=100, waiting=0) == 5
    assert to_give(left=10, beyond=0, given=3, free=4, waiting=3) == 1
    assert to_give(left=1, beyond=5, given=0, free=4, waiting=0) == 0
