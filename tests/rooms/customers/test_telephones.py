"""Telephones are kept as they are dialed, also those of before."""

from importlib import import_module

import pytest
from django.apps import apps

from tests.world import World
from tirage.customers.models import Address, Customer
from tirage.customers.operations import create_customer, save_address, update_customer
from tirage.orders.models import Order

ROOMS = (
    ("customers", "0016_telephones"),
    ("orders", "0017_telephones"),
    ("joining", "0002_telephones"),
    ("changes", "0007_telephones"),
)


def test_a_number_of_a_customer_is_one_of_their_country(world: World) -> None:
    eva = create_customer(email="eva@example.com", phone="415 555 0177", actor=world.staff, now=world.now)
    assert eva.phone == "+14155550177"
    bath = {"line1": "1 High Street", "city": "Bath", "postal_code": "BA1 1AA", "country": "GB"}
    home = save_address(
        customer=eva,
        address_reference=None,
        values={**bath, "recipient": "Eva", "phone": "020 7946 0958"},
        make_default=True,
        actor=world.staff,
        now=world.now,
    )
    assert home.phone == "+442079460958"
    eva = update_customer(customer=eva, values={"phone": "020 7946 0959"}, actor=world.staff, now=world.now)
    assert eva.phone == "+442079460959"
    assert "442079460959" in eva.search_text


def test_what_cannot_be_dialed_stays_as_it_was_typed(world: World) -> None:
    ana = update_customer(
        customer=world.ana, values={"phone": " ask  Maria "}, actor=world.staff, now=world.now
    )
    assert ana.phone == "ask Maria"


def test_numbers_of_before_are_kept_so_and_none_is_lost(world: World) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(phone="(415) 555-0177")
    Customer.objects.filter(pk=world.ben.pk).update(phone="ext. 12, mornings")
    Address.objects.filter(pk=world.ana_home.pk).update(phone="415.555.0178")
    for room, name in ROOMS * 2:
        import_module(f"tirage.{room}.migrations.{name}").keep(apps, None)
    world.ana.refresh_from_db()
    world.ben.refresh_from_db()
    world.ana_home.refresh_from_db()
    assert (world.ana.phone, world.ben.phone) == ("+14155550177", "ext. 12, mornings")
    assert world.ana_home.phone == "+14155550178"
    assert "4155550177" in world.ana.search_text


@pytest.mark.parametrize("typed", ["+1 415 555 0199", "none"])
def test_numbers_of_orders_are_kept_so_too(world: World, typed: str) -> None:
    from tests.rooms.changes.journey import bought

    order = bought(world, world.ben, {"CAB23": 1})
    Order.objects.filter(pk=order.pk).update(phone=typed)
    import_module("tirage.orders.migrations.0017_telephones").keep(apps, None)
    order.refresh_from_db()
    assert order.phone == ("+14155550199" if typed != "none" else "none")
