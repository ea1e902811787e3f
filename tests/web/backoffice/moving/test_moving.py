"""Moving in as somebody of the team sees it: what waits, what would come in, sums, a name under it, and back out."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.rooms.moving.journey import bring, move, table
from tests.rooms.moving.test_moving import LINE
from tests.world import World
from tirage.core.clock import read_clock
from tirage.imports.operations import run_import, start_import
from tirage.imports.options import ImportOptions
from tirage.moving.models import ControlFigure, MovedOrder, MoveRun, SignOff
from tirage.moving.running import go_on
from tirage.orders.models import Order


def page(client: Client, name: str, *args: str, query: str = "") -> str:
    answer = client.get(reverse(f"backoffice:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, name: str, *args: str, **values: str) -> str:
    answer = client.post(reverse(f"backoffice:{name}", args=args), values, follow=True)
    return answer.content.decode()


@pytest.fixture
def brought(world: World) -> World:
    other = LINE | {"Order number": "78", "Group": "Gone", "Ordered on": "2020-02-03"}
    bring(world, table([LINE, other, LINE | {"Order number": "79", "Total": "1.00"}]), "old.csv")
    return world


def work() -> MoveRun:
    run = MoveRun.objects.get(state="running")
    return go_on(run=run, clock=read_clock)


def test_the_checklist_leads_to_files_on_their_way_and_from_them_back(
    brought: World, owner_client: Client
) -> None:
    people = table([{"E-mail": "ada@example.org", "First name": "Ada", "Last name": "Bo"}])
    facts: dict[str, Any] = {"options": ImportOptions(), "actor": brought.staff, "now": brought.now}
    run = start_import(kind="customers", file=io.BytesIO(people), file_name="people.csv", **facts)
    there = reverse("backoffice:import_run", args=[run.reference])
    text = page(owner_client, "move_in")
    assert f'<a href="{there}">people.csv</a>: waits to be looked at' in text and "old.csv, " in text
    run_import(reference=run.reference, actor=brought.staff, now=brought.now)
    text = page(owner_client, "import_run", run.reference)
    assert f'<a href="{reverse("backoffice:move_in")}">Back to moving in</a>' in text
    assert f'<a href="{there}">people.csv</a>:' not in page(owner_client, "move_in")


def test_files_wait_and_are_looked_at_before_anything_is_written(
    brought: World, owner_client: Client
) -> None:
    text = page(owner_client, "move_in")
    assert "old.csv" in text and "3 orders wait" in text
    text = press(owner_client, "moving_start")
    assert "You can leave this page" in text
    run = work()
    text = page(owner_client, "moving_run", run.reference)
    assert "2 × Old" in text and "Gone" in text and "old.csv row 4" in text
    assert not Order.objects.filter(channel="history").exists()


def test_brought_in_compared_signed_off_and_opened_again(brought: World, owner_client: Client) -> None:
    press(owner_client, "moving_start", act="bring_in")
    work()
    text = press(owner_client, "moving_sums", figures="year;2019;110.00\nyear;2020;100.00")
    assert "Some sums aren’t" in text and "$10.00" in text and "equal" in text
    assert ControlFigure.objects.count() == 2
    text = page(owner_client, "moving_behind", query="?by=year&key=2020")
    assert "old.csv row 3" in text and Order.objects.get(moved__number="78").reference in text
    text = press(owner_client, "moving_sign", seen="1", note="")
    assert "Say why the history is right" in text and not SignOff.objects.exists()
    assert "signed the history off" in press(owner_client, "moving_sign", seen="1", note="A slip there")
    assert "Take the whole history back" not in page(owner_client, "move_in")
    press(owner_client, "moving_open", reason="One more file")
    assert not SignOff.objects.filter(stands=True).exists()


def test_figures_that_cannot_be_read_say_their_row(owner_client: Client) -> None:
    answer = owner_client.post(
        reverse("backoffice:moving_sums"), {"figures": "year;2019;1.00\ndecade;1990;1"}
    )
    assert answer.status_code == 422 and "Row 2" in answer.content.decode()


def test_a_cell_beyond_all_length_is_answered_with_words(owner_client: Client) -> None:
    answer = owner_client.post(reverse("backoffice:moving_sums"), {"figures": "year;" + "9" * 140_000})
    assert answer.status_code == 422 and "too long" in answer.content.decode()


def test_taking_back_asks_whether_it_is_meant(brought: World, owner_client: Client) -> None:
    move(brought)
    text = press(owner_client, "moving_take_back", all="1")
    assert "Nothing was taken back" in text and MovedOrder.objects.count() == 3
    press(owner_client, "moving_take_back", all="1", sure="1")
    work()
    assert not MovedOrder.objects.exists() and not Order.objects.filter(channel="history").exists()


def test_an_order_of_the_history_offers_nothing_to_do_with_it(brought: World, owner_client: Client) -> None:
    move(brought)
    order = Order.objects.get(moved__number="77")
    text = page(owner_client, "order", order.reference)
    assert "From your former system" in text and "old.csv row 2" in text
    for name in ("order_tracking", "order_refund", "order_receipt", "order_change", "order_ship"):
        assert reverse(f"backoffice:{name}", args=[order.reference]) not in text
    assert "Nothing was mailed" in press(owner_client, "order_receipt", order.reference)
    assert order.reference in page(owner_client, "orders", query="?q=77")
    assert order.reference in page(owner_client, "orders", query="?channel=history")


def test_a_run_is_stopped_and_gone_on_with(brought: World, owner_client: Client) -> None:
    press(owner_client, "moving_start", act="bring_in")
    run = MoveRun.objects.get()
    assert "Go on" in press(owner_client, "moving_stop", run.reference)
    assert go_on(run=MoveRun.objects.get(), clock=read_clock).state == "stopped"
    press(owner_client, "moving_go_on", run.reference)
    assert work().counts["new"] == 2
