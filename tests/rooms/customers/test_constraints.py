"""The list's walls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.customers.models import (
    Address,
    Customer,
    FormerCustomer,
    Group,
    Membership,
    MoveRow,
    MoveRun,
    Passkey,
    Tag,
)


def same_email(world: World) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(email=world.ben.email)


def two_defaults(world: World) -> None:
    Address.objects.filter(pk=world.ana_brooklyn.pk).update(is_default=True)


def join(world: World, group: Group, kind: str) -> Membership:
    return Membership.objects.create(customer=world.ana, group=group, kind=kind, since=world.now)


def run(world: World, **changes: Any) -> MoveRun:
    facts: dict[str, Any] = {
        "kind": "move",
        "total": 1,
        "made_at": world.now,
        "changed_at": world.now,
        "actor_label": "Olive",
    }
    return MoveRun.objects.create(group=world.estate, **{**facts, **changes})


def moved_twice(world: World) -> None:
    one = run(world)
    for _ in range(2):
        MoveRow.objects.create(run=one, customer=world.ana)


def same_key(world: World) -> None:
    for customer in (world.ana, world.ben):
        Passkey.objects.create(
            customer=customer,
            epoch=1,
            name="Phone",
            id_hash="same",
            public="x",
            made_at=world.now,
            used_at=world.now,
        )


def same_tag(world: World) -> None:
    Tag.objects.create(name="Collector")
    Tag.objects.create(name="collector")


def merged(world: World, *numbers: int, alias: str = "b@x.example", other: str = "b@x.example") -> None:
    for number in numbers:
        FormerCustomer.objects.create(
            former_id=number,
            reference=f"CUS-{number}",
            customer=world.ana,
            name="Ben",
            email="b@x.example",
            other_email=other,
            also_signs_in=alias,
            at=world.now,
            actor_label="Olive",
        )


BREACHES: dict[str, Breach] = {
    "former_customer_alias_once": lambda world: merged(world, 1, 2),
    "former_customer_alias_lower_case": lambda world: merged(world, 1, alias="B@x.example"),
    "former_customer_other_email_lower_case": lambda world: merged(world, 1, other="B@x.example"),
    "customer_email_once": same_email,
    "customer_email_lower_case": lambda world: Customer.objects.filter(pk=world.ana.pk).update(
        email="Ana@x.example"
    ),
    "customer_credit_not_negative": lambda world: Customer.objects.update(credit_minor=-1),
    "customer_marketing_source_is_legal": lambda world: Customer.objects.update(marketing_source="dream"),
    "customer_agreed_or_left": lambda world: Customer.objects.update(
        marketing_consent_at=world.now, marketing_left_at=world.now
    ),
    "customer_erased_is_nobody": lambda world: Customer.objects.update(erased_at=world.now),
    "customer_status_is_legal": lambda world: Customer.objects.update(status="gone"),
    "address_one_default_a_customer": two_defaults,
    "address_location_is_no_home": lambda world: Address.objects.filter(is_default=True).update(
        location="LOC-2346789A"
    ),
    "address_has_state_where_needed": lambda world: Address.objects.update(state=""),
    "group_name_once": lambda world: Group.objects.filter(pk=world.estate.pk).update(name="PREMIER"),
    "group_one_default": lambda world: Group.objects.filter(pk=world.estate.pk).update(is_default=True),
    "group_discount_at_most_all": lambda world: Group.objects.update(discount_bp=10_001),
    "group_kind_is_legal": lambda world: Group.objects.update(kind="club"),
    "membership_once": lambda world: join(world, world.premier, "standard"),
    "membership_one_allocation_group": lambda world: join(world, world.estate, "allocation"),
    "membership_kind_is_legal": lambda world: join(world, world.estate, "club"),
    "passkey_once": same_key,
    "tag_name_once": same_tag,
    "move_run_kind_is_legal": lambda world: run(world, kind="swap"),
    "move_run_state_is_legal": lambda world: run(world, state="odd"),
    "move_row_once": moved_twice,
    "move_run_source_is_legal": lambda world: run(world, source="hearsay"),
    "move_run_scheduled_has_its_time": lambda world: run(world, state="scheduled"),
    "move_row_outcome_is_legal": lambda world: MoveRow.objects.create(
        run=run(world), customer=world.ana, outcome="odd"
    ),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
