"""The line: in it, invited, in a group, out of it and back where one stood."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.world import World, acting
from tirage.core.errors import Conflict, DomainError
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import create_customer, move_to_group, suspend_customer
from tirage.joining.models import WaitingPlace
from tirage.joining.queries import next_in_line, number_of, standing_of
from tirage.joining.rules import months_ahead, say_estimate
from tirage.joining.waiting import (
    accept_invitation,
    decline_place,
    invite_from_line,
    leave_line,
    promote,
    put_back,
    put_in_line,
    tidy_line,
)
from tirage.notifications.models import SentMail


@pytest.fixture
def line(world: World) -> list[WaitingPlace]:
    """Three in line, the first a year ago."""
    return [
        in_line(world, name, world.now - timedelta(days=days))
        for name, days in (("Wim", 365), ("Xu", 30), ("Yo", 1))
    ]


def in_line(world: World, name: str, since: datetime) -> WaitingPlace:
    customer = create_customer(
        email=f"{name}@example.com",
        first_name=name,
        join_default_group=False,
        actor=world.staff,
        now=world.now,
    )
    return put_in_line(customer=customer, since=since, actor=world.staff, now=world.now)


def invited(world: World, place: WaitingPlace, **changes: Any) -> WaitingPlace:
    group = world.estate_offer.group.reference
    facts = {"group_reference": group, "days": 14, "actor": world.staff, "now": world.now, **changes}
    return invite_from_line(place_reference=place.reference, **facts)


def test_who_came_first_stands_first(world: World, line: list[WaitingPlace]) -> None:
    assert [number_of(place) for place in line] == [1, 2, 3]
    assert next_in_line(2) == [line[0].reference, line[1].reference]
    suspend_customer(customer=line[0].customer, reason="A test", actor=world.staff, now=world.now)
    assert next_in_line(2) == [line[1].reference, line[2].reference]
    early = in_line(world, "Zac", world.now - timedelta(days=400))
    assert (number_of(early), number_of(line[2])) == (1, 4)


def test_one_place_a_customer_and_none_for_members(world: World, line: list[WaitingPlace]) -> None:
    again = put_in_line(customer=line[0].customer, actor=world.staff, now=world.now)
    assert again == line[0] and again.since == line[0].since
    with pytest.raises(DomainError) as member:
        put_in_line(customer=world.ana, actor=world.staff, now=world.now)
    assert member.value.code == "in_a_group"
    with pytest.raises(DomainError) as future:
        put_in_line(
            customer=line[0].customer, since=world.now + timedelta(days=1), actor=world.staff, now=world.now
        )
    assert future.value.code == "future"


def test_an_invitation_is_mailed_and_accepted(world: World, line: list[WaitingPlace]) -> None:
    place, customer = invited(world, line[0]), line[0].customer
    assert SentMail.objects.filter(kind="place_offered", customer=customer).count() == 1
    assert not customer.memberships.exists(), "nobody is in a group before they say yes"
    standing = standing_of(customer, world.now)
    assert standing and standing.is_invited and number_of(line[1]) == 1
    group = accept_invitation(customer=customer, actor=acting(customer), now=world.now)
    assert group == world.estate_offer.group == customer.memberships.get().group
    assert accept_invitation(customer=customer, actor=acting(customer), now=world.now) == group, (
        "pressed twice"
    )
    place.refresh_from_db()
    assert place.state == "joined" and standing_of(customer, world.now) is None
    with pytest.raises(Conflict):
        invited(world, place)


def test_standard_groups_are_kept(world: World, line: list[WaitingPlace]) -> None:
    customer = line[0].customer
    friends = Group.objects.create(name="Friends", kind="standard", rank=90)
    Membership.objects.create(customer=customer, group=friends, kind="standard", since=world.now)
    invited(world, line[0])
    accept_invitation(customer=customer, actor=acting(customer), now=world.now)
    assert customer.memberships.count() == 2


def test_an_invitation_past_its_days_lets_nobody_in(world: World, line: list[WaitingPlace]) -> None:
    place, customer, late = invited(world, line[0]), line[0].customer, world.now + timedelta(days=14)
    with pytest.raises(DomainError) as refused:
        accept_invitation(customer=customer, actor=acting(customer), now=late)
    assert refused.value.code == "no_invitation" and standing_of(customer, late) is None
    assert tidy_line(now=late - timedelta(seconds=1)) == 0
    assert tidy_line(now=late) == 1
    place.refresh_from_db()
    assert place.state == "expired"
    put_back(place_reference=place.reference, actor=world.staff, now=late)
    assert number_of(place) == 1, "where they stood"
    invited(world, place, now=late)
    accept_invitation(customer=customer, actor=acting(customer), now=late)


def test_who_comes_into_a_group_by_another_way_waits_no_more(world: World, line: list[WaitingPlace]) -> None:
    move_to_group(
        customer=line[0].customer, group=world.premier_offer.group, actor=world.staff, now=world.now
    )
    with pytest.raises(DomainError) as refused:
        invited(world, line[0])
    assert refused.value.code == "in_a_group"
    assert tidy_line(now=world.now) == 1
    place = WaitingPlace.objects.get(pk=line[0].pk)
    assert place.state == "joined" and place.group == world.premier_offer.group


def test_out_of_the_line_and_back(world: World, line: list[WaitingPlace]) -> None:
    first, second, third = line
    leave_line(customer=first.customer, actor=acting(first.customer), now=world.now)
    assert leave_line(customer=first.customer, actor=acting(first.customer), now=world.now) is None
    decline_place(
        place_reference=second.reference, reason="No more places", mail=True, actor=world.staff, now=world.now
    )
    decline_place(place_reference=third.reference, reason="", mail=False, actor=world.staff, now=world.now)
    assert SentMail.objects.filter(kind="place_declined").count() == 1 and next_in_line(9) == []
    for place in line:
        put_back(place_reference=place.reference, actor=world.staff, now=world.now)
    assert next_in_line(9) == [place.reference for place in line]
    with pytest.raises(Conflict):
        put_back(place_reference=first.reference, actor=world.staff, now=world.now)


def test_promoted_at_once(world: World, line: list[WaitingPlace]) -> None:
    group = world.premier_offer.group
    facts: dict[str, Any] = {"group_reference": group.reference, "actor": world.staff, "now": world.now}
    promote(place_reference=line[2].reference, **facts)
    assert line[2].customer.memberships.get().group == group
    with pytest.raises(Conflict):
        promote(place_reference=line[2].reference, **facts)
    with pytest.raises(DomainError):
        promote(place_reference=line[1].reference, **{**facts, "group_reference": "GRP-NOBODY22"})
    assert not Customer.objects.get(pk=line[1].customer_id).memberships.exists()


def test_estimates_are_honest(world: World, line: list[WaitingPlace]) -> None:
    standing = standing_of(line[2].customer, world.now)
    assert standing and standing.number == 3 and standing.estimate == "", "nobody was ever invited"
    assert months_ahead(60, invited=120, days=365) == 6
    assert months_ahead(1, invited=120, days=365) == 1
    assert [say_estimate(months) for months in (None, 1, 17, 24)] == [
        "",
        "about 1 month",
        "about 17 months",
        "about 2 years",
    ]
