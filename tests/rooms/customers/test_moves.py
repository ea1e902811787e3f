import pytest

from tests.rooms.customers.test_groups import groups_of
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import MoveRun
from tirage.customers.operations import (
    add_to_group,
    continue_move,
    continue_undo,
    draft_move,
    move_customers,
    move_to_group,
    say_result,
)
from tirage.customers.queries import MoveFrom, move_progress, preview_run, state_before
from tirage.customers.states import MoveKind


def everybody(world: World) -> list[int]:
    return [world.ana.pk, world.ben.pk, world.clara.pk, world.dora.pk]


def test_a_preview_says_who_comes_from_where(world: World) -> None:
    add_to_group(customer=world.ana, group=world.employees, actor=world.staff, now=world.now)
    run = draft_move(customer_ids=everybody(world), group=world.estate, actor=world.staff, now=world.now)
    preview = preview_run(run)
    assert (preview.total, preview.changing, preview.staying) == (4, 2, 2)
    assert preview.coming_from == [MoveFrom("Employees, Premier", 1), MoveFrom("No group", 1)]
    assert preview.leaving == [MoveFrom("Employees", 1), MoveFrom("Premier", 1)]
    assert preview.refused == []
    assert groups_of(world.ana) == {"Premier", "Employees"}


def test_a_preview_of_adding_says_whom_it_leaves_out(world: World) -> None:
    preview = preview_run(
        draft_move(
            customer_ids=everybody(world),
            group=world.estate,
            kind=MoveKind.ADD,
            actor=world.staff,
            now=world.now,
        )
    )
    assert (preview.changing, preview.staying) == (1, 2)
    assert preview.refused == [MoveFrom("Premier", 1)]
    assert preview.leaving == []


def test_a_move_runs_in_batches_and_reports(world: World) -> None:
    seen: list[tuple[int, int]] = []
    run = move_customers(
        customer_ids=everybody(world),
        group=world.premier,
        progress=lambda done, total: seen.append((done, total)),
        actor=world.staff,
        now=world.now,
    )
    assert run.state == "finished"
    assert seen == [(4, 4)]
    assert say_result(run) == "put 3 customers into Premier. 1 was there already."
    assert groups_of(world.ben) == {"Premier"}
    assert Event.objects.filter(name="group.moved").count() == 3
    assert (
        Event.objects.get(name="group.moved", customer_id=world.ben.pk).text
        == "put the customer into Premier, out of Estate"
    )
    assert Event.objects.filter(name="group.move_finished").count() == 1


def test_an_interrupted_run_goes_on_where_it_stopped(world: World) -> None:
    run = draft_move(customer_ids=everybody(world), group=world.premier, actor=world.staff, now=world.now)
    assert preview_run(run).changing == 3
    run = continue_move(run=run, limit=2, actor=world.staff, now=world.now)
    assert run.state == "running"
    assert move_progress(run).done == 2
    assert groups_of(world.clara) == set()
    run = continue_move(run=run, limit=2, actor=world.staff, now=world.now)
    assert run.state == "finished"
    again = continue_move(run=run, limit=2, actor=world.staff, now=world.now)
    assert again.state == "finished"
    assert Event.objects.filter(name="group.moved").count() == 3


def test_undo_gives_back_groups_and_dates(world: World) -> None:
    since = world.ben.memberships.get().since
    add_to_group(customer=world.ben, group=world.employees, actor=world.staff, now=world.now)
    run = move_customers(customer_ids=everybody(world), group=world.premier, actor=world.staff, now=world.now)
    run = continue_undo(run=run, limit=1, actor=world.staff, now=world.now)
    assert run.state == "undoing"
    run = continue_undo(run=run, actor=world.staff, now=world.now)
    assert run.state == "undone"
    assert say_result(run) == "gave 3 customers back the groups of before."
    assert groups_of(world.ben) == {"Estate", "Employees"}
    assert world.ben.memberships.get(group=world.estate).since == since
    assert groups_of(world.clara) == set()
    assert groups_of(world.ana) == {"Premier"}


def test_undo_leaves_alone_whoever_was_changed_since(world: World) -> None:
    run = move_customers(customer_ids=everybody(world), group=world.premier, actor=world.staff, now=world.now)
    move_to_group(customer=world.ben, group=world.welcome, actor=world.staff, now=world.now)
    run = continue_undo(run=run, actor=world.staff, now=world.now)
    assert groups_of(world.ben) == {"Welcome"}
    assert groups_of(world.dora) == {"Estate"}
    assert "1 left alone" in say_result(run)


def test_adding_many_leaves_out_a_second_allocation_group(world: World) -> None:
    run = move_customers(
        customer_ids=everybody(world), group=world.estate, kind=MoveKind.ADD, actor=world.staff, now=world.now
    )
    assert groups_of(world.ana) == {"Premier"}
    assert groups_of(world.clara) == {"Estate"}
    assert say_result(run) == (
        "put 1 customer into Estate too. 2 were there already. "
        "1 was left out: they have another allocation group, so use Move to group."
    )


def test_adding_to_a_standard_group_keeps_everything_else(world: World) -> None:
    run = move_customers(
        customer_ids=everybody(world),
        group=world.employees,
        kind=MoveKind.ADD,
        actor=world.staff,
        now=world.now,
    )
    assert groups_of(world.ana) == {"Premier", "Employees"}
    continue_undo(run=run, actor=world.staff, now=world.now)
    assert groups_of(world.ana) == {"Premier"}


def test_the_state_before_can_be_exported_at_any_moment(world: World) -> None:
    run = draft_move(customer_ids=everybody(world), group=world.premier, actor=world.staff, now=world.now)
    planned = [(customer.email, [name for name, _ in groups]) for customer, _, groups in state_before(run)]
    continue_move(run=run, actor=world.staff, now=world.now)
    kept = [(customer.email, [name for name, _ in groups]) for customer, _, groups in state_before(run)]
    assert planned == kept
    assert kept[1] == ("ben@example.com", ["Estate"])


def test_nobody_chosen_and_nothing_to_undo_are_refused(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        draft_move(customer_ids=[], group=world.premier, actor=world.staff, now=world.now)
    assert refused.value.code == "nobody_chosen"
    run = draft_move(customer_ids=[world.ana.pk], group=world.premier, actor=world.staff, now=world.now)
    with pytest.raises(DomainError) as refused:
        continue_undo(run=run, actor=world.staff, now=world.now)
    assert refused.value.code == "nothing_to_undo"


def test_forgotten_drafts_are_tidied(world: World) -> None:
    draft_move(customer_ids=[world.ana.pk], group=world.premier, actor=world.staff, now=world.now)
    draft_move(
        customer_ids=[world.ben.pk], group=world.premier, actor=world.staff, now=world.now.replace(day=20)
    )
    assert MoveRun.objects.count() == 1
