"""Rows go in by short transactions; whatever stops an import, it goes on behind the rows that are in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from tests.rooms.imports.conftest import upload
from tests.transactions import Measured, transactions_measured
from tests.world import World, build_world
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Membership
from tirage.customers.operations import move_customers
from tirage.imports import files
from tirage.imports.customers import CustomerImporter
from tirage.imports.engine import Importer
from tirage.imports.models import ImportRun
from tirage.imports.operations import (
    cancel_import,
    check_import,
    choose_columns,
    queue_import,
    run_import,
    sweep_stopped,
)
from tirage.imports.options import ImportOptions
from tirage.imports.skus import SkuImporter
from tirage.imports.stock import StockImporter
from tirage.inventory.models import Movement, Stock

#: Every third row names a person of before once more.
PEOPLE = "Email,Name\n" + "".join(f"p{n - n % 3}@x.com,Person {n}\n" for n in range(30))
INVITED = Customer.objects.filter(email__endswith="@x.com")


class Died(BaseException):
    """The process is gone: nothing of ours runs any more."""


def test_a_busy_database_is_waited_for_and_nothing_is_written_twice(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CustomerImporter, "portion", 10)
    written, tries = CustomerImporter.write, []

    def write(self: CustomerImporter, rows: list) -> None:
        tries.append(len(rows))
        written(self, rows)
        if len(tries) in (2, 3):
            raise OperationalError("database is locked")

    monkeypatch.setattr(CustomerImporter, "write", write)
    run = upload("customers", "Email,Name\n" + "".join(f"p{n}@x.com,Person {n}\n" for n in range(30)), now)
    run = run_import(reference=run.reference, actor=system(), now=now)
    assert (run.state, run.outcome, tries) == ("done", "30 new customers.", [10] * 5)


def dies_at(monkeypatch: pytest.MonkeyPatch, importer: type[Importer[Any]], portion: int) -> None:
    """Dies in the middle of the transaction of that portion (from 1), without a word on the run."""
    written, begun = importer.write, []

    def write(self: Any, rows: list[Any]) -> None:
        begun.append(rows)
        written(self, rows)
        if len(begun) == portion:
            raise Died

    monkeypatch.setattr(importer, "write", write)
    monkeypatch.setattr("tirage.imports.operations.attempts._fail", lambda *_: None)


def run_dying(run: ImportRun, now: datetime) -> ImportRun:
    with pytest.raises(Died):
        run_import(reference=run.reference, actor=system(), now=now)
    run.refresh_from_db()
    return run


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for importer in (CustomerImporter, SkuImporter, StockImporter):
        monkeypatch.setattr(importer, "portion", 10)
    monkeypatch.setattr("tirage.imports.writing.PAUSE_SECONDS", 0)


def state_of(people: Any = INVITED) -> list[tuple[Any, ...]]:
    events = Event.objects.filter(name="customer.created").count()
    return [*people.order_by("email").values_list("email", "first_name", "last_name"), (events,)]


@pytest.mark.django_db
@pytest.mark.parametrize("portion", [1, 2, 3])
def test_it_goes_on_where_it_stood_and_doubles_nothing(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    run = upload("customers", PEOPLE, now)
    with monkeypatch.context() as patch:
        dies_at(patch, CustomerImporter, portion)
        run = run_dying(run, now)
    assert (run.state, run.written, INVITED.count()) == (
        "running",
        10 * (portion - 1),
        [0, 4, 7][portion - 1],
    )
    later = read_clock() + timedelta(minutes=2)
    assert sweep_stopped(now=later) == 1
    queued = DBTaskResult.objects.filter(task_path="tirage.imports.tasks.import_file").count()
    assert queued == (portion > 1), "the worker goes on by itself behind rows that are in"
    done = run_import(reference=run.reference, actor=system(), now=later)
    assert (done.state, done.written) == ("done", 30)
    after = state_of()
    # The same list in one go, by the same file.
    INVITED.delete()
    Event.objects.filter(name="customer.created").delete()
    whole = run_import(reference=upload("customers", PEOPLE, now).reference, actor=system(), now=now)
    assert state_of() == after
    assert whole.outcome == done.outcome


@pytest.mark.django_db
def test_bottles_are_booked_once(world: World, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StockImporter, "portion", 2)
    table = "Sku,Movement\n" + f"{world.cabernet.code},+5\n{world.magnum.code},+6\n" * 3
    before = dict(Stock.objects.values_list("sku__code", "on_hand"))
    run = upload("stock", table, now)
    with monkeypatch.context() as patch:
        dies_at(patch, StockImporter, 3)
        run_dying(run, now)
    run_import(reference=run.reference, actor=system(), now=read_clock() + timedelta(minutes=2))
    after = dict(Stock.objects.values_list("sku__code", "on_hand"))
    assert after[world.cabernet.code] - before[world.cabernet.code] == 15
    assert after[world.magnum.code] - before[world.magnum.code] == 18


@pytest.mark.django_db
def test_what_stays_of_a_part_is_said_and_the_columns_stay(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload("customers", PEOPLE, now)
    with monkeypatch.context() as patch:
        dies_at(patch, CustomerImporter, 2)
        run = run_dying(run, now)
    later = read_clock() + timedelta(minutes=2)
    sweep_stopped(now=later)
    run.refresh_from_db()
    assert run.outcome == (
        "It stopped before its end. 10 of 30 rows are in. Start it again, and it goes on with the rest."
    )
    with pytest.raises(Conflict, match="10 of 30 rows are in"):
        check_import(reference=run.reference, actor=system(), now=later)
    with pytest.raises(Conflict, match="10 of 30 rows are in"):
        choose_columns(run=run, choices={}, options=ImportOptions(), actor=system(), now=later)
    gone = cancel_import(run=run, actor=system(), now=later)
    assert gone.outcome == "10 of 30 rows are in. They stay; the rest was let go."
    assert INVITED.count() == 4 and not files.has_rows(run)


@pytest.mark.django_db
def test_a_row_that_is_refused_by_now_stops_it_there_and_may_be_left_out(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"q{n}@x.com" for n in range(30)]
    table = "Email,Group\n" + "".join(f"{email},{world.estate.name}\n" for email in people)
    run = upload("customers", table, now)
    written, begun = CustomerImporter.write, []

    def write(self: CustomerImporter, rows: list[Any]) -> None:
        begun.append(rows)
        if len(begun) == 2:
            # Somebody makes one of the next people, in another tier, between check and writing.
            made = Customer.objects.create(email=people[15], signed_up_at=now)
            move_customers(customer_ids=[made.pk], group=world.premier, actor=world.staff, now=now)
        written(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(CustomerImporter, "write", write)
        with pytest.raises(DomainError, match=r"Row 17: .*10 of 30 rows are in"):
            run_import(reference=run.reference, actor=system(), now=now)
    made = Customer.objects.create(email=people[15], signed_up_at=now)
    move_customers(customer_ids=[made.pk], group=world.premier, actor=world.staff, now=now)
    later = read_clock()
    with pytest.raises(DomainError, match=r"Row 17: .*10 of 30 rows are in"):
        run_import(reference=run.reference, actor=system(), now=later)
    done = run_import(reference=run.reference, skip_bad=True, actor=system(), now=later)
    assert (done.state, done.bad, done.problems[-1][0]) == ("done", 1, 17)
    in_estate = Membership.objects.filter(customer__email__in=people, group=world.estate)
    assert in_estate.count() == 29


@pytest.mark.django_db
def test_without_its_rows_it_says_what_is_in(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload("customers", PEOPLE, now)
    with monkeypatch.context() as patch:
        dies_at(patch, CustomerImporter, 2)
        run = run_dying(run, now)
    files.drop_rows(run)
    with pytest.raises(DomainError, match="no longer here"):
        run_import(reference=run.reference, actor=system(), now=read_clock() + timedelta(minutes=2))
    run.refresh_from_db()
    assert run.state == "failed" and "10 of 30 rows are in." in run.outcome


@pytest.mark.django_db
def test_what_kills_its_process_each_time_is_not_begun_for_ever(world: World, now: datetime) -> None:
    run = upload("customers", PEOPLE, now)
    dead = read_clock() - timedelta(minutes=5)
    ImportRun.objects.update(state="running", written=10, attempt=20, changed_at=dead)
    assert sweep_stopped(now=read_clock()) == 1
    assert not DBTaskResult.objects.exists()
    run.refresh_from_db()
    assert queue_import(run=run, to_write=True, now=read_clock()).queued_at, "people still may"


def measure(kind: str, table: str, now: datetime) -> Measured:
    run = upload(kind, table, now)
    with transactions_measured() as measured:
        run_import(reference=run.reference, actor=system(), now=now)
    return measured


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_longer_than_a_portion(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody else who writes waits for one portion, however long the list; the control writes it at once."""
    build_world(now)
    table = "Email,Name,Address,City,State,Zip\n"
    table += "".join(f"p{n}@x.com,Person {n},{n} Main St,Napa,CA,94558\n" for n in range(120))
    short = measure("customers", table, now)
    # A customer, a membership, an address, an event and a note for the map for each, and how far the run is.
    assert short.longest.rows <= 5 * 10 + 4, short.longest
    assert len(short.each) >= 12
    INVITED.delete()
    monkeypatch.setattr(CustomerImporter, "portion", 1_000)
    at_once = measure("customers", table, now)
    assert at_once.longest.rows >= 3 * 120, "the control is as long as the list"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["skus", "stock"])
def test_neither_is_one_of_the_cellar(now: datetime, kind: str) -> None:
    build_world(now)
    skus = "Sku,Wine,Vintage,Price,On hand\n" + "".join(f"N{n},New {n},2024,90,{n}\n" for n in range(60))
    measured = measure("skus", skus, now)
    if kind == "stock":
        counted = "Sku,Counted\n" + "".join(f"N{n},{n + 1}\n" for n in range(60))
        measured = measure("stock", counted, now)
        assert Movement.objects.filter(note="").exists()
    assert len(measured.each) >= 6
    assert measured.longest.rows <= 12 * 10, measured.longest
