"""What two people change of one customer: nobody undoes what they never saw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import World
from tirage.core.hands import UNSEEN, Overtaken, settle
from tirage.core.models import Event
from tirage.customers.consent import change_consent
from tirage.customers.models import Address, Customer
from tirage.customers.operations import (
    address_values,
    save_address,
    save_group,
    set_tags,
    update_customer,
)
from tirage.customers.states import ConsentSource


def form_of(customer: Customer) -> dict[str, Any]:
    names = ("email", "other_email", "first_name", "last_name", "phone", "birth_date")
    return {name: getattr(customer, name) for name in names} | {
        "marketing_consent": customer.marketing_consent_at is not None
    }


def save(world: World, shown: dict[str, Any], **changes: Any) -> Customer:
    typed = shown | changes
    return update_customer(
        customer=world.ben,
        marketing_consent=typed.pop("marketing_consent"),
        values=typed,
        shown=shown,
        actor=world.staff,
        now=world.now + timedelta(hours=2),
    )


@pytest.mark.parametrize(
    ("was", "theirs", "yours", "result"),
    [
        ("a", "a", "b", "b"),
        ("a", "b", "a", "b"),
        ("a", "b", "b", "b"),
        ("a\r\nb", "a\nb", "c", "c"),
        (UNSEEN, "a", "a", "a"),
        ({1, 2}, {2, 3}, {1, 4}, {3, 4}),
    ],
)
def test_what_is_written_of_two_hands(was: Any, theirs: Any, yours: Any, result: Any) -> None:
    was, theirs, yours, result = (
        frozenset(one) if isinstance(one, set) else one for one in (was, theirs, yours, result)
    )
    assert settle({"x": yours}, shown={"x": was}, stands={"x": theirs, "y": 1}) == {"x": result, "y": 1}


@pytest.mark.parametrize("was", ["a", UNSEEN])
def test_two_different_changes_are_a_clash(was: Any) -> None:
    with pytest.raises(Overtaken) as refused:
        settle({"x": "c"}, shown={"x": was}, stands={"x": "b"})
    clash = refused.value.clashes["x"]
    assert (clash.was, clash.theirs, clash.yours) == (was, "b", "c")


def test_a_consent_that_was_taken_back_is_not_given_again(world: World) -> None:
    for agrees in (True, False):
        shown = form_of(Customer.objects.get(pk=world.ben.pk))
        change_consent(
            customer=world.ben,
            agrees=agrees,
            source=ConsentSource.ACCOUNT,
            actor=world.staff,
            now=world.now,
        )
        before = Customer.objects.get(pk=world.ben.pk)
        after = save(world, shown, phone=f"+1 707 555 010{int(agrees)}")
        assert after.phone == f"+1707555010{int(agrees)}"
        columns = ("marketing_consent_at", "marketing_left_at", "marketing_source")
        assert [getattr(after, name) for name in columns] == [getattr(before, name) for name in columns]


def test_an_address_that_the_customer_changed_stays_and_only_the_change_is_told(world: World) -> None:
    shown = form_of(world.ben)
    Customer.objects.filter(pk=world.ben.pk).update(email="ben.new@example.com")
    save(world, shown, last_name="Okafor")
    saved = Customer.objects.get(pk=world.ben.pk)
    assert (saved.email, saved.last_name) == ("ben.new@example.com", "Okafor")
    assert Event.objects.filter(name="customer.updated").latest("pk").text == "changed last name"
    with pytest.raises(Overtaken):
        save(world, shown, email="ben.other@example.com")
    assert Customer.objects.get(pk=world.ben.pk).email == "ben.new@example.com"


def test_tags_that_others_gave_stay(world: World) -> None:
    facts: dict[str, Any] = {"customer": world.ben, "actor": world.staff, "now": world.now}
    set_tags(names=["Trade", "Press"], **facts)
    set_tags(names=["Trade", "Press", "Visited"], **facts)
    assert set_tags(names=["Press", "Local"], shown=["Trade", "Press"], **facts) == [
        "Local",
        "Press",
        "Visited",
    ]
    assert Event.objects.latest("pk").text == "tagged Local and removed the tag Trade"


def test_saving_an_address_leaves_its_unshown_birth_date_and_takes_no_default_away(world: World) -> None:
    facts: dict[str, Any] = {"customer": world.ben, "actor": world.staff, "now": world.now}
    home = Address.objects.get(pk=world.ben_home.pk)
    shown = address_values(home)
    Address.objects.filter(pk=home.pk).update(birth_date="1980-05-17")
    del shown["birth_date"]
    other = save_address(
        address_reference=None,
        values={**shown, "line1": "9 Mill Road"},
        make_default=True,
        **facts,
    )
    make_default = shown.pop("make_default")
    save_address(
        address_reference=home.reference,
        values={**shown, "phone": "+1 707 555 0123"},
        make_default=make_default,
        shown={**shown, "make_default": make_default},
        **facts,
    )
    home.refresh_from_db()
    other.refresh_from_db()
    assert (home.phone, str(home.birth_date)) == ("+17075550123", "1980-05-17")
    assert other.is_default and not home.is_default


def test_the_default_group_is_not_taken_back_by_a_form_that_left_it_alone(world: World) -> None:
    facts: dict[str, Any] = {"kind": "allocation", "actor": world.staff, "now": world.now}
    estate = save_group(group=world.estate, name="Estate", is_default=True, **facts)
    shown = {"name": "Estate", "is_default": True, "rank": estate.rank}
    save_group(group=world.premier, name="Premier", is_default=True, **facts)
    save_group(group=estate, name="Estate Club", rank=estate.rank, is_default=True, shown=shown, **facts)
    for group in (world.estate, world.premier):
        group.refresh_from_db()
    assert world.premier.is_default and not world.estate.is_default
    assert world.estate.name == "Estate Club"
