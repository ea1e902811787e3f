"""What the offers of a release still promise, as those who stand in their groups change."""

from __future__ import annotations

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.backoffice.releases.activation import release_promises
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus
from tirage.offers.models import CustomAllowance
from tirage.orders.models import OrderLine


def cabernets(world: World) -> int:
    return next(
        one.release for one in release_promises(world.release, world.now) if one.sku == world.cabernet
    )


def test_what_somebody_bought_who_left_takes_nothing_off_the_others_promise(world: World) -> None:
    promised = cabernets(world)
    bought(world, world.ben, {"CAB23": 2})
    assert cabernets(world) == promised - 2
    Customer.objects.filter(pk=world.ben.pk).update(status=CustomerStatus.SUSPENDED.value)
    Customer.objects.filter(pk=world.dora.pk).update(status=CustomerStatus.ACTIVE.value)
    assert cabernets(world) == promised  # Dora may take what Ben might have taken


def test_what_somebody_was_sold_beyond_their_maximum_takes_nothing_off_the_others_promise(
    world: World,
) -> None:
    """Ben and Dora may take three each; the team sells Ben five."""
    Customer.objects.filter(pk=world.dora.pk).update(status=CustomerStatus.ACTIVE.value)
    promised = cabernets(world)
    bought(world, world.ben, {"CAB23": 2})
    OrderLine.objects.update(quantity=5)
    assert cabernets(world) == promised - 3
    item = world.estate_offer.items.get(sku=world.cabernet)
    CustomAllowance.objects.create(offer_item=item, customer=world.ben, purchase_maximum=4)
    assert cabernets(world) == promised - 3  # one more was promised to Ben, and is sold
    CustomAllowance.objects.update(purchase_maximum=9)
    assert cabernets(world) == promised + 6 - 5
