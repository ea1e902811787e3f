"""The world that the other tests stand on."""

from django.db import connection
from django.db.models import Sum

from tests.world import World
from tirage.inventory.models import Movement, Stock
from tirage.offers.models import OfferItem


def test_everybody_is_where_the_world_says(world: World) -> None:
    assert [m.group.name for m in world.ana.memberships.all()] == ["Premier"]
    assert [m.group.name for m in world.ben.memberships.all()] == ["Estate"]
    assert not world.clara.memberships.exists()
    assert not world.dora.is_active


def test_stock_is_the_sum_of_its_movements(world: World) -> None:
    for stock in Stock.objects.all():
        moved = Movement.objects.filter(stock=stock).aggregate(sum=Sum("quantity"))["sum"]
        assert moved == stock.on_hand


def test_the_release_is_open_for_each_group(world: World) -> None:
    offers = list(world.release.offers.all())
    assert len(offers) == 3
    assert all(offer.is_active and offer.opens_at <= world.now < offer.closes_at for offer in offers)
    assert OfferItem.objects.count() == 9


def test_the_database_enforces_its_constraints(world: World) -> None:
    connection.check_constraints()
