"""Groups by spreadsheet: read by e-mail or reference, names or references; what can't be read is left out with why."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from tests.world import World
from tirage.core.errors import DomainError
from tirage.customers.models import Membership, MoveRun
from tirage.customers.operations import start_move, start_undo
from tirage.customers.queries import preview_run
from tirage.customers.states import MoveKind
from tirage.customers.tasks import move_group
from tirage.merging.operations import merge_customers
from tirage.tables.writing import csv_stream
from tirage.tiers.sheets import HEADERS, draft_sheet, sheet_rows


def drafted(world: World, text: str, **more: Any) -> MoveRun:
    facts: dict[str, Any] = {"kind": MoveKind.TIER, "name": "shifts.csv", "actor": world.staff}
    return draft_sheet(file=BytesIO(text.encode()), now=world.now, **(facts | more))


def tiers() -> dict[str, str]:
    rows = Membership.objects.filter(kind="allocation")
    return dict(rows.values_list("customer__first_name", "group__name"))


def test_rows_name_customers_and_groups_either_way(world: World) -> None:
    Membership.objects.create(customer=world.ben, group=world.employees, kind="standard", since=world.now)
    run = drafted(
        world,
        "Reference,E-mail,Group\n"
        f"{world.ben.reference},,premier\n"
        f",CLARA@example.com,{world.welcome.reference}\n"
        ",ana@example.com,\n"
        ",nobody@example.com,Premier\n"
        ",dora@example.com,Nowhere\n"
        ",ben@example.com,Estate\n"
        ",dora@example.com,Employees\n",
    )
    assert run.total == 2 and run.left_out == 4
    assert [(row, reason.split(".")[0]) for row, _, reason in run.problems] == [
        (5, "Nobody on the list has this e-mail address or reference"),
        (6, "There is no group of this name or reference"),
        (7, "This customer stands in row 2 already"),
        (8, "This is a standard group"),
    ]
    assert preview_run(run).changing == 2 and tiers()["Ben"] == "Estate", "the dry run moves nobody"
    start_move(run=run, actor=world.staff, now=world.now)
    move_group.call(run.reference)
    assert tiers() == {"Ana": "Premier", "Ben": "Premier", "Clara": "Welcome", "Dora": "Estate"}
    assert Membership.objects.filter(customer=world.ben, group=world.employees).exists()
    why = Membership.objects.get(customer=world.ben, kind="allocation").joined_why
    assert why == f"spreadsheet shifts.csv, {run.reference}"
    start_undo(run=run, actor=world.staff, now=world.now)
    move_group.call(run.reference)
    assert tiers() == {"Ana": "Premier", "Ben": "Estate", "Dora": "Estate"}


def test_what_goes_out_comes_back_and_moves_nobody(world: World) -> None:
    text = b"".join(csv_stream(HEADERS, sheet_rows())).decode("utf-8-sig")
    assert f"{world.ana.reference},ana@example.com,Ana,Alvarez,Premier" in text
    run = drafted(world, text)
    assert preview_run(run).changing == 0 and run.total == 3 and not run.left_out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Name,Group\nAna,Premier\n", "a column with the e-mail address"),
        ("E-mail,Group\nnobody@example.com,Premier\n", "Row 2: Nobody on the list"),
        ("E-mail,Group\nana@example.com,\n", "No row names a group"),
    ],
)
def test_a_file_that_moves_nobody_says_why(world: World, text: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        drafted(world, text)
    assert words in refused.value.fields["file"] and not MoveRun.objects.exists()


def test_groups_to_leave_and_to_add(world: World) -> None:
    run = drafted(world, "E-mail,Group\nana@example.com,Premier\n", kind=MoveKind.LEAVE)
    start_move(run=run, actor=world.staff, now=world.now)
    move_group.call(run.reference)
    assert "Ana" not in tiers()
    run = drafted(
        world, "E-mail,Group\nana@example.com,Employees\nben@example.com,Premier\n", kind=MoveKind.ADD
    )
    preview = preview_run(run)
    assert (preview.changing, preview.left_out) == (1, 1)


def test_a_merged_account_is_whoever_it_was_merged_into(world: World) -> None:
    merge_customers(stays=world.ana, ends=world.ben, chosen={}, actor=world.staff, now=world.now)
    run = drafted(world, f"Reference,E-mail,Group\n{world.ben.reference},,Estate\n")
    assert (run.total, run.left_out) == (1, 0)
    start_move(run=run, actor=world.staff, now=world.now)
    move_group.call(run.reference)
    assert tiers()["Ana"] == "Estate"
    again = drafted(world, "E-mail,Group\nana@example.com,Premier\nBen@example.com,Estate\n")
    assert [reason for _, _, reason in again.problems] == ["This customer stands in row 2 already."]
