"""Past offers as cells: to whom, how much of it was taken, and what ran out."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms.planning.past import DAY, add_lines, add_members, order, plan_again
from tests.world import World
from tirage.catalog.models import Sku
from tirage.customers.models import Customer
from tirage.inventory.models import Movement
from tirage.offers.audience import audiences, item_audiences
from tirage.offers.models import CustomAllowance, Offer
from tirage.planning.forecast.cells import Taken
from tirage.planning.history import read_history

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(world: World) -> list[Customer]:
    return add_members(world, world.estate, 9)


def history(world: World, days: int = 10) -> dict[tuple[str, str], Taken]:
    """Each cell of the world's release, by the names of group and sku, so many days later."""
    at = world.now + days * DAY
    found = read_history(before=at, now=at).past
    groups = {world.premier.pk: "Premier", world.estate.pk: "Estate", world.welcome.pk: "Welcome"}
    codes = dict(Sku.objects.values_list("pk", "code"))
    return {(groups[one.cell.group], codes[one.cell.sku]): one for past in found for one in past.cells}


def test_entitled_is_what_all_members_might_take(world: World, members: list[Customer]) -> None:
    """Ten of Estate (Dora is suspended) at three Cabernets, one of them with five of his own."""
    item = world.item(world.estate_offer, world.cabernet)
    CustomAllowance.objects.create(offer_item=item, customer=members[0], purchase_maximum=5)
    cell = history(world)["Estate", "CAB23"].cell
    assert (cell.people, cell.entitled, cell.maximum) == (10, 32, 3)
    offers = list(Offer.objects.all())
    late = world.now + 10 * DAY
    whole = audiences(offers, late)
    units = dict(Sku.objects.values_list("pk", "units"))
    by_item = item_audiences(offers, late)
    for offer in offers:
        bottles = sum(by_item[one.pk].entitled * units[one.sku_id] for one in offer.items.all())
        assert bottles == whole[offer.pk].offered


def test_taken_is_what_the_ledger_says_up_to_the_maximum(world: World, members: list[Customer]) -> None:
    """Two orders and a change of one person are one; a grant beyond the maximum and a cancelled order don't count."""
    offer, cabernet = world.estate_offer, world.cabernet
    first = order(members[0], offer, world.now, {cabernet: 1, world.magnum: 1})
    order(members[0], offer, world.now + DAY, {cabernet: 1})
    add_lines(first, world.now + 20 * DAY, {world.magnum: -1})
    order(members[1], offer, world.now, {cabernet: 3})
    wished = order(members[2], offer, world.now, {cabernet: 3})
    add_lines(wished, world.now + 9 * DAY, {cabernet: 4})
    order(members[3], offer, world.now, {cabernet: 3}, state="cancelled")
    found = history(world)
    cabernets = found["Estate", "CAB23"]
    assert (cabernets.taken, cabernets.buyers, cabernets.squares) == (8, 3, 4 + 9 + 9)
    assert found["Estate", "CAB23-MAG"].taken == 0
    assert found["Premier", "CAB23"].taken == 0


def test_only_what_is_over_is_past_and_rehearsals_never_are(world: World) -> None:
    assert history(world, days=6) == {}
    assert {group for group, _ in history(world)} == {"Premier", "Estate"}
    world.estate.is_test = True
    world.estate.save()
    assert {group for group, _ in history(world)} == {"Premier"}
    Offer.objects.update(is_active=False)
    assert history(world) == {}


def test_the_price_before_is_that_of_the_release_before(world: World) -> None:
    """In the first release nothing had a price before; a later one is dearer than the item's price then."""
    world.premier_offer.items.filter(sku=world.cabernet).update(price_minor=110_00)
    late = world.now + 20 * DAY
    again = plan_again(world, late + DAY, price_minor=None)
    found = read_history(before=late, now=late, release=again)
    assert all(one.cell.price_before is None for past in found.past for one in past.cells)
    planned = {(one.item.offer.group_id, one.item.sku_id): one.cell for one in found.planned}
    premier = planned[world.premier.pk, world.cabernet.pk]
    assert (premier.price_before, premier.price_minor) == (110_00, 120_00)
    estate = planned[world.estate.pk, world.cabernet.pk]
    assert (estate.price_before, estate.price_minor) == (120_00, 120_00)


def test_a_wine_ran_out_when_nothing_of_it_was_left_at_the_close(
    world: World, members: list[Customer]
) -> None:
    """Six magnums: five ordered before the close and one broken are all; what came later doesn't undo it."""
    for member in members[:5]:
        order(member, world.estate_offer, world.now, {world.magnum: 1})
    assert not history(world)["Estate", "CAB23-MAG"].gone
    stock = world.stock(world.magnum)
    broken = Movement.objects.create(
        stock=stock, at=world.now + DAY, quantity=-1, reason="breakage", actor_label="Tirage"
    )
    Movement.objects.create(
        stock=stock, at=world.now + 9 * DAY, quantity=60, reason="received", actor_label="Tirage"
    )
    found = history(world)
    assert found["Estate", "CAB23-MAG"].gone
    assert not found["Estate", "CAB23"].gone
    # Broken after the close, it was there all the while.
    Movement.objects.filter(pk=broken.pk).update(at=world.now + 8 * DAY)
    assert not history(world)["Estate", "CAB23-MAG"].gone


def test_granted_from_a_reserve_after_the_close_it_did_not_run_out(
    world: World, members: list[Customer]
) -> None:
    for member in members[:6]:
        placed = order(member, world.estate_offer, world.now, {world.cabernet: 1})
        add_lines(placed, world.now + 9 * DAY, {world.magnum: 1})
    assert not history(world)["Estate", "CAB23-MAG"].gone


def test_stock_that_was_written_down_later_says_nothing(world: World, members: list[Customer]) -> None:
    for member in members[:6]:
        order(member, world.estate_offer, world.now, {world.magnum: 1})
    Movement.objects.update(at=world.now + 30 * DAY)
    assert not history(world)["Estate", "CAB23-MAG"].gone


def test_however_many_releases_the_statements_are_few(world: World, members: list[Customer]) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            at = world.now + 90 * DAY
            assert len(read_history(before=at, now=at).past) == releases
        return len(sent)

    releases = 1
    one = statements()
    for days in (10, 30, 50):
        again = plan_again(world, world.now + days * DAY)
        again.offers.update(is_active=True)
        order(members[0], again.offers.get(group=world.estate), world.now + days * DAY, {world.cabernet: 1})
    releases = 4
    assert statements() == one <= 15
