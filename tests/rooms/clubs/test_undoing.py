"""What staff did to one membership, taken back."""

from __future__ import annotations

import pytest

from tests.rooms.clubs.test_clubs import club, groups, joined
from tests.world import World, acting
from tirage.clubs.joining import Joins, leave_club
from tirage.clubs.models import Club, ClubMember, MemberStep
from tirage.clubs.states import MemberAct
from tirage.clubs.undoing import act_on_member, enter_member, undo_step
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.customers.operations import remove_from_group
from tirage.standing.agreeing import Wanted, agree
from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount


def entered(world: World, of: Club) -> MemberStep:
    joins = Joins(of.version, 1, said="On the telephone")
    _, step = enter_member(club=of, customer=world.ana, joins=joins, actor=world.staff, now=world.now)
    assert step is not None
    return step


def act(world: World, member: ClubMember, what: MemberAct) -> MemberStep:
    step = act_on_member(member=member, act=what, reason="A slip", actor=world.staff, now=world.now)
    assert step is not None
    return step


def undo(world: World, step: MemberStep) -> ClubMember:
    return undo_step(step=step, actor=world.staff, now=world.now)


def test_an_entry_is_taken_back_with_its_groups_and_standing_order(world: World) -> None:
    step = entered(world, club(world, group=world.estate.reference, amount="capped", cap=6))
    assert groups(world.ana) == {"Estate"} and StandingOrder.objects.get().state == "active"
    member = undo(world, step)
    assert (member.state, member.reason, member.left_at) == ("left", "Entered by mistake", world.now)
    assert groups(world.ana) == {"Premier"} and StandingOrder.objects.get().state == "ended"
    with pytest.raises(Conflict, match="taken back already"):
        undo(world, step)
    assert Event.objects.filter(name="club.undone").count() == 1


def test_a_standing_order_of_before_is_as_it_was(world: World) -> None:
    wanted = Wanted(Amount.FULL, card_reference=world.ana_card.reference)
    agree(
        customer=world.ana,
        wanted=wanted,
        version=1,
        said="By letter",
        actor=world.staff,
        now=world.now,
    )
    step = entered(world, club(world, amount="capped", cap=6))
    assert StandingOrder.objects.get().amount == "capped"
    undo(world, step)
    standing = StandingOrder.objects.get()
    assert (standing.amount, standing.cap, standing.card, standing.state) == (
        "full",
        None,
        world.ana_card,
        "active",
    )


@pytest.mark.parametrize("what", [MemberAct.PAUSE, MemberAct.LEAVE])
def test_pausing_and_ending_are_taken_back(world: World, what: MemberAct) -> None:
    member = joined(world, club(world, group=world.estate.reference, amount="full"), world.ana)
    step = act(world, member, what)
    undone = undo(world, step)
    standing = StandingOrder.objects.get()
    assert (undone.state, undone.reason, undone.left_at) == ("active", "", None)
    assert (standing.state, standing.ended_at) == ("active", None) and groups(world.ana) == {"Estate"}


def test_going_on_is_taken_back(world: World) -> None:
    member = joined(world, club(world, amount="full"), world.ana)
    act(world, member, MemberAct.PAUSE)
    undone = undo(world, act(world, member, MemberAct.RESUME))
    assert (undone.state, undone.reason, StandingOrder.objects.get().state) == ("paused", "A slip", "paused")


def test_nothing_is_taken_back_once_something_was_changed_again(world: World) -> None:
    member = joined(world, club(world, group=world.estate.reference, amount="full"), world.ana)
    step = act(world, member, MemberAct.PAUSE)
    leave_club(member=member, actor=acting(world.ana), now=world.now)
    with pytest.raises(Conflict, match="changed since"):
        undo(world, step)
    member.refresh_from_db()
    assert member.state == "left" and groups(world.ana) == {"Premier"}


def test_groups_that_were_changed_again_keep_everything_as_it_is(world: World) -> None:
    step = entered(world, club(world))
    remove_from_group(customer=world.ana, group=world.premier, actor=world.staff, now=world.now)
    with pytest.raises(Conflict, match="changed since"):
        undo(world, step)
    assert ClubMember.objects.get().state == "active" and groups(world.ana) == {"Employees"}


def test_pausing_twice_has_nothing_to_take_back(world: World) -> None:
    member = joined(world, club(world), world.ana)
    act(world, member, MemberAct.PAUSE)
    again = act_on_member(member=member, act=MemberAct.PAUSE, actor=world.staff, now=world.now)
    assert again is None and MemberStep.objects.count() == 1
