"""An import's life: everything or nothing, whatever happens on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Told

import pytest
from django.db import connection

from tests.rooms.imports.conftest import upload
from tests.world import World
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Address, Customer, Membership
from tirage.imports import files
from tirage.imports import progress as progress_module
from tirage.imports.customers import CustomerImporter
from tirage.imports.models import ImportPart, ImportRun
from tirage.imports.operations import (
    cancel_import,
    check_import,
    choose_columns,
    run_import,
    sweep_stopped,
    tidy_imports,
)
from tirage.imports.options import ImportOptions
from tirage.imports.progress import Progress, read_progress, telling
from tirage.imports.queries import is_refused

pytestmark = pytest.mark.django_db

PEOPLE = "Email,Name\n" + "".join(f"p{n}@x.com,Person {n}\n" for n in range(30))


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Customer, Address, Membership, Event))


def test_a_failure_in_the_last_batch_leaves_nothing(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counts()
    monkeypatch.setattr(CustomerImporter, "batch", 10)
    written = CustomerImporter.write

    def fail_at_the_end(self: CustomerImporter, rows: list) -> None:
        written(self, rows)
        if rows[-1].row == 31:
            raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(CustomerImporter, "write", fail_at_the_end)
    run = upload("customers", PEOPLE, now)
    with pytest.raises(RuntimeError):
        run_import(reference=run.reference, actor=system(), now=now)
    assert counts() == before
    run.refresh_from_db()
    assert (
        run.state == "failed"
        and run.outcome == "It stopped before its end. Nothing was imported. Start it again."
    )
    monkeypatch.setattr(CustomerImporter, "write", written)
    assert run_import(reference=run.reference, actor=system(), now=now).state == "done"
    assert Customer.objects.filter(email__endswith="@x.com").count() == 30


def test_a_run_that_died_is_said_to_have_failed_and_can_be_started_again(world: World, now: datetime) -> None:
    run = upload("customers", PEOPLE, now)
    dead = read_clock() - timedelta(minutes=5)
    ImportRun.objects.update(state="running", attempt=1, changed_at=dead)
    assert sweep_stopped(now=read_clock()) == 1
    run.refresh_from_db()
    assert run.state == "failed" and "Start it again" in run.outcome and not is_refused(run)
    assert run_import(reference=run.reference, actor=system(), now=read_clock()).state == "done"


def test_a_run_that_lives_is_left_alone(world: World, now: datetime) -> None:
    run = upload("customers", PEOPLE, now)
    dead = read_clock() - timedelta(minutes=5)
    ImportRun.objects.update(state="running", attempt=1, changed_at=dead)
    with telling(run.reference) as progress:
        progress.tell("writing", 5, 30, at_once=True)
        assert sweep_stopped(now=read_clock()) == 0
        with pytest.raises(Conflict):
            run_import(reference=run.reference, actor=system(), now=read_clock())


def test_a_run_says_that_it_is_alive_whatever_it_is_at(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch may take longer than the silence after which a run is taken for dead."""
    monkeypatch.setattr(progress_module, "BEAT_SECONDS", 0.01)
    run = upload("customers", PEOPLE, now)
    again, heard = Told(), []

    def hear(progress: Progress) -> None:
        heard.append(progress)
        if len(heard) > 2:
            again.set()

    with telling(run.reference, hear) as progress:
        progress.tell("writing", 5, 30, at_once=True)
        assert again.wait(30)
        kept = read_progress(run.reference)
    assert kept is not None and kept.at > heard[0].at
    assert {(one.phase, one.done) for one in heard} == {("writing", 5)}
    assert read_progress(run.reference) is None


def test_a_run_taken_for_dead_cant_finish(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counts()
    run = upload("customers", PEOPLE, now)
    written = CustomerImporter.write

    def be_taken_for_dead(self: CustomerImporter, rows: list) -> None:
        written(self, rows)
        ImportRun.objects.filter(pk=run.pk).update(state="failed", attempt=99)

    monkeypatch.setattr(CustomerImporter, "write", be_taken_for_dead)
    with pytest.raises(Conflict, match="taken for dead"):
        run_import(reference=run.reference, actor=system(), now=now)
    assert counts() == before


def test_done_is_done(world: World, now: datetime) -> None:
    run = run_import(reference=upload("customers", PEOPLE, now).reference, actor=system(), now=now)
    assert not ImportPart.objects.filter(run=run).exists()
    for act in (run_import, check_import):
        with pytest.raises(Conflict):
            act(reference=run.reference, actor=system(), now=now)
    with pytest.raises(Conflict):
        cancel_import(run=run, actor=system(), now=now)


def test_one_import_writes_at_a_time(world: World, now: datetime) -> None:
    first, second = upload("customers", PEOPLE, now), upload("customers", PEOPLE, now)
    ImportRun.objects.filter(pk=first.pk).update(state="running", changed_at=read_clock())
    with pytest.raises(Conflict, match=r"is running\. Wait"):
        run_import(reference=second.reference, actor=system(), now=read_clock())
    second.refresh_from_db()
    assert second.state == "uploaded"


def test_progress_is_told_at_most_twice_a_second(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Progress] = []
    run = upload("customers", PEOPLE, now)
    run_import(reference=run.reference, listener=told.append, actor=system(), now=now)
    assert (told[0].phase, told[0].done) == ("checking", 0)
    assert "writing" in {progress.phase for progress in told}
    moments = iter([10.0, 10.4])
    monkeypatch.setattr("tirage.imports.progress.monotonic", lambda: next(moments))
    with telling(run.reference) as bar:
        bar.tell("checking", 1, 10, at_once=True)
        bar.tell("checking", 2, 10)
        progress = read_progress(run.reference)
    assert progress and (progress.done, progress.total) == (1, 10)
    assert read_progress(run.reference) is None


def test_columns_are_chosen_for_this_file_only(world: World, now: datetime) -> None:
    run = upload("customers", "Mail Box,Wer\na@x.com,Ana Ruiz\n", now)
    with pytest.raises(DomainError, match="No column was found for: E-mail"):
        choose_columns(
            run=run, choices={"full_name": "Wer"}, options=ImportOptions(), actor=system(), now=now
        )
    with pytest.raises(DomainError, match="has no column “Nope”"):
        choose_columns(run=run, choices={"email": "Nope"}, options=ImportOptions(), actor=system(), now=now)
    choose_columns(
        run=run,
        choices={"email": "Mail Box", "full_name": "Wer"},
        options=ImportOptions(),
        actor=system(),
        now=now,
    )
    run_import(reference=run.reference, actor=system(), now=now)
    assert Customer.objects.get(email="a@x.com").last_name == "Ruiz"


def test_old_files_and_what_was_found_in_them_are_forgotten(
    world: World, now: datetime, tmp_path: Path
) -> None:
    bad = check_import(
        reference=upload("customers", "Email\nnobody\n", now).reference, actor=system(), now=now
    )
    assert files.has_report(bad) and bad.problems
    left = tmp_path / "imports" / f"{bad.reference}.upload"
    left.parent.mkdir(exist_ok=True)
    left.write_text("a version before kept lists of people here")
    later = read_clock() + timedelta(days=31)
    assert tidy_imports(now=read_clock()) == 0
    assert tidy_imports(now=later) == 1
    bad.refresh_from_db()
    assert (bad.state, bad.problems) == ("cancelled", [])
    assert not ImportPart.objects.filter(run=bad).exists()
    assert not left.exists()


def test_references_that_are_taken_are_drawn_again(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([world.ana.reference, "CUS-22222222", "CUS-22222222", "CUS-33333333", "CUS-44444444"])
    field = Customer._meta.get_field("reference")
    monkeypatch.setattr(field, "_get_default", lambda: next(drawn))
    monkeypatch.setattr("tirage.imports.customer_saving.new_reference", lambda prefix: next(drawn))
    run = upload("customers", "Email\na@x.com\nb@x.com\nc@x.com\n", now)
    run_import(reference=run.reference, actor=system(), now=now)
    found = set(Customer.objects.filter(email__endswith="@x.com").values_list("reference", flat=True))
    assert found == {"CUS-22222222", "CUS-33333333", "CUS-44444444"}


def test_a_file_of_several_parts_comes_back_as_it_was(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHUNK", 7)
    run = upload("customers", PEOPLE, now)
    assert ImportPart.objects.filter(run=run).count() == -(-len(PEOPLE) // 7)
    with files.open_upload(run) as kept:
        assert kept.read() == PEOPLE.encode()
    report = b"Row,Column\r\n" * 9
    for _ in range(2):
        files.keep_report(run, (report[at : at + 1] for at in range(len(report))))
    with files.open_report(run) as kept:
        assert kept.read() == report


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_others_see_how_far_it_is_while_its_transaction_is_open(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: what the import itself writes, nobody else sees yet."""
    run = upload("customers", PEOPLE, now)
    written, seen = CustomerImporter.write, []

    def look(self: CustomerImporter, rows: list) -> None:
        written(self, rows)
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                for table in ("imports_importprogress", "customers_customer"):
                    cursor.execute(f"SELECT count(*) FROM {table}")
                    seen.append(cursor.fetchone()[0])
        finally:
            other.close()

    monkeypatch.setattr(CustomerImporter, "write", look)
    assert run_import(reference=run.reference, actor=system(), now=now).state == "done"
    assert seen == [1, 0]
    assert read_progress(run.reference) is None
