"""Everything goes out as one file and comes back into an empty Tirage: every table row by row, on both engines."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.db import models

from tests.emptying import empty_tables
from tests.rooms.checkout.journey import buy
from tests.web.stage import build_stage
from tests.world import build_world
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.imports.progress import read_progress
from tirage.leaving.exporting import begin_export, read_parts, write_export
from tirage.leaving.restoring import restore_everything
from tirage.leaving.tables import exported_fields, exported_models
from tirage.leaving.writing import plain, sequences, write_everything
from tirage.staff.models import StaffMember

ACTOR = system("Command line")
#: What coming back changes on purpose: who has a job for a mail.
CHANGED = {("notifications.SentMail", "has_job")}


def ledger() -> dict[str, list[dict[str, Any]]]:
    """Every exported table, row by row."""
    return {model._meta.label: rows(model) for model in exported_models()}


def rows(model: type[models.Model]) -> list[dict[str, Any]]:
    label = model._meta.label
    names = [one.attname for one in exported_fields(model) if (label, one.name) not in CHANGED]
    return [
        json.loads(json.dumps(row, default=plain))
        for row in model._base_manager.order_by("pk").values(*names)
        if not (label == "core.Event" and row["name"] == "everything.restored")
    ]


def written() -> io.BytesIO:
    file = io.BytesIO()
    write_everything(file, now=read_clock())
    return file


def changed(file: io.BytesIO, name: str, change: Any) -> io.BytesIO:
    """The same file with one member that says something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info.filename, change(data) if info.filename == name else data)
    return out


@pytest.mark.django_db(transaction=True)
def test_everything_comes_back_row_by_row_and_the_books_hold() -> None:
    build_stage()
    # What is on stage was put there by hand in places: the same promises hold before and after.
    broken = {one.check.name for one in run_checks(read_clock())}
    before, highest = ledger(), sequences()
    assert sum(map(bool, before.values())) > 90
    file = written()
    empty_tables()
    restore_everything(file, actor=ACTOR, now=read_clock())
    after = ledger()
    for label, there in before.items():
        assert after[label] == there, label
    assert all(sequences().get(table, 0) >= number for table, number in highest.items())
    assert {one.check.name for one in run_checks(read_clock())} == broken
    newest = Customer.objects.order_by("-pk").first()
    assert newest is not None
    following = Customer.objects.create(email="next@example.org", signed_up_at=read_clock())
    assert following.pk > max(newest.pk, highest["customers_customer"])


@pytest.mark.django_db(transaction=True)
def test_the_doctor_finds_nothing_in_a_shop_that_came_back() -> None:
    world = build_world(read_clock())
    buy(world, world.ana, {"CAB23": 2}, world.now)
    buy(world, world.ben, {"CAB23": 1}, world.now)
    before, file = ledger(), written()
    empty_tables()
    restore_everything(file, actor=ACTOR, now=read_clock())
    assert ledger() == before and run_checks(read_clock()) == []


@pytest.mark.django_db(transaction=True)
def test_it_comes_into_an_empty_one_only_and_whole_or_not_at_all() -> None:
    build_stage()
    file = written()
    count = Event.objects.count()
    with pytest.raises(DomainError, match="already"):
        restore_everything(file, actor=ACTOR, now=read_clock())
    assert Event.objects.count() == count
    empty_tables()
    for spoilt, words in (
        (io.BytesIO(file.getvalue()[:-200]), "cut short"),
        (io.BytesIO(b"no zip"), "cut short"),
        (changed(file, "json/orders.Order.jsonl", lambda data: data.replace(b'"USD"', b'"EUR"', 1)), "Order"),
        (changed(file, "json/orders.OrderLine.jsonl", lambda data: data[: data.rindex(b"{")]), "OrderLine"),
        (changed(file, "manifest.json", lambda data: data.replace(b"leaving.0001", b"leaving.0999")), "0999"),
    ):
        with pytest.raises(DomainError, match=words):
            restore_everything(spoilt, actor=ACTOR, now=read_clock())
        assert not Customer.objects.exists() and not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_may_sign_in_there_still_may_and_nobody_else_has_a_password() -> None:
    stage = build_stage()
    file = written()
    known = stage.world.owner.email
    empty_tables()
    StaffMember.objects.create_user(known, "a new password", name="Olive", role="owner")
    StaffMember.objects.create_user("new@example.org", "another one", name="Nora", role="owner")
    restore_everything(file, actor=ACTOR, now=read_clock())
    assert StaffMember.objects.get(email=known).check_password("a new password")
    assert StaffMember.objects.get(email="new@example.org").check_password("another one")
    for other in StaffMember.objects.exclude(email__in=[known, "new@example.org"]):
        assert not other.has_usable_password()


@pytest.mark.django_db(transaction=True)
def test_the_worker_writes_it_and_it_is_the_same_file() -> None:
    build_stage()
    export = begin_export(queue=False, actor=ACTOR, now=read_clock())
    export = write_export(reference=export.reference, now=read_clock())
    assert export.state == "ready" and export.problem == "" and read_progress(export.reference) is None
    file = io.BytesIO(b"".join(read_parts(export)))
    assert len(file.getvalue()) == export.size
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        text = b"".join(archive.read(name) for name in names)
    assert {"README.txt", "manifest.json", "csv/orders_order.csv", "json/orders.Order.jsonl"} <= set(names)
    for member in StaffMember.objects.all():
        assert member.password.encode() not in text
