"""A slip in an address: the form asks, the person decides, and programs aren't asked."""

import pytest

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Address
from tirage.customers.operations import save_address
from tirage.customers.operations.addresses import AddressDoubtful

SLIP = {
    "recipient": "Ana Alvarez",
    "line1": "400 Broad Street",
    "city": "Seatle",
    "state": "WA",
    "postal_code": "98109",
    "country": "US",
}


def save(world: World, sure: str | None, **changed: str) -> Address:
    return save_address(
        customer=world.ana,
        address_reference=None,
        values=SLIP | changed,
        make_default=False,
        sure=sure,
        actor=world.staff,
        now=world.now,
    )


def test_a_slip_is_asked_about_and_nothing_is_saved_or_corrected(world: World) -> None:
    before = Address.objects.count()
    with pytest.raises(AddressDoubtful) as refused:
        save(world, "")
    assert refused.value.doubt.suggestions[0].changes == (("city", "Seattle"), ("state", "WA"))
    assert list(refused.value.fields) == ["city"]
    assert Address.objects.count() == before


def test_who_is_sure_keeps_what_they_typed(world: World) -> None:
    with pytest.raises(AddressDoubtful) as refused:
        save(world, "")
    assert save(world, refused.value.mark).city == "Seatle"


def test_sure_of_one_slip_is_not_sure_of_another(world: World) -> None:
    with pytest.raises(AddressDoubtful) as refused:
        save(world, "")
    with pytest.raises(AddressDoubtful):
        save(world, refused.value.mark, city="Spokane")


def test_programs_are_not_asked(world: World) -> None:
    assert save(world, None).city == "Seatle"


def test_an_address_that_stands_is_not_doubted_again_when_its_telephone_changes(world: World) -> None:
    address = save(world, None)
    changed = save_address(
        customer=world.ana,
        address_reference=address.reference,
        values={"phone": "206 555 0100"},
        make_default=False,
        sure="",
        actor=world.staff,
        now=world.now,
    )
    assert (changed.city, changed.phone) == ("Seatle", "+12065550100")


def test_lines_that_the_winerys_labels_have_no_room_for_are_refused_where_they_change(world: World) -> None:
    long = {"line1": "12345 Old Winery Road North, Building 7", "city": "Seattle"}
    address = save(world, None, **long)
    Winery.objects.update(label_limits="winedirect")
    forget_winery()
    with pytest.raises(DomainError) as refused:
        save(world, None, **long, line2="Flat 2")
    assert list(refused.value.fields) == ["line1"] and "9 too many" in refused.value.fields["line1"]
    kept = save_address(
        customer=world.ana,
        address_reference=address.reference,
        values={"line2": "#2"},
        make_default=False,
        actor=world.staff,
        now=world.now,
    )
    assert kept.line2 == "#2"
