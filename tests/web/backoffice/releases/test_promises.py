"""What the offers of a release still promise, as those who stand in their groups change."""

from __future__ import annotations

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.backoffice.releases.activation import release_promises
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus


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
