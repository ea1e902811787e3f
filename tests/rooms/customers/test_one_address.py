"""Two addresses of a customer that are one place: found, made one, made two again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.standing.standing import agreed, offered
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Address
from tirage.customers.operations import merge_addresses, remove_address, restore_address, save_address
from tirage.customers.operations.one_address import became_of
from tirage.customers.twins import find_twins, naming, references
from tirage.standing.models import StandingOrder

#: Ben's home, as an old list had it.
AGAIN = {
    "recipient": "Mr. Ben J. Baker",
    "line1": "3 PRINCE ST.",
    "city": "Nyc",
    "state": "NY",
    "postal_code": "10012-3456",
    "country": "US",
    "phone": "+12125550109",
}


@pytest.fixture
def again(world: World) -> Address:
    return Address.objects.create(customer=world.ben, **AGAIN)


def pairs(world: World) -> list[tuple[Address, Address]]:
    own = world.ben.addresses.filter(removed_at__isnull=True)
    return [(pair.stays, pair.goes) for pair in find_twins(own)]


def merge(world: World, stays: Address, goes: Address) -> Address:
    return merge_addresses(
        customer=world.ben,
        stays_reference=stays.reference,
        goes_reference=goes.reference,
        actor=world.staff,
        now=world.now,
    )


def restore(world: World, goes: Address) -> Address:
    return restore_address(
        customer=world.ben, address_reference=goes.reference, actor=world.staff, now=world.now
    )


def facts(address: Address) -> dict[str, Any]:
    return dict(Address.objects.filter(pk=address.pk).values().get())


def test_two_spellings_of_one_place_are_a_pair_and_the_default_stays(world: World, again: Address) -> None:
    assert pairs(world) == [(world.ben_home, again)]


@pytest.mark.parametrize(
    "other",
    [
        {"recipient": "Carla Chen"},
        {"line2": "Apt 2"},
        {"line1": "5 Prince Street"},
        {"postal_code": "10013"},
        {"country": "CA", "state": "ON", "postal_code": "K1A 0B1"},
    ],
)
def test_another_person_flat_or_place_is_none(world: World, other: dict[str, str]) -> None:
    Address.objects.create(customer=world.ben, **{**AGAIN, **other})
    assert pairs(world) == []


def test_the_one_that_stays_takes_what_it_lacks_and_keeps_its_spelling(world: World, again: Address) -> None:
    Address.objects.filter(pk=world.ben_home.pk).update(phone="")
    merge(world, world.ben_home, again)
    home = Address.objects.get(pk=world.ben_home.pk)
    assert (home.line1, home.city, home.recipient) == (
        "3 Prince Street",
        "New York",
        world.ben_home.recipient,
    )
    assert (home.phone, home.postal_code, home.is_default) == ("+12125550109", "10012-3456", True)
    gone = Address.objects.get(pk=again.pk)
    assert gone.removed_at == world.now and pairs(world) == []
    told = Event.objects.get(name="address.merged")
    assert told.customer_id == world.ben.pk and "3 PRINCE ST." in told.text


def test_the_default_may_go_and_the_other_is_the_default_then(world: World, again: Address) -> None:
    merge(world, again, world.ben_home)
    assert [one.pk for one in world.ben.addresses.filter(is_default=True)] == [again.pk]
    restore(world, world.ben_home)
    assert [one.pk for one in world.ben.addresses.filter(is_default=True)] == [world.ben_home.pk]


def test_what_names_the_one_that_goes_names_the_other_and_back(world: World, again: Address) -> None:
    offered(world)
    standing = agreed(world, world.ben)
    StandingOrder.objects.filter(pk=standing.pk).update(address=again)
    assert naming([again.pk]) == {again.pk: ("a standing order",)}
    merge(world, world.ben_home, again)
    assert StandingOrder.objects.get(pk=standing.pk).address_id == world.ben_home.pk
    restore(world, again)
    assert StandingOrder.objects.get(pk=standing.pk).address_id == again.pk


def test_undone_both_are_as_they_were(world: World, again: Address) -> None:
    Address.objects.filter(pk=world.ben_home.pk).update(phone="")
    before = facts(world.ben_home), facts(again)
    merge(world, world.ben_home, again)
    restore(world, again)
    assert (facts(world.ben_home), facts(again)) == before
    assert Event.objects.filter(name="address.parted", customer_id=world.ben.pk).count() == 1


def test_what_was_changed_since_stays_where_it_is_undone(world: World, again: Address) -> None:
    Address.objects.filter(pk=world.ben_home.pk).update(phone="")
    merge(world, world.ben_home, again)
    Address.objects.filter(pk=world.ben_home.pk).update(phone="+12125550777")
    restore(world, again)
    assert Address.objects.get(pk=world.ben_home.pk).phone == "+12125550777"


def test_undone_twice_is_undone_once(world: World, again: Address) -> None:
    merge(world, world.ben_home, again)
    restore(world, again)
    restore(world, again)
    assert Event.objects.filter(name="address.parted").count() == 1


def test_whoever_knew_the_other_one_finds_this_one(world: World, again: Address) -> None:
    assert became_of(world.ben.pk, again.reference) == again.reference
    merge(world, world.ben_home, again)
    assert became_of(world.ben.pk, again.reference) == world.ben_home.reference
    assert became_of(world.ana.pk, again.reference) == again.reference
    restore(world, again)
    remove_address(customer=world.ben, address_reference=again.reference, actor=world.staff, now=world.now)
    assert became_of(world.ben.pk, again.reference) == again.reference


@pytest.mark.parametrize("stays", ["ana_home", "ben_home"])
def test_others_addresses_and_other_places_are_never_made_one(world: World, stays: str) -> None:
    other = Address.objects.create(customer=world.ben, **AGAIN | {"line1": "9 Prince Street"})
    with pytest.raises(DomainError, match="Look at them once more"):
        merge(world, getattr(world, stays), other)
    assert Address.objects.get(pk=other.pk).removed_at is None
    assert not Event.objects.filter(name="address.merged").exists()


def test_one_address_is_no_pair(world: World) -> None:
    with pytest.raises(DomainError, match="two different"):
        merge(world, world.ben_home, world.ben_home)


def test_two_that_were_there_before_can_each_be_changed(world: World, again: Address) -> None:
    Address.objects.filter(pk=again.pk).update(recipient=world.ben_home.recipient, city="New York")
    changed = save_address(
        customer=world.ben,
        address_reference=again.reference,
        values={"company": "Baker & Sons"},
        make_default=True,
        actor=world.staff,
        now=world.now,
    )
    assert (changed.pk, changed.company, changed.is_default) == (again.pk, "Baker & Sons", True)


def test_everything_that_names_an_address_has_its_words(world: World, again: Address) -> None:
    assert [model._meta.label for model, _ in references()] == ["clubs.ClubMember", "standing.StandingOrder"]
