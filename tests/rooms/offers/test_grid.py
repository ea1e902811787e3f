"""A release grid saved at once, and its drafts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.catalog.models import Sku
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.customers.models import Group
from tirage.offers.grid.drafts import discard_draft, draft_cells, propose_cells, propose_maximums
from tirage.offers.grid.rules import Cell
from tirage.offers.grid.saving import GridSaved, save_grid
from tirage.offers.models import GridDraft, Offer, OfferItem, Release
from tirage.offers.states import GridField

MAXIMUM, MINIMUM, WISH, PRICE = GridField.MAXIMUM, GridField.MINIMUM, GridField.WISH, GridField.PRICE


def at(offer: Offer, sku: Sku, field: GridField = MAXIMUM) -> Cell:
    return Cell(offer.pk, sku.pk, field)


def saved(world: World, typed: dict[Cell, int | None], **more: object) -> GridSaved:
    values = {"release": world.release, "typed": typed, "actor": world.staff, "now": world.now} | more
    return save_grid(**values)  # type: ignore[arg-type]  # mixed on purpose


def shown(world: World) -> dict[Cell, Any]:
    """All that a page shows of the release."""
    return {
        Cell(item.offer_id, item.sku_id, field): getattr(item, field.value)
        for item in OfferItem.objects.filter(offer__release=world.release)
        for field in GridField
    }


def words() -> list[str]:
    return list(Event.objects.filter(name="offer.items_saved").order_by("id").values_list("text", flat=True))


def test_one_save_changes_adds_and_takes_out_in_several_offers(world: World) -> None:
    done = saved(
        world,
        {
            at(world.premier_offer, world.cabernet): 4,
            at(world.premier_offer, world.cabernet, PRICE): 99_00,
            at(world.estate_offer, world.syrah_pack): 2,
            at(world.welcome_offer, world.syrah_pack): None,
            at(world.estate_offer, world.magnum): 1,
        },
    )
    premier = world.item(world.premier_offer, world.cabernet)
    assert (premier.purchase_maximum, premier.price_minor) == (4, 99_00)
    added = world.item(world.estate_offer, world.syrah_pack)
    assert (added.purchase_maximum, added.purchase_minimum, added.position) == (2, 0, 3)
    assert not world.welcome_offer.items.filter(sku=world.syrah_pack).exists()
    assert (len(done.added), len(done.changed), len(done.removed)) == (1, 1, 1)
    assert words() == [
        "lowered Estate Cabernet Sauvignon 2023 750 ml from 6 to 4; "
        "changed Estate Cabernet Sauvignon 2023 750 ml: price in the offer to Premier",
        "added Old Road Syrah 2023 3 × 750 ml, at most 2 each in the offer to Estate",
        "took out Old Road Syrah 2023 3 × 750 ml in the offer to Welcome",
    ]


def test_a_grid_that_says_what_stands_writes_nothing(world: World) -> None:
    done = saved(world, dict(shown(world)))
    assert done.cells == 0
    assert words() == []


def test_what_is_refused_names_its_cells_and_nothing_is_written(world: World) -> None:
    bad = {
        at(world.premier_offer, world.chardonnay): 7,  # sold in threes
        at(world.premier_offer, world.cabernet, MINIMUM): 7,
        at(world.premier_offer, world.magnum): 10_000,
        at(world.welcome_offer, world.cabernet, PRICE): 99_00,
        at(world.welcome_offer, world.magnum, PRICE): None,
        at(world.estate_offer, world.cabernet): 1,
    }
    with pytest.raises(DomainError) as refused:
        saved(world, bad)
    assert set(refused.value.fields) == {
        at(world.premier_offer, world.chardonnay).name,
        at(world.premier_offer, world.cabernet).name,
        at(world.premier_offer, world.magnum).name,
        at(world.welcome_offer, world.cabernet).name,
    }
    assert world.item(world.estate_offer, world.cabernet).purchase_maximum == 3
    assert words() == []


def test_a_default_above_the_new_maximum_comes_down_with_it(world: World) -> None:
    OfferItem.objects.filter(offer=world.premier_offer, sku=world.cabernet).update(default_quantity=5)
    done = saved(world, {at(world.premier_offer, world.cabernet): 4})
    assert world.item(world.premier_offer, world.cabernet).default_quantity == 4
    assert [item.sku for item in done.defaults] == [world.cabernet]
    assert [(item.sku, was) for item, was in done.lowered] == [(world.cabernet, 6)]


def test_a_wine_that_somebody_bought_stays_in_the_offer(world: World) -> None:
    bought(world, world.ben, {"CAB23": 2})
    with pytest.raises(DomainError) as refused:
        saved(
            world, {at(world.estate_offer, world.cabernet): None, at(world.estate_offer, world.magnum): None}
        )
    assert list(refused.value.fields) == [at(world.estate_offer, world.cabernet).name]
    assert world.estate_offer.items.count() == 3
    saved(world, {at(world.estate_offer, world.cabernet): 0, at(world.estate_offer, world.magnum): None})
    assert world.item(world.estate_offer, world.cabernet).purchase_maximum == 0


def test_two_hands_write_what_each_changed(world: World) -> None:
    page = shown(world)
    typed = dict(page)
    theirs = at(world.premier_offer, world.cabernet)
    mine = at(world.estate_offer, world.cabernet)
    saved(world, {**typed, theirs: 9}, shown=page)
    saved(world, {**typed, mine: 5}, shown=page)
    assert world.item(world.premier_offer, world.cabernet).purchase_maximum == 9
    assert world.item(world.estate_offer, world.cabernet).purchase_maximum == 5


def test_a_cell_that_both_changed_is_shown_with_both_and_nothing_is_written(world: World) -> None:
    page = shown(world)
    both, mine = at(world.premier_offer, world.cabernet), at(world.estate_offer, world.cabernet)
    saved(world, {both: 9})
    with pytest.raises(Overtaken) as refused:
        saved(world, {both: 3, mine: 5}, shown=page)
    clash = refused.value.clashes[both.name]
    assert (clash.was, clash.theirs, clash.yours) == (6, 9, 3)
    assert world.item(world.estate_offer, world.cabernet).purchase_maximum == 3


def test_what_one_took_out_another_doesn_t_put_back_unknowingly(world: World) -> None:
    page = shown(world)
    out = at(world.welcome_offer, world.syrah_pack)
    saved(world, {out: None})
    left_alone = {cell: value for cell, value in page.items() if cell[:2] == out[:2]}
    saved(world, dict(left_alone), shown=page)
    assert not world.welcome_offer.items.filter(sku=world.syrah_pack).exists()
    with pytest.raises(Overtaken) as refused:
        saved(world, {**left_alone, out._replace(field=WISH): 2}, shown=page)
    assert refused.value.clashes[out.name].theirs is None
    after = {cell: value for cell, value in page.items() if cell[:2] != out[:2]}
    saved(world, {**left_alone, out._replace(field=WISH): 2}, shown={**after, out: None})
    assert world.item(world.welcome_offer, world.syrah_pack).wish_maximum == 2


def test_what_another_changed_isn_t_taken_out_unknowingly(world: World) -> None:
    page = shown(world)
    out = at(world.welcome_offer, world.syrah_pack)
    saved(world, {out._replace(field=WISH): 3})
    typed = {cell: value for cell, value in page.items() if cell[:2] == out[:2]} | {out: None}
    with pytest.raises(Overtaken) as refused:
        saved(world, typed, shown=page)
    assert list(refused.value.clashes) == [out._replace(field=WISH).name]
    assert world.welcome_offer.items.filter(sku=world.syrah_pack).exists()


def test_offers_of_other_releases_and_deleted_ones_are_no_part_of_the_grid(world: World) -> None:
    other = Release.objects.create(name="Spring", made_at=world.now)
    with pytest.raises(Conflict):
        saved(world, {at(world.premier_offer, world.cabernet): 4}, release=other)
    assert world.item(world.premier_offer, world.cabernet).purchase_maximum == 6


@pytest.fixture
def large(world: World) -> list[Cell]:
    """Twelve wines in twenty offers."""
    release = Release.objects.create(name="Large", made_at=world.now)
    skus = [
        Sku.objects.create(code=f"L{index}", vintage=world.cabernet.vintage, name=f"L{index}", price_minor=1)
        for index in range(12)
    ]
    cells = []
    for index in range(20):
        group = Group.objects.create(name=f"Tier {index}", kind="allocation", rank=20 + index)
        opens_at = world.now + timedelta(days=1)
        offer = Offer.objects.create(
            release=release, group=group, opens_at=opens_at, closes_at=opens_at + timedelta(days=7)
        )
        OfferItem.objects.bulk_create(
            OfferItem(offer=offer, sku=sku, position=place, purchase_maximum=6, wish_maximum=1)
            for place, sku in enumerate(skus[:6])
        )
        cells += [at(offer, sku, field) for sku in skus for field in (MAXIMUM, WISH)]
    return cells


def statements(world: World, cells: list[Cell], value: int) -> int:
    release = Offer.objects.get(pk=cells[0].offer_id).release
    with CaptureQueriesContext(connection) as found:
        done = saved(world, dict.fromkeys(cells, value), release=release)
    assert done.added
    assert done.changed
    return len(found)


def test_the_statements_of_a_save_don_t_grow_with_its_cells(world: World, large: list[Cell]) -> None:
    """Adding, changing and taking out; rows are written in portions of hundreds."""
    few = statements(world, large[:24], 4)
    many = statements(world, large[24:], 4)
    assert many <= few + 4, (few, many)
    release = Offer.objects.get(pk=large[0].offer_id).release
    counts = []
    for cells in (large[:24], large[24:]):
        with CaptureQueriesContext(connection) as found:
            done = saved(world, dict.fromkeys(cells), release=release)
        assert len(done.removed) == len(cells) / 2
        counts.append(len(found))
    assert counts[1] <= counts[0] + 4, counts


def test_proposals_wait_until_they_are_applied(world: World) -> None:
    cells = {
        (world.premier_offer.pk, world.cabernet.pk): 9,
        (world.premier_offer.pk, world.magnum.pk): 2,
        (world.estate_offer.pk, world.magnum.pk): None,
    }
    draft = propose_maximums(
        release=world.release,
        cells=cells,
        source="Suggest maximums",
        note="90 %",
        actor=world.staff,
        now=world.now,
    )
    assert draft_cells(draft) == {
        at(world.premier_offer, world.cabernet): 9,
        at(world.estate_offer, world.magnum): None,
    }, "what stands already isn't proposed"
    assert world.item(world.premier_offer, world.cabernet).purchase_maximum == 6
    saved(world, draft_cells(draft), draft=draft)
    draft.refresh_from_db()
    assert (draft.state, draft.ended_at) == ("applied", world.now)
    assert world.item(world.premier_offer, world.cabernet).purchase_maximum == 9
    assert not discard_draft(draft=draft, actor=world.staff, now=world.now)
    assert [event.name for event in Event.objects.filter(name__startswith="grid.").order_by("id")] == [
        "grid.proposed",
        "grid.applied",
    ]


def test_a_newer_draft_of_one_source_replaces_the_open_one(world: World) -> None:
    first, second = (
        propose_maximums(
            release=world.release,
            cells={(world.premier_offer.pk, world.cabernet.pk): maximum},
            source="Suggest maximums",
            actor=world.staff,
            now=world.now,
        )
        for maximum in (8, 9)
    )
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "open")
    assert discard_draft(draft=second, actor=world.staff, now=world.now)
    second.refresh_from_db()
    assert second.state == "discarded"


@pytest.mark.parametrize("code", ["nothing_proposed", "grid_unknown"])
def test_drafts_of_nothing_and_of_strangers_are_refused(world: World, code: str) -> None:
    cells = {
        at(world.premier_offer, world.cabernet): 6,
        at(world.premier_offer, world.cabernet, MINIMUM): None,
    }
    if code == "grid_unknown":
        cells = {Cell(world.premier_offer.pk, 99_999, MAXIMUM): 6}
    with pytest.raises(DomainError) as refused:
        propose_cells(release=world.release, cells=cells, source="Paste", actor=world.staff, now=world.now)
    assert refused.value.code == code
    assert not GridDraft.objects.exists()
