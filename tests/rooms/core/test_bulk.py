"""One act on many rows: by the worker, once for each row whatever dies, stopped and gone on with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from tests.world import World
from tirage.core import bulk
from tirage.core.bulk import bulk_figures, continue_run, draft_run, start_run, stop_run, sweep_stopped_runs
from tirage.core.errors import DomainError
from tirage.core.models import BulkRun, Event
from tirage.core.tasks import go_on_with_bulk
from tirage.notifications.models import SentMail
from tirage.wishes.models import Wish
from tirage.wishes.operations import decline_one_of_many

TASK = "tirage.core.tasks.go_on_with_bulk"


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture
def wishes(world: World) -> list[Wish]:
    """Four open wishes."""
    return [
        Wish.objects.create(
            customer=customer,
            offer_item=world.item(offer, sku),
            kind="request",
            asked=2,
            made_at=world.now,
            changed_at=world.now,
        )
        for customer, offer in ((world.ana, world.premier_offer), (world.ben, world.estate_offer))
        for sku in (world.cabernet, world.chardonnay)
    ]


@pytest.fixture
def run(world: World, wishes: list[Wish]) -> BulkRun:
    """A draft that declines the four."""
    keys = [wish.reference for wish in wishes]
    return draft_run(kind="decline_wishes", keys=keys, actor=world.staff, now=world.now)


def begin(world: World, run: BulkRun, reason: str = "None left") -> BulkRun:
    return start_run(run=run, values={"reason": reason}, actor=world.staff, now=world.now)


def declined() -> int:
    return Wish.objects.filter(state="declined").count()


def test_a_draft_does_nothing_and_a_choice_of_nothing_is_refused(world: World, run: BulkRun) -> None:
    assert continue_run(run=run, limit=9, now=world.now).state == "draft"
    go_on_with_bulk.call(run.reference)
    assert declined() == 0
    with pytest.raises(DomainError, match="Choose at least one"):
        draft_run(kind="decline_wishes", keys=[], actor=world.staff, now=world.now)


def test_the_job_goes_to_the_end_in_the_name_of_who_began(world: World, run: BulkRun) -> None:
    begin(world, run)
    go_on_with_bulk.call(run.reference)
    run.refresh_from_db()
    assert run.state == "finished" and bulk_figures(run).done == declined() == 4
    events = Event.objects.filter(name="wish.declined")
    assert set(events.values_list("actor_label", flat=True)) == {world.staff.label}
    assert set(Wish.objects.values_list("reason", flat=True)) == {"None left"}


def test_what_somebody_answered_meanwhile_stays_with_the_reason(
    world: World, run: BulkRun, wishes: list[Wish]
) -> None:
    Wish.objects.filter(pk=wishes[1].pk).update(state="withdrawn")
    continue_run(run=begin(world, run), limit=9, now=world.now)
    figures = bulk_figures(run)
    assert (figures.done, figures.refused, figures.waiting) == (3, 1, 0)
    assert run.rows.get(outcome="refused").reason == "This wish is withdrawn already."


def test_a_stopped_run_goes_on_where_it_stopped_with_what_it_was_begun_with(
    world: World, run: BulkRun
) -> None:
    continue_run(run=begin(world, run), limit=1, now=world.now)
    stop_run(run=run, now=world.now)
    go_on_with_bulk.call(run.reference)
    assert declined() == 1 and bulk_figures(run).waiting == 3
    begin(world, run, reason="")
    go_on_with_bulk.call(run.reference)
    assert declined() == 4 and set(Wish.objects.values_list("reason", flat=True)) == {"None left"}
    assert stop_run(run=run, now=world.now).state == "finished", "what is over stays over"


def test_a_worker_that_dies_between_act_and_note_does_nothing_twice(
    world: World, run: BulkRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_at_the_second(**facts: Any) -> None:
        decline_one_of_many(**facts)
        if declined() == 2:
            raise Killed

    begin(world, run)
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_act", lambda kind: dies_at_the_second)
        with pytest.raises(Killed):
            continue_run(run=run, limit=9, now=world.now)
    assert declined() == 2 and bulk_figures(run).done == 1, "the second was never noted"
    DBTaskResult.objects.all().delete()
    assert sweep_stopped_runs(now=world.now) == 0, "it has moved a moment ago"
    later = world.now + timedelta(minutes=2)
    assert [sweep_stopped_runs(now=later) for _ in range(2)] == [1, 0], "its job waits for its turn"
    assert DBTaskResult.objects.get(task_path=TASK).args_kwargs["args"] == [run.reference]
    go_on_with_bulk.call(run.reference)
    run.refresh_from_db()
    assert run.state == "finished" and bulk_figures(run).done == 4
    assert Event.objects.filter(name="wish.declined").count() == 4
    assert SentMail.objects.filter(kind="wish_declined").count() == 4


def test_two_workers_of_one_run_write_down_what_was_done(
    world: World, run: BulkRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One finds the row busy while the other is at it."""
    begin(world, run)

    def refuses(**facts: Any) -> None:
        decline_one_of_many(**facts)
        run.rows.filter(key=facts["key"]).update(outcome="done")
        raise DomainError("busy", "Another is at it.")

    monkeypatch.setattr(bulk, "_act", lambda kind: refuses)
    continue_run(run=run, limit=9, now=world.now)
    assert bulk_figures(run).done == 4


def test_drafts_that_nobody_began_are_tidied(world: World, run: BulkRun) -> None:
    later = world.now + timedelta(days=3)
    draft_run(kind="decline_wishes", keys=["WSH-OTHER"], actor=world.staff, now=later)
    assert not BulkRun.objects.filter(pk=run.pk).exists()
