"""Tiering: the first group whose criteria fit, by rank; pins, kept groups, times, undo, and the history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Group, Membership, MoveRun, PastMembership, TierPin
from tirage.customers.operations import (
    add_to_group,
    call_off_move,
    change_one_person,
    move_to_group,
    pin_customer,
    schedule_move,
    start_due_moves,
    start_move,
    start_undo,
    undo_one_person,
    unpin_customer,
)
from tirage.customers.queries import memberships_over_time, preview_run
from tirage.customers.states import MoveKind
from tirage.customers.tasks import move_group
from tirage.segments.models import Segment
from tirage.segments.operations import delete_segment, save_segment
from tirage.tiers.criteria import save_criteria
from tirage.tiers.placing import draft_tiering, misplaced, people_of_cell, place_everybody, reasons_for


def write(world: World, group: Group, criteria: str, **more: Any) -> None:
    facts: dict[str, Any] = {"keeps_members": False, "actor": world.staff, "now": world.now}
    save_criteria(group=group, criteria=criteria, **(facts | more))


@pytest.fixture
def tiered(world: World) -> World:
    """Premier is for California and Oregon, Estate for New York and Oregon: Ana is right, Clara belongs in Premier,
    Ben is right, Dora (Florida) belongs nowhere.
    """
    write(world, world.premier, "any(state(state:CA),state(state:OR))")
    write(world, world.estate, "any(state(state:NY),state(state:OR))")
    return world


def tier_of(customer: Customer) -> str:
    membership = (
        Membership.objects.filter(customer=customer, kind="allocation").select_related("group").first()
    )
    return membership.group.name if membership else ""


def run_it(run: MoveRun, world: World) -> MoveRun:
    start_move(run=run, actor=world.staff, now=world.now)
    move_group.call(run.reference)
    run.refresh_from_db()
    return run


def test_each_lands_in_the_first_group_that_fits(tiered: World) -> None:
    world = tiered
    found = place_everybody(world.now)
    names = {pk: group.name for pk, group in found.groups.items()}
    cells = {(names.get(c.origin or 0, ""), names.get(c.target or 0, "")): c.count for c in found.cells}
    assert cells == {
        ("Premier", "Premier"): 1,
        ("Estate", "Estate"): 1,
        ("", "Premier"): 1,
        ("Estate", ""): 1,
    }
    assert (found.moving(with_leaving=False), found.moving(with_leaving=True)) == (1, 2)
    assert misplaced(world.now, with_leaving=True) == [
        (world.clara.pk, world.premier.pk, None),
        (world.dora.pk, None, world.estate.pk),
    ]
    world.premier.refresh_from_db()
    Group.objects.filter(pk=world.premier.pk).update(rank=9)
    assert misplaced(world.now, with_leaving=False)[0] == (world.clara.pk, world.estate.pk, None)


def test_a_group_without_criteria_takes_and_keeps_nobody_and_a_test_group_has_no_part(tiered: World) -> None:
    world = tiered
    add_to_group(customer=world.clara, group=world.welcome, actor=world.staff, now=world.now)
    assert (world.clara.pk, world.premier.pk, world.welcome.pk) in misplaced(world.now, with_leaving=True)
    move_to_group(customer=world.dora, group=world.welcome, actor=world.staff, now=world.now)
    assert world.dora.pk not in {row[0] for row in misplaced(world.now, with_leaving=True)}
    Group.objects.filter(pk=world.welcome.pk).update(is_test=True)
    assert misplaced(world.now, with_leaving=True) == []


def test_the_move_keeps_standard_groups_and_is_undone(tiered: World) -> None:
    world = tiered
    for one in (world.clara, world.dora):
        add_to_group(customer=one, group=world.employees, actor=world.staff, now=world.now)
    run = draft_tiering(with_leaving=True, actor=world.staff, now=world.now)
    preview = preview_run(run)
    assert (preview.total, preview.changing) == (2, 2)
    assert {(row.names, row.to, row.count) for row in preview.coming_from} == {
        ("Employees", "Premier", 1),
        ("Employees, Estate", "No group", 1),
    }
    assert tier_of(world.clara) == "", "a preview moves nobody"
    run_it(run, world)
    assert (tier_of(world.clara), tier_of(world.dora)) == ("Premier", "")
    assert Membership.objects.filter(group=world.employees).count() == 2
    assert Event.objects.get(name="group.left", customer_id=world.dora.pk).text == (
        "took the customer out of Estate"
    )
    start_undo(run=run, actor=world.staff, now=world.now)
    move_group.call(run.reference)
    assert (tier_of(world.clara), tier_of(world.dora)) == ("", "Estate")
    assert Membership.objects.filter(group=world.employees).count() == 2
    kept = PastMembership.objects.filter(customer=world.clara, group=world.employees)
    assert not kept.exists(), "what the move left alone was never ended"


def test_who_is_pinned_or_moved_meanwhile_stays(tiered: World) -> None:
    world = tiered
    run = draft_tiering(with_leaving=True, actor=world.staff, now=world.now)
    pin_customer(customer=world.dora, why="A friend of the house", actor=world.staff, now=world.now)
    move_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=world.now)
    preview = preview_run(run)
    assert (preview.changing, preview.pinned, preview.overtaken) == (0, 1, 1)
    run_it(run, world)
    assert (tier_of(world.clara), tier_of(world.dora)) == ("Estate", "Estate")
    finished = Event.objects.get(name="group.move_finished").text
    assert "1 is pinned and stayed." in finished and "1 was moved by hand meanwhile" in finished
    assert misplaced(world.now, with_leaving=True) == [(world.clara.pk, world.premier.pk, world.estate.pk)]
    assert place_everybody(world.now).pinned == 1
    move_to_group(customer=world.dora, group=world.premier, actor=world.staff, now=world.now)
    assert tier_of(world.dora) == "Premier", "by hand a pinned customer moves"


def test_a_pin_says_who_when_and_why_and_is_taken_off(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        pin_customer(customer=world.ana, why="  ", actor=world.staff, now=world.now)
    assert refused.value.code == "why_missing" and not TierPin.objects.exists()
    pin_customer(customer=world.ana, why="Founder", actor=world.staff, now=world.now)
    pin = TierPin.objects.get(customer=world.ana)
    assert (pin.why, pin.actor_label, pin.at) == ("Founder", world.staff.label, world.now)
    assert unpin_customer(customer=world.ana, actor=world.staff, now=world.now) is not None
    assert unpin_customer(customer=world.ana, actor=world.staff, now=world.now) is None
    assert not TierPin.objects.exists()


def test_a_group_that_keeps_its_members_loses_nobody(tiered: World) -> None:
    world = tiered
    move_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=world.now)
    write(world, world.estate, "state(state:NY)", keeps_members=True)
    assert misplaced(world.now, with_leaving=True) == []
    assert place_everybody(world.now).pinned == 2


def test_it_begins_at_its_time_unless_called_off(tiered: World) -> None:
    world = tiered
    run = draft_tiering(actor=world.staff, now=world.now)
    later = world.now + timedelta(hours=2)
    facts: dict[str, Any] = {"run": run, "actor": world.staff, "now": world.now}
    with pytest.raises(DomainError) as refused:
        schedule_move(at=world.now, **facts)
    assert refused.value.code == "in_the_past"
    schedule_move(at=later, **facts)
    assert call_off_move(**facts).state == "draft"
    schedule_move(at=later, **facts)
    assert start_due_moves(now=later - timedelta(seconds=1)) == 0
    assert [start_due_moves(now=later) for _ in range(2)] == [1, 0]
    assert DBTaskResult.objects.count() == 1
    move_group.call(run.reference)
    assert tier_of(world.clara) == "Premier"
    with pytest.raises(Conflict):
        call_off_move(**facts)


def test_criteria_are_written_in_the_language_and_refused_with_words(world: World) -> None:
    write(world, world.premier, " state( state:CA )".replace(" ", ""))
    world.premier.refresh_from_db()
    assert world.premier.criteria == "state(state:CA)"
    said = Event.objects.filter(name="group.saved").latest("pk").text
    assert said == "wrote down who belongs in Premier: everybody who lives in California"
    for criteria in ("nonsense(", "group(group:GRP-00000000)"):
        with pytest.raises(DomainError) as refused:
            write(world, world.premier, criteria)
        assert "criteria" in refused.value.fields
    with pytest.raises(DomainError) as refused:
        write(world, world.employees, "tier()")
    assert refused.value.code == "not_a_tier"
    write(world, world.premier, "")
    world.premier.refresh_from_db()
    assert world.premier.criteria == ""


def test_a_segment_that_criteria_name_stays(world: World) -> None:
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    segment = save_segment(segment=None, name="West", note="", definition="state(state:CA)", **facts)
    write(world, world.premier, f"segment(segment:{segment.reference})")
    with pytest.raises(Conflict) as refused:
        delete_segment(segment=segment, **facts)
    assert "criteria of Premier" in refused.value.message and Segment.objects.exists()
    assert [tier.holds for tier in reasons_for(world.ana, world.now)[1].values()] == [True]


def test_a_cell_says_why_condition_by_condition(tiered: World, django_assert_num_queries: Any) -> None:
    world = tiered
    with django_assert_num_queries(4):
        people, total = people_of_cell(None, world.premier.pk, world.now, first=0, count=25)
    assert total == 1 and people[0].customer == world.clara
    premier = people[0].reasons[world.premier.pk]
    assert premier.holds and [part.holds for part in premier.parts] == [False, True]
    assert people_of_cell(world.premier.pk, None, world.now, first=0, count=25) == ([], 0)


def test_one_person_is_moved_and_moved_back(world: World) -> None:
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    run = change_one_person(
        customer=world.ana, group=world.estate, kind=MoveKind.MOVE, why="Asked for it", **facts
    )
    assert run is not None and tier_of(world.ana) == "Estate"
    assert change_one_person(customer=world.ana, group=world.estate, kind=MoveKind.ADD, **facts) is None
    undo_one_person(run=run, **facts)
    assert tier_of(world.ana) == "Premier" and run.rows.get().outcome == "undone"
    gone = change_one_person(customer=world.ana, group=world.premier, kind=MoveKind.LEAVE, **facts)
    assert gone is not None and tier_of(world.ana) == ""
    add_to_group(customer=world.ana, group=world.welcome, **facts)
    undo_one_person(run=gone, **facts)
    assert tier_of(world.ana) == "Welcome" and gone.rows.get().outcome == "left_alone"


def test_the_history_says_who_when_and_why(tiered: World) -> None:
    world = tiered
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    move_to_group(customer=world.ben, group=world.welcome, why="A quiet year", **facts)
    run = run_it(draft_tiering(actor=world.staff, now=world.now), world)
    rows = list(memberships_over_time(customer=world.ben))
    assert [(row["group_id"], row["joined_why"], row["left_why"]) for row in rows] == [
        (world.estate.pk, f"tiering, {run.reference}", ""),
        (world.welcome.pk, "A quiet year", f"tiering, {run.reference}"),
        (world.estate.pk, "", "A quiet year"),
    ] or {row["left_why"] for row in rows} == {"", "A quiet year", f"tiering, {run.reference}"}
    assert {row["joined_by"] for row in rows} == {"", world.staff.label}
    assert {row["customer_id"] for row in memberships_over_time(group=world.welcome)} == {world.ben.pk}
