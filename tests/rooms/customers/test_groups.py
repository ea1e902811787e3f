from typing import Any

import pytest
from django.db.models import QuerySet

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Group
from tirage.customers.operations import (
    add_to_group,
    delete_group,
    move_to_group,
    remove_from_group,
    save_group,
    set_default_group,
)
from tirage.customers.queries import allocation_group_of, group_counts


def groups_of(customer: Customer) -> set[str]:
    return set(customer.memberships.values_list("group__name", flat=True))


def test_adding_keeps_the_other_groups(world: World) -> None:
    add_to_group(customer=world.ana, group=world.employees, actor=world.staff, now=world.now)
    assert groups_of(world.ana) == {"Premier", "Employees"}
    again = add_to_group(customer=world.ana, group=world.employees, actor=world.staff, now=world.now)
    assert again.group == world.employees
    assert Event.objects.filter(name="group.joined", customer_id=world.ana.pk).count() == 1


def test_a_second_allocation_group_is_refused_naming_the_first_and_the_way_out(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        add_to_group(customer=world.ana, group=world.estate, actor=world.staff, now=world.now)
    assert refused.value.code == "second_allocation_group"
    assert "Premier" in refused.value.message
    assert "Move to group" in refused.value.message
    assert groups_of(world.ana) == {"Premier"}


def test_moving_leaves_all_other_groups(world: World) -> None:
    add_to_group(customer=world.ana, group=world.employees, actor=world.staff, now=world.now)
    move_to_group(customer=world.ana, group=world.estate, actor=world.staff, now=world.now)
    assert groups_of(world.ana) == {"Estate"}
    assert (
        Event.objects.get(name="group.moved").text
        == "put Ana Alvarez into Estate, out of Employees and Premier"
    )
    assert allocation_group_of(world.ana) == world.estate


def test_moving_to_where_somebody_is_keeps_the_date(world: World) -> None:
    since = world.ana.memberships.get().since
    assert (
        move_to_group(customer=world.ana, group=world.premier, actor=world.staff, now=world.now).since
        == since
    )
    assert not Event.objects.filter(name="group.moved").exists()


def test_leaving_a_group(world: World) -> None:
    remove_from_group(customer=world.ana, group=world.premier, actor=world.staff, now=world.now)
    remove_from_group(customer=world.ana, group=world.premier, actor=world.staff, now=world.now)
    assert groups_of(world.ana) == set()
    assert allocation_group_of(world.ana) is None
    assert Event.objects.filter(name="group.left").count() == 1


def test_a_group_is_made_and_changed(world: World) -> None:
    group = save_group(
        group=None,
        name=" Collectors ",
        kind="allocation",
        internal_description="Spend of 5,000 and more",
        discount_bp=500,
        free_shipping=True,
        actor=world.staff,
        now=world.now,
    )
    assert (group.name, group.discount_bp, group.free_shipping) == ("Collectors", 500, True)
    changed = save_group(group=group, name="Collectors", kind="standard", actor=world.staff, now=world.now)
    assert (changed.kind, changed.discount_bp) == ("standard", 0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "PREMIER"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"kind": "club"}, "kind"),
        ({"discount_bp": 10_001}, "discount"),
        ({"rank": -1}, "rank"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(world: World, values: dict[str, object], field: str) -> None:
    whole: dict[str, object] = {"name": "New", "kind": "standard"} | values
    with pytest.raises(DomainError) as refused:
        save_group(group=None, **whole, actor=world.staff, now=world.now)  # type: ignore[arg-type]  # wrong on purpose
    assert list(refused.value.fields) == [field]
    assert Group.objects.count() == 4


def test_the_kind_of_a_group_in_use_stays(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save_group(group=world.premier, name="Premier", kind="standard", actor=world.staff, now=world.now)
    assert "1 member" in refused.value.message
    world.premier.refresh_from_db()
    assert world.premier.kind == "allocation"


def test_there_is_one_default_group(world: World) -> None:
    set_default_group(group=world.estate, actor=world.staff, now=world.now)
    assert [group.name for group in Group.objects.filter(is_default=True)] == ["Estate"]
    set_default_group(group=None, actor=world.staff, now=world.now)
    assert not Group.objects.filter(is_default=True).exists()


def test_only_an_unused_group_is_deleted(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        delete_group(group=world.premier, actor=world.staff, now=world.now)
    assert refused.value.code == "group_in_use"
    assert "1 member" in refused.value.message
    assert "1 offer" in refused.value.message
    delete_group(group=world.employees, actor=world.staff, now=world.now)
    assert not Group.objects.filter(name="Employees").exists()


def test_counts_tell_active_members_apart(world: World) -> None:
    groups: QuerySet[Any] = group_counts()
    figures = groups.values_list("name", "members", "active_members")
    counts = {name: (members, active) for name, members, active in figures}
    assert counts == {"Premier": (1, 1), "Estate": (2, 1), "Welcome": (0, 0), "Employees": (0, 0)}
