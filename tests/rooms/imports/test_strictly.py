"""Odd files on their way in: rows are refused by their number, on either engine, and the rest comes in."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.rooms.imports.conftest import Bring, reasons, upload
from tests.world import World
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import
from tirage.tables.reading import NO_TEXT

pytestmark = pytest.mark.django_db

ROWS = [f"a{n}@x.com,Ana {n}" for n in range(300)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-32-le"])
def test_a_zero_costs_one_row_of_three_hundred(world: World, bring: Bring, encoding: str) -> None:
    text = "\n".join(["Email,Name", *ROWS, "bad\0@x.com,Zoe"])
    run = bring("customers", text.encode(encoding), skip_bad=True)
    assert (run.state, run.good, run.bad) == ("done", 300, 1)
    assert reasons(run) == [(302, "Email", NO_TEXT)] and run.problems[0][2] == "bad\ufffd@x.com"
    assert Customer.objects.filter(email__endswith="@x.com").count() == 300


def test_a_zero_in_a_column_that_nobody_reads_costs_nothing(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,Name,Gap\na@x.com,Ana,x\0\nb@x.com,Bo,\n")
    assert (run.state, run.good) == ("done", 2)


def test_a_zero_among_the_names_of_columns_stops_nothing(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,Na\0me,City\0\na@x.com,Ana,\n", name="li\0st.csv")
    assert (run.state, run.mapping["full_name"], run.file_name) == ("done", "Name", "li\ufffdst.csv")


def test_a_torn_quotation_mark_refuses_the_file_and_keeps_nothing(world: World, now: datetime) -> None:
    torn = "\n".join(["Email,Name", *ROWS[:40], 'b@x.com,"torn', "c@x.com,Cy", 'd@x.com,"good"', ""])
    run = upload("customers", torn, now)
    with pytest.raises(DomainError, match="A cell of row 42 opens a quotation mark"):
        run_import(reference=run.reference, skip_bad=True, actor=system(), now=now)
    run.refresh_from_db()
    assert run.state == "failed" and "row 42" in run.outcome
    assert not Customer.objects.filter(email__endswith="@x.com").exists()


def test_a_row_with_too_many_cells_is_refused(world: World, bring: Bring) -> None:
    run = bring("customers", "Email,Name\na@x.com,Ruiz, Ana\nb@x.com,Bo\n", skip_bad=True)
    assert [row for row, _, _ in reasons(run)] == [2] and run.good == 1


def test_a_damaged_workbook_is_refused_in_words_and_not_kept(world: World, now: datetime) -> None:
    with pytest.raises(DomainError, match="damaged"):
        upload("customers", b"PK\x03\x04" + bytes(5_000), now, name="list.xlsx")
    assert not ImportRun.objects.exists()
