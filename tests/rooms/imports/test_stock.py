"""Counts and movements from a file, by the cellar's rules."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.rooms.imports.conftest import Bring, reasons, upload
from tests.world import World
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.imports.models import ImportRun
from tirage.imports.operations import check_import, run_import
from tirage.inventory.models import Movement, Stock
from tirage.inventory.operations import sell_now, take_holds
from tirage.inventory.rules import Wanted

pytestmark = pytest.mark.django_db


def test_counting_books_the_difference(world: World, bring: Bring) -> None:
    run = bring("stock", "Sku,Counted,Note\ncab23,96,Cellar A\nCHA24,60,\nSYR23-3,,\n")
    movement = Movement.objects.filter(stock__sku=world.cabernet).latest("pk")
    assert (movement.quantity, movement.reason, movement.note) == (-4, "counted", "Cellar A")
    assert run.outcome == "1 movement booked, 2 skus as they were."


def test_moving_in_and_out_with_reasons(world: World, bring: Bring) -> None:
    bring("stock", "Sku,Change,Reason\nCAB23,+12,Delivery\nCAB23,(3),broken\nCHA24,6,\n")
    found = list(Movement.objects.order_by("pk").values_list("quantity", "reason"))[-3:]
    assert found == [(12, "received"), (-3, "breakage"), (6, "received")]
    assert world.stock(world.cabernet).on_hand == 109


def test_never_below_what_is_promised_or_held(world: World, now: datetime) -> None:
    cabernet, chardonnay = world.stock(world.cabernet), world.stock(world.chardonnay)
    sell_now(quantities={cabernet.pk: 10})
    take_holds(
        holder="CRT-A", wanted={chardonnay.pk: Wanted(5, 1)}, expires_at=now + timedelta(minutes=15), now=now
    )
    run = upload("stock", "Sku,Counted\nCAB23,9\nCHA24,4\nNONE,3\nSYR23-3,5\nSYR23-3,4\n", now)
    run = check_import(reference=run.reference, actor=system(), now=now)
    found = reasons(run)
    assert [(row, column) for row, column, _ in found] == [
        (2, "Counted"),
        (3, "Counted"),
        (4, "Sku"),
        (6, "Counted"),
    ]
    assert "10 of CAB23 are promised to orders" in found[0][2]
    assert "5 of CHA24 are in carts or for changes of orders" in found[1][2]


def test_holds_are_let_go_when_told(world: World, bring: Bring, now: datetime) -> None:
    chardonnay = world.stock(world.chardonnay)
    take_holds(
        holder="CRT-A", wanted={chardonnay.pk: Wanted(5, 1)}, expires_at=now + timedelta(minutes=15), now=now
    )
    bring("stock", "Sku,Counted\nCHA24,4\n", release_holds=True)
    chardonnay.refresh_from_db()
    assert (chardonnay.on_hand, chardonnay.held) == (4, 0)


def test_movements_of_a_file_add_up(world: World, now: datetime) -> None:
    run = upload("stock", "Sku,Movement\nCAB23-MAG,-4\nCAB23-MAG,-4\nCAB23-MAG,1\n", now)
    run = check_import(reference=run.reference, actor=system(), now=now)
    assert [row for row, _, _ in reasons(run)] == [3]


def test_bottles_sold_between_check_and_writing_stop_everything(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was good when it was looked at; the rules of the cellar have the last word."""
    monkeypatch.setattr("tirage.imports.stock.StockImporter._shortage", lambda *_: "")
    sell_now(quantities={world.stock(world.chardonnay).pk: 10})
    run = upload("stock", "Sku,Counted\nCAB23,50\nCHA24,4\n", now)
    with pytest.raises(DomainError, match="Row 3: 10 are promised"):
        run_import(reference=run.reference, actor=system(), now=now)
    run.refresh_from_db()
    assert run.state == "failed" and "Nothing was imported." in run.outcome
    assert world.stock(world.cabernet).on_hand == 100


@pytest.mark.parametrize("header", ["Sku,Counted,Movement", "Sku,Quantity"])
def test_a_file_either_counts_or_moves(world: World, bring: Bring, header: str) -> None:
    with pytest.raises(DomainError, match=r"Leave one of them out|Say which column"):
        bring("stock", f"{header}\nCAB23,1\n")
    assert ImportRun.objects.get().state == "failed"
    assert Stock.objects.get(sku=world.cabernet).on_hand == 100
