"""One customer on two devices at once: a refused date of birth beside a first order, one address typed twice, and two
made one twice."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, rush
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.world import World, build_world
from tirage.checkout.operations import place_order
from tirage.checkout.operations import placing as placing_operations
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Address, Customer
from tirage.customers.operations import addresses as address_operations
from tirage.customers.operations import confirm_adult, one_address, save_address
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, committed; Ben has never said how old he is."""
    world = build_world(read_clock())
    Customer.objects.filter(pk=world.ben.pk).update(adult_confirmed_at=None, birth_date=None)
    return world


def orders_beside_a_refused_date(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """A first order that has looked at who buys before the other device's date was refused, and goes on after it."""
    now, looked, refused = read_clock(), gather(2), gather(2)
    hold(world.ben, {"CAB23": 2}, now)
    form = checkout_arguments(world, world.ben, now)
    parties = placing_operations._parties

    def slowly(*facts: Any) -> dict[str, Any]:
        found = parties(*facts)
        looked()
        refused()
        return found

    monkeypatch.setattr(placing_operations, "_parties", slowly)

    def say_too_young() -> None:
        looked()
        born = date(now.year - 20, 1, 1)
        with pytest.raises(DomainError, match="of somebody younger"):
            confirm_adult(customer=world.ben, birth_date=born, actor=world.staff, now=now)
        refused()

    results = rush([partial(place_order, **form), say_too_young])
    assert [getattr(one, "code", one) for one in results.refusals] in ([], ["too_young"])
    world.ben.refresh_from_db()
    assert world.ben.birth_date == date(now.year - 20, 1, 1)
    return Order.objects.filter(customer=world.ben).count()


def test_a_first_order_asks_again_who_buys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert orders_beside_a_refused_date(world, monkeypatch) == 0


def test_control_what_was_looked_at_before_would_sell(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing_operations, "confirm_adult_now", lambda **facts: None)
    assert orders_beside_a_refused_date(world, monkeypatch) == 1


def addresses_typed_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """Two devices send one address in two spellings, both before either is saved, if nothing keeps them apart."""
    met, twin = gather(2, patience=1), address_operations._twin

    def slowly(*facts: Any) -> Address | None:
        found = twin(*facts)
        met()
        return found

    monkeypatch.setattr(address_operations, "_twin", slowly)
    values = {"recipient": "Ben", "city": "Napa", "state": "CA", "postal_code": "94559"}
    acts = [
        partial(
            save_address,
            customer=world.ben,
            address_reference=None,
            values={**values, "line1": line1},
            make_default=False,
            actor=world.staff,
            now=read_clock(),
        )
        for line1 in ("9 Main Street", "9 MAIN ST.")
    ]
    assert rush(acts).refusals == []
    return Address.objects.filter(customer=world.ben, city="Napa").count()


def test_an_address_typed_on_two_devices_is_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses_typed_twice(world, monkeypatch) == 1


def test_control_without_the_lock_there_would_be_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        address_operations, "locked_customer", lambda customer: Customer.objects.get(pk=customer.pk)
    )
    assert addresses_typed_twice(world, monkeypatch) == 2


def times_made_one(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """Two devices make two addresses one, both having looked before either has written, if nothing keeps them apart."""
    met, found = gather(2, patience=1), one_address._found
    spelled = {"line1": world.ben_home.line1.upper()}
    twin = Address.objects.create(customer=world.ben, **address_values_of(world.ben_home) | spelled)

    def slowly(customer: Customer, reference: str) -> Address:
        address = found(customer, reference)
        if reference == twin.reference:
            met()
        return address

    monkeypatch.setattr(one_address, "_found", slowly)
    act = partial(
        one_address.merge_addresses,
        customer=world.ben,
        stays_reference=world.ben_home.reference,
        goes_reference=twin.reference,
        actor=world.staff,
        now=read_clock(),
    )
    results = rush([act, act])
    assert all(isinstance(one, Conflict) for one in results.refusals)
    assert Address.objects.filter(customer=world.ben, removed_at__isnull=True).count() == 1
    return Event.objects.filter(name="address.merged").count()


def address_values_of(address: Address) -> dict[str, Any]:
    names = ("recipient", "line1", "line2", "city", "state", "postal_code", "country")
    return {name: getattr(address, name) for name in names}


def test_two_addresses_are_made_one_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert times_made_one(world, monkeypatch) == 1


def test_control_without_the_lock_they_would_be_made_one_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_address, "locked_customer", lambda customer: Customer.objects.get(pk=customer.pk))
    assert times_made_one(world, monkeypatch) == 2
