"""Clubs: what members agree to, the groups that they are in, and the standing order that comes with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World, acting
from tirage.clubs.joining import Joins, join_club, leave_club, pause_membership, resume_membership, words_of
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.plans import save_club
from tirage.clubs.ways import change_ways
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Group
from tirage.customers.operations import set_default_group
from tirage.standing.agreeing import Wanted, agree, end
from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount


def club(world: World, **changes: Any) -> Club:
    values = {
        "name": "Cellar club",
        "description": "",
        "terms": "I belong to it.",
        "group": world.employees.reference,
        "with_default": False,
        "amount": "",
        "cap": None,
        "is_open": True,
        **changes,
    }
    return save_club(club=None, values=values, actor=world.staff, now=world.now)


def joined(world: World, of: Club, customer: Customer, **changes: Any) -> ClubMember:
    joins = Joins(**{"version": of.version, "standing_version": 1, **changes})
    return join_club(club=of, customer=customer, joins=joins, actor=acting(customer), now=world.now)


def groups(customer: Customer) -> set[str]:
    return set(Group.objects.filter(memberships__customer=customer).values_list("name", flat=True))


def test_a_member_is_in_the_clubs_group_and_the_words_are_kept(world: World) -> None:
    of = club(world)
    member = joined(world, of, world.ana, address_reference=world.ana_brooklyn.reference)
    assert groups(world.ana) == {"Premier", "Employees"}
    assert (member.words, member.version, member.address, member.card) == (
        "I belong to it.",
        1,
        world.ana_brooklyn,
        None,
    )
    assert joined(world, of, world.ana) == member
    changed = {"terms": "Other terms."}
    values = {
        name: getattr(of, name)
        for name in ("name", "description", "with_default", "amount", "cap", "is_open")
    }
    values |= {"group": of.group.reference} | changed
    assert save_club(club=of, values=values, actor=world.staff, now=world.now).version == 2
    member.refresh_from_db()
    assert member.words == "I belong to it."
    with pytest.raises(Conflict, match="words have changed"):
        joined(world, of, world.ben)


@pytest.mark.parametrize(
    ("kind", "with_default", "default", "expected"),
    [
        ("employees", False, "estate", {"Employees"}),
        ("employees", True, "estate", {"Employees", "Estate"}),
        ("estate", True, "welcome", {"Estate"}),
        ("estate", True, "employees", {"Estate", "Employees"}),
    ],
)
def test_the_clubs_group_only_or_the_default_group_too(
    world: World, kind: str, with_default: bool, default: str, expected: set[str]
) -> None:
    """Nobody is ever in two allocation groups."""
    set_default_group(group=getattr(world, default), actor=world.staff, now=world.now)
    of = club(world, group=getattr(world, kind).reference, with_default=with_default)
    world.clara.payment_methods.add(world.ben_card)
    joined(world, of, world.clara)
    assert groups(world.clara) == expected


def test_an_allocation_club_takes_out_of_the_group_before_and_leaving_leads_back(world: World) -> None:
    member = joined(world, club(world, group=world.estate.reference), world.ana)
    assert groups(world.ana) == {"Estate"} and member.before == world.premier
    leave_club(member=member, reason="Moving", actor=acting(world.ana), now=world.now)
    assert groups(world.ana) == {"Premier"}
    member.refresh_from_db()
    assert (member.state, member.reason, member.left_at) == ("left", "Moving", world.now)
    with pytest.raises(DomainError, match="has ended"):
        pause_membership(member=member, actor=acting(world.ana), now=world.now)


def test_its_standing_order_pauses_goes_on_and_ends_with_it(world: World) -> None:
    of = club(world, amount="capped", cap=6)
    assert "my allocation up to 6 bottles in all" in words_of(of)
    by: dict[str, Any] = {"actor": acting(world.ana), "now": world.now}
    member = joined(world, of, world.ana)
    standing = StandingOrder.objects.get()
    assert member.standing == standing and standing.cap == 6, "whether they are offered to everybody or not"
    for act, state in ((pause_membership, "paused"), (resume_membership, "active"), (leave_club, "ended")):
        act(member=member, **by)
        standing.refresh_from_db()
        assert standing.state == state


def test_a_standing_order_that_was_ended_stays_ended(world: World) -> None:
    member = joined(world, club(world, amount="full"), world.ana)
    by: dict[str, Any] = {"actor": acting(world.ana), "now": world.now}
    end(customer=world.ana, **by)
    pause_membership(member=member, **by)
    resume_membership(member=member, **by)
    assert StandingOrder.objects.get().state == "ended"


def test_who_cannot_join_is_told_why(world: World) -> None:
    of, closed = club(world), club(world, name="By invitation", is_open=False)
    codes = []
    for which, customer in ((of, world.dora), (of, world.clara), (closed, world.ana)):
        with pytest.raises(DomainError) as refused:
            joined(world, which, customer)
        codes.append(refused.value.code)
    joins = Joins(version=1, standing_version=1)
    with pytest.raises(DomainError) as unsaid:
        join_club(club=closed, customer=world.ana, joins=joins, actor=world.staff, now=world.now)
    assert [*codes, unsaid.value.code] == ["suspended", "card_missing", "club_closed", "said_missing"]
    assert ClubMember.objects.count() == 0 and groups(world.ana) == {"Premier"}


def test_a_plan_that_cannot_be_is_refused(world: World) -> None:
    club(world)
    with pytest.raises(DomainError) as refused:
        club(world, name="cellar CLUB", terms=" ", group="GRP-NONE", amount="capped")
    assert set(refused.value.fields) == {"name", "terms", "group", "cap"}


def test_another_card_and_address_are_the_standing_orders_too(world: World) -> None:
    member = joined(world, club(world, amount="full"), world.ana)
    by: dict[str, Any] = {"actor": acting(world.ana), "now": world.now}
    ways: dict[str, Any] = {
        "address_reference": world.ana_brooklyn.reference,
        "card_reference": world.ana_card.reference,
    }
    changed = change_ways(member=member, **ways, **by)
    standing = StandingOrder.objects.get()
    assert (changed.card, changed.address) == (world.ana_card, world.ana_brooklyn)
    assert (standing.card, standing.address) == (world.ana_card, world.ana_brooklyn)
    told = Event.objects.get(name="club.ways_changed")
    assert told.text.startswith(f"chose the card {world.ana_card.label} and the address ")
    change_ways(member=member, **ways, **by)
    assert Event.objects.filter(name="club.ways_changed").count() == 1, "the same ones change nothing"
    with pytest.raises(DomainError, match="no longer saved"):
        change_ways(member=member, **(ways | {"card_reference": world.ben_card.reference}), **by)
    leave_club(member=member, **by)
    with pytest.raises(DomainError, match="has ended"):
        change_ways(member=member, **ways, **by)


def test_a_standing_order_of_ones_own_keeps_its_card(world: World) -> None:
    member = joined(world, club(world), world.ana)
    by: dict[str, Any] = {"actor": world.staff, "now": world.now}
    agree(customer=world.ana, wanted=Wanted(Amount.FULL), version=1, said="Called", **by)
    ways: dict[str, Any] = {
        "address_reference": world.ana_brooklyn.reference,
        "card_reference": world.ana_card.reference,
    }
    change_ways(member=member, **ways, **by)
    assert StandingOrder.objects.get().card is None
    assert Event.objects.get(name="club.ways_changed").text.startswith(
        f"chose the card {world.ana_card.label} and the address"
    )
