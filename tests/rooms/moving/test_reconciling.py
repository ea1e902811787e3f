"""Our sums of the history beside the former system's, differences to the row, and a name under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rooms.moving.journey import bring, bring_file, move, table
from tests.rooms.moving.test_moving import LINE
from tests.world import World
from tirage.core.errors import DomainError
from tirage.demo.second_winery import sold, write_files
from tirage.moving.models import SignOff
from tirage.moving.reconciling import (
    compare,
    differences,
    keep_figures,
    open_again,
    orders_behind,
    read_figures,
    sign_off,
    sums,
)
from tirage.moving.states import By


def test_all_kinds_of_sums_are_those_of_the_files(world: World, tmp_path: Path) -> None:
    files, control = write_files(tmp_path, list(sold(20, 90)))
    for path in files:
        bring_file(world, path)
    move(world)
    assert sums(By.YEAR) == control.by_year and sums(By.CUSTOMER) == control.by_customer
    total = sum(control.by_year.values())
    assert (
        sum(sums(By.MONTH).values())
        == sum(sums(By.ORDER).values())
        == sum(sums(By.PAYMENT).values())
        == total
    )
    assert set(sums(By.PAYMENT)) <= {"Visa", "Mastercard", "American Express"}
    assert set(sums(By.WINE)) == set(control.pieces)


def two(world: World) -> None:
    bring(
        world,
        table([LINE, LINE | {"Order number": "78", "E-mail": "bo@example.org", "Ordered on": "2020-02-03"}]),
    )
    move(world)


def test_differences_lead_to_their_orders_and_rows(world: World) -> None:
    two(world)
    given = read_figures([["Kind", "Key", "Amount"], ["year", "2019", "$110.00"], ["Year", "2020", "100.00"]])
    for by, figures in given.items():
        keep_figures(by=by, figures=figures, actor=world.staff, now=world.now)
    found = differences()
    assert [(one.key, one.ours, one.theirs, one.difference) for one in found] == [
        ("2020", 110_00, 100_00, 10_00)
    ]
    (behind,) = orders_behind(By.YEAR, "2020")
    assert behind.moved.number == "78" and [row for _, row in behind.rows] == [3]
    assert [one.moved.number for one in orders_behind(By.WINE, "OLD16")] == ["77", "78"]
    assert [one.moved.number for one in orders_behind(By.CUSTOMER, "bo@example.org")] == ["78"]


def test_a_figure_of_theirs_that_we_lack_is_a_difference(world: World) -> None:
    two(world)
    keep_figures(by=By.CUSTOMER, figures={"Cy@Example.org": 5_00}, actor=world.staff, now=world.now)
    assert ("cy@example.org", None, 5_00) in [(one.key, one.ours, one.theirs) for one in compare(By.CUSTOMER)]


def test_a_control_file_says_which_row_is_wrong(world: World) -> None:
    with pytest.raises(DomainError, match="Row 2"):
        read_figures([["year", "2019", "1.00"], ["decade", "2010", "1.00"]])


def test_it_is_signed_off_by_name_and_closed_until_opened(world: World) -> None:
    two(world)
    keep_figures(by=By.YEAR, figures={"2019": 1_00, "2020": 110_00}, actor=world.staff, now=world.now)
    with pytest.raises(DomainError, match="Say why"):
        sign_off(seen_differences=1, actor=world.staff, now=world.now)
    with pytest.raises(DomainError, match="changed since"):
        sign_off(seen_differences=0, actor=world.staff, now=world.now)
    sign_off(seen_differences=1, note="A typing slip there", actor=world.staff, now=world.now)
    assert SignOff.objects.get().by_label == world.staff.label
    bring(world, table([LINE | {"Order number": "79"}]))
    with pytest.raises(DomainError, match="signed the history off"):
        move(world)
    assert open_again(reason="One more file", actor=world.staff, now=world.now)
    assert move(world).counts["new"] == 1
