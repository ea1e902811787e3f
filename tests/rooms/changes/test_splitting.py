"""A split of what staff put together: what may go now is sold, the rest is kept for the customer until it may."""

from __future__ import annotations

import pytest

from tests.rooms.changes.journey import bought, confirm, draft_of, held_for, pieces_on
from tests.rooms.changes.test_ordering import codes, put_together
from tests.rooms.checkout.test_splitting import held, kept
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.changes.facts import gather_facts
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import split_draft
from tirage.changes.queries import find_draft
from tirage.changes.splitting import DraftSplit, split_of_draft
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.orders.models import Order


def shown(world: World, draft: ChangeDraft) -> DraftSplit | None:
    return split_of_draft(gather_facts(find_draft(draft.reference, world.staff), world.now), world.now)


def split(world: World, draft: ChangeDraft, expected: str | None = None) -> None:
    found = shown(world, draft)
    key = expected or (found.key if found else "")
    split_draft(draft_reference=draft.reference, expected=key, seen=None, actor=world.staff, now=world.now)


def test_a_telephone_order_is_split_and_no_bottle_is_free_in_between(world: World) -> None:
    limited(world.new_york, 3)
    draft = put_together(world, world.ben, {world.cabernet: 2, world.chardonnay: 2})
    assert codes(draft, world) == ["beyond_volume_limit"]
    told = shown(world, draft)
    assert told and (told.first, told.rest) == (3, 1)
    before = held(world)
    split(world, draft)
    assert held(world) == before and kept(world) == {"CHA24": 1} and held_for(draft, world.now) == 3
    assert codes(draft, world) == [] and shown(world, draft) is None
    assert confirm(world, draft, world.staff).status == "applied"
    assert pieces_on(Order.objects.get()) == {"CAB23": 2, "CHA24": 1} and kept(world) == {"CHA24": 1}
    said = Event.objects.get(name="cart.split")
    assert (said.customer_id, said.actor_label) == (world.ben.pk, world.staff.label)
    assert run_checks(world.now) == []


def test_of_a_change_what_it_adds_is_split(world: World) -> None:
    limited(world.new_york, 3)
    order = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, add={world.chardonnay: 3})
    told = shown(world, draft)
    assert told and (told.first, told.rest) == (1, 2)
    split(world, draft)
    assert confirm(world, draft, world.staff).status == "applied"
    assert pieces_on(order) == {"CAB23": 2, "CHA24": 1} and kept(world) == {"CHA24": 2}
    assert run_checks(world.now) == []


@pytest.mark.parametrize("against", ["law", "nothing fits", "a year away", "nothing"])
def test_no_split_is_shown_that_doesnt_help(world: World, against: str) -> None:
    if against == "law":
        law(world.new_york)
    elif against != "nothing":
        limited(world.new_york, 1, period="fiscal_year" if against == "a year away" else "month")
    if against == "nothing fits":
        bought(world, world.ben, {"CHA24": 1})
    assert shown(world, put_together(world, world.ben, {world.cabernet: 2})) is None


def test_a_split_that_isnt_the_one_that_was_seen_changes_nothing(world: World) -> None:
    limited(world.new_york, 3)
    draft = put_together(world, world.ben, {world.cabernet: 3, world.chardonnay: 2})
    seen = shown(world, draft)
    assert seen
    limited(world.new_york, 2, "household")
    with pytest.raises(Conflict, match="Nothing was split"):
        split(world, draft, seen.key)
    assert kept(world) == {} and held_for(draft, world.now) == 5
