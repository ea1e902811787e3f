from typing import Any

import pytest

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Address, Customer
from tirage.customers.operations import (
    address_values,
    create_customer,
    remove_address,
    restore_address,
    save_address,
)

NAPA = {
    "recipient": "Eva Evans",
    "line1": "9 Main Street",
    "city": "Napa",
    "state": "Calif.",
    "postal_code": "94559",
    "country": "USA",
    "birth_date": "1980-05-17",
}


def save(world: World, customer: Customer, values: dict[str, str], **more: object) -> Address:
    return save_address(
        customer=customer,
        address_reference=more.get("reference"),  # type: ignore[arg-type]  # text or nothing
        values=values,
        make_default=bool(more.get("default")),
        actor=world.staff,
        now=world.now,
    )


def test_the_first_address_becomes_the_default_in_its_normal_form(world: World) -> None:
    eva = create_customer(email="eva@example.com", actor=world.staff, now=world.now)
    address = save(world, eva, NAPA)
    assert address.is_default
    assert (address.state, address.country, address.postal_code) == ("CA", "US", "94559")
    assert str(address.birth_date) == "1980-05-17"
    assert "9 Main Street" in Event.objects.get(name="address.saved").text


def test_a_second_address_leaves_the_default_unless_asked(world: World) -> None:
    second = save(world, world.ben, NAPA)
    assert not second.is_default
    third = save(world, world.ben, NAPA | {"line1": "10 Main Street"}, default=True)
    defaults = world.ben.addresses.filter(is_default=True)
    assert [address.pk for address in defaults] == [third.pk]


def test_changing_an_address_keeps_its_reference(world: World) -> None:
    changed = save(world, world.ana, NAPA, reference=world.ana_home.reference)
    assert changed.pk == world.ana_home.pk
    assert changed.is_default
    assert changed.city == "Napa"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"state": ""}, "state"),
        ({"state": "NY"}, "postal_code"),
        ({"postal_code": "00000"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"line1": " "}, "line1"),
        ({"city": ""}, "city"),
        ({"country": "Atlantis"}, "country"),
        ({"birth_date": "17/05/80"}, "birth_date"),
        ({"recipient": "x" * 161}, "recipient"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_when_saved(
    world: World, wrong: dict[str, str], field: str
) -> None:
    before = Address.objects.count()
    with pytest.raises(DomainError) as refused:
        save(world, world.ana, NAPA | wrong)
    assert refused.value.code == "address_invalid"
    assert list(refused.value.fields) == [field]
    assert Address.objects.count() == before


def test_the_customers_own_name_is_the_recipient_when_none_is_typed(world: World) -> None:
    assert save(world, world.ana, NAPA | {"recipient": ""}).recipient == "Ana Alvarez"


def test_removing_the_default_passes_it_on(world: World) -> None:
    remove_address(
        customer=world.ana, address_reference=world.ana_home.reference, actor=world.staff, now=world.now
    )
    world.ana_home.refresh_from_db()
    world.ana_brooklyn.refresh_from_db()
    assert world.ana_home.removed_at == world.now
    assert world.ana_brooklyn.is_default


def test_an_address_of_somebody_else_cannot_be_touched(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        remove_address(
            customer=world.ben, address_reference=world.ana_home.reference, actor=world.staff, now=world.now
        )
    assert refused.value.code == "address_gone"
    with pytest.raises(DomainError):
        save(world, world.ben, NAPA, reference=world.ana_home.reference)
    world.ana_home.refresh_from_db()
    assert world.ana_home.removed_at is None
    assert world.ana_home.city == "San Francisco"


def test_an_equal_address_is_not_added_twice(world: World) -> None:
    """However it is spelled; what it brings that is new is kept, and it may become the default."""
    brooklyn = world.ana_brooklyn
    values = {
        name: getattr(brooklyn, name)
        for name in ("recipient", "line1", "line2", "city", "state", "postal_code")
    }
    respelled = {
        **values,
        "recipient": brooklyn.recipient.upper(),
        "line1": brooklyn.line1.upper().replace("STREET", "St.").replace("AVENUE", "ave"),
        "phone": "+1 718 555 0199",
    }
    assert respelled["line1"] != brooklyn.line1
    saved = save_address(
        customer=world.ana,
        address_reference=None,
        values=respelled,
        make_default=True,
        actor=world.staff,
        now=world.now,
    )
    assert saved.pk == brooklyn.pk and world.ana.addresses.count() == 2
    assert (saved.line1, saved.recipient) == (brooklyn.line1, brooklyn.recipient)
    assert saved.is_default and saved.phone == "+17185550199"
    somebody = {**respelled, "recipient": "Tom Alvarez"}
    other = save_address(
        customer=world.ana,
        address_reference=None,
        values=somebody,
        make_default=False,
        actor=world.staff,
        now=world.now,
    )
    assert other.pk != brooklyn.pk
    with pytest.raises(DomainError) as refused:
        save_address(
            customer=world.ana,
            address_reference=other.reference,
            values=respelled,
            make_default=False,
            actor=world.staff,
            now=world.now,
        )
    assert refused.value.code == "address_twice" and "line1" in refused.value.fields


def test_a_removal_is_undone_with_the_default(world: World) -> None:
    """Unless another was made the default meanwhile, or the same was typed again."""
    facts: dict[str, Any] = {"customer": world.ana, "actor": world.staff, "now": world.now}
    home, brooklyn = world.ana_home, world.ana_brooklyn

    def default() -> str:
        return world.ana.addresses.get(is_default=True, removed_at=None).reference

    remove_address(address_reference=home.reference, **facts)
    assert default() == brooklyn.reference
    for _twice in range(2):
        restore_address(address_reference=home.reference, **facts)
    assert default() == home.reference and Event.objects.filter(name="address.restored").count() == 1
    remove_address(address_reference=home.reference, **facts)
    third = save_address(
        address_reference=None,
        values={
            "recipient": "Ana",
            "line1": "9 Pine Street",
            "city": "Reno",
            "state": "NV",
            "postal_code": "89501",
        },
        make_default=True,
        **facts,
    )
    restore_address(address_reference=home.reference, **facts)
    assert default() == third.reference
    remove_address(address_reference=home.reference, **facts)
    save_address(
        address_reference=None, values=address_values_without_default(home), make_default=False, **facts
    )
    with pytest.raises(DomainError) as refused:
        restore_address(address_reference=home.reference, **facts)
    assert refused.value.code == "address_twice"


def address_values_without_default(address: Address) -> dict[str, str]:
    values = address_values(address)
    return {name: str(value) for name, value in values.items() if name != "make_default"}
