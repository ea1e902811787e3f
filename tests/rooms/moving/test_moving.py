"""A made-up winery's years in three systems' files: they move in to equal sums, once, and out again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import Sum

from tests.rooms.checkout.journey import buy
from tests.rooms.moving.journey import bring, bring_file, move, table
from tests.world import World
from tirage.catalog.models import Sku
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.demo.second_winery import Control, sold, write_files
from tirage.moving import running
from tirage.moving.models import MovedOrder, MoveRun
from tirage.moving.running import begin_move, go_on, take_back
from tirage.moving.states import MoveAct
from tirage.notifications.models import SentMail
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import Channel
from tirage.payments.models import Payment

CUSTOMERS, ORDERS = 40, 240


@pytest.fixture
def control(world: World, tmp_path: Path) -> Control:
    files, control = write_files(tmp_path, list(sold(CUSTOMERS, ORDERS)))
    for path in files:
        run = bring_file(world, path)
        assert (run.bad, run.state) == (0, "done"), run.problems
    return control


def _ours() -> list[Order]:
    return list(Order.objects.filter(channel=Channel.HISTORY.value).select_related("customer"))


def test_every_sum_is_equal_to_the_cent(world: World, control: Control) -> None:
    run = move(world)
    assert run.state == "finished" and run.problems == []
    assert run.counts["new"] == control.orders == len(_ours())
    by_year, by_customer = Counter[str](), Counter[str]()
    for order in _ours():
        by_year[str(order.made_at.year)] += order.owed_minor
        by_customer[order.customer.email] += order.owed_minor
    assert by_year == control.by_year and by_customer == control.by_customer
    pieces = (
        OrderLine.objects.filter(order__channel="history")
        .values_list("sku__code")
        .annotate(sum=Sum("quantity"))
    )
    assert dict(pieces) == dict(control.pieces)
    assert run_checks(world.now) == []


def test_they_count_for_their_customers_and_nobody_hears_of_it(world: World, control: Control) -> None:
    mails = SentMail.objects.count()
    move(world)
    best = Customer.objects.filter(source="history").order_by("-lifetime_minor").first()
    assert best is not None and best.first_order_at is not None
    orders = Order.objects.filter(customer=best, state="shipped")
    assert best.orders_count == orders.count()
    assert best.lifetime_minor == orders.aggregate(sum=Sum("wine_minor"))["sum"] > 0
    assert SentMail.objects.count() == mails
    assert not Sku.objects.filter(code__in=control.pieces, is_active=True).exists()


def test_the_same_files_again_change_nothing(world: World, control: Control, tmp_path: Path) -> None:
    move(world)
    before = _ledger()
    for path in sorted(tmp_path.glob("*.csv")):
        bring_file(world, path)
    run = move(world)
    assert run.counts["same"] == ORDERS and not run.counts.get("changed") and not run.counts.get("new")
    assert _ledger() == before


def _ledger() -> list[object]:
    orders = (
        Order.objects.filter(channel="history").order_by("pk").values_list("pk", "owed_minor", "paid_minor")
    )
    lines = OrderLine.objects.filter(order__channel="history").order_by("pk").values_list("pk", "quantity")
    return [
        *orders,
        *lines,
        *Payment.objects.filter(gateway="history").order_by("pk").values_list("pk", "amount_minor"),
    ]


def test_a_look_ahead_writes_nothing(world: World, control: Control) -> None:
    run = move(world, MoveAct.PREVIEW)
    assert run.counts["new"] == ORDERS and run.shown and not _ours()
    assert move(world).counts["new"] == ORDERS


ONE = {
    "Order number": "77",
    "Ordered on": "2019-10-01",
    "E-mail": "ada@example.org",
    "Sku": "OLD16",
    "Wine": "Old 2016",
}
LINE = ONE | {"Pieces": "2", "Price of one": "50.00", "Shipping": "10.00", "Total": "110.00"}


def test_a_corrected_file_changes_just_what_differs(world: World) -> None:
    bring(world, table([LINE, LINE | {"Order number": "78"}]))
    move(world)
    orders = {one.number: one.order_id for one in MovedOrder.objects.all()}
    bring(world, table([LINE | {"Pieces": "3", "Total": "160.00"}, LINE | {"Order number": "78"}]))
    run = move(world)
    assert (run.counts["changed"], run.counts["same"]) == (1, 1)
    assert {one.number: one.order_id for one in MovedOrder.objects.all()} == orders
    assert Order.objects.get(moved__number="77").owed_minor == 160_00
    assert run_checks(world.now) == []


def test_files_are_joined_by_the_orders_number(world: World) -> None:
    bring(world, table([LINE]))
    bring(world, table([{"Order number": "77", "Payment date": "2019-10-02", "Payment amount": "110.00"}]))
    bring(world, table([{"Order number": "77", "Ship date": "2019-10-20", "Tracking number": "1Z9"}]))
    move(world)
    order = MovedOrder.objects.get().order
    assert order is not None and order.tracking == "1Z9" and order.shipped_at is not None
    assert order.shipped_at.date().isoformat() == "2019-10-20"
    assert [payment.amount_minor for payment in order.payments.all()] == [110_00]


def test_lines_side_by_side_and_in_one_cell(world: World) -> None:
    wide = {"Order number": "80", "Ordered on": "2019-10-01", "E-mail": "ada@example.org", "Total": "150.00"}
    sides = {
        "Item 1 SKU": "A",
        "Item 1 Name": "A 2018",
        "Item 1 Qty": "1",
        "Item 1 Price": "50.00",
        "Item 2 SKU": "B",
        "Item 2 Name": "B 2018",
        "Item 2 Qty": "2",
        "Item 2 Price": "50.00",
    }
    bring(world, table([wide | sides]))
    cell = "name:A 2018|sku:A|quantity:1|total:50.00;name:B 2018|sku:B|quantity:2|total:100.00"
    bring(world, table([wide | {"Order number": "81", "Line items": cell}]))
    run = move(world)
    assert run.problems == []
    for order in _ours():
        assert [(line.sku.code, line.quantity) for line in order.lines.order_by("pk")] == [("A", 1), ("B", 2)]


def test_what_does_not_add_up_is_refused_until_somebody_books_the_difference(world: World) -> None:
    bring(world, table([LINE | {"Total": "118.25"}]))
    run = move(world)
    assert "110.00" in run.problems[0][1] and "118.25" in run.problems[0][1] and not _ours()
    MovedOrder.objects.update(is_waiting=True)
    move(world, books_differences=True)
    assert [order.owed_minor for order in _ours()] == [118_25] and run_checks(world.now) == []


def test_a_killed_run_goes_on_where_it_was(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PORTION", 50)
    run = begin_move(act=MoveAct.BRING_IN, queue=False, actor=world.staff, now=world.now)

    def die(done: int, total: int) -> None:
        if done >= 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_on(run=run, clock=lambda: world.now, progress=die)
    assert len(_ours()) == 100
    go_on(run=MoveRun.objects.get(), clock=lambda: world.now)
    assert len(_ours()) == ORDERS == MoveRun.objects.get().counts["new"]
    assert run_checks(world.now) == []


def test_all_of_it_goes_out_again(world: World, control: Control) -> None:
    before = Customer.objects.count(), Sku.objects.count(), Order.objects.count()
    move(world)
    _go_back(world)
    assert (Customer.objects.count(), Sku.objects.count(), Order.objects.count()) == before
    assert not MovedOrder.objects.exists() and not Payment.objects.filter(gateway="history").exists()
    assert run_checks(world.now) == []


def _go_back(world: World, files: list[str] | None = None) -> None:
    run = take_back(files=files, queue=False, actor=world.staff, now=world.now)
    assert run is not None
    go_on(run=run, clock=lambda: world.now)


def test_one_file_goes_out_and_the_others_stay(world: World) -> None:
    first = bring(world, table([LINE]))
    other = bring(world, table([LINE | {"Order number": "78", "Gift note": "For Ada"}]))
    tracked = bring(world, table([{"Order number": "78", "Tracking number": "1Z9"}]))
    move(world)
    _go_back(world, [first.reference])
    assert [one.number for one in MovedOrder.objects.all()] == ["78"]
    _go_back(world, [tracked.reference])
    order = MovedOrder.objects.get().order
    assert order is not None and (order.tracking, order.gift_note) == ("", "For Ada")
    _go_back(world, [other.reference])
    assert not _ours()


def test_the_first_real_order_keeps_the_history_in(world: World) -> None:
    bring(world, table([LINE | {"E-mail": world.ana.email}]))
    move(world)
    buy(world, world.ana, {"CAB23": 1}, world.now + timedelta(minutes=5))
    with pytest.raises(DomainError, match="ordered here since"):
        take_back(queue=False, actor=world.staff, now=world.now)
    assert len(_ours()) == 1


def test_refunds_by_negative_orders_rows_and_amounts(world: World) -> None:
    back = {
        "Order number": "R1",
        "Original order": "77",
        "Ordered on": "2019-11-01",
        "Sku": "OLD16",
        "Pieces": "-1",
    }
    bring(world, table([LINE, back | {"Price of one": "50.00", "Total": "-54.00", "Tax": "-4.00"}]))
    bring(world, table([LINE | {"Order number": "78", "Refund amount": "30.00"}]))
    assert move(world).problems == []
    orders = {one.number: one.order for one in MovedOrder.objects.select_related("order")}
    one, other = orders["77"], orders["78"]
    assert one is not None and other is not None
    assert (one.owed_minor, one.paid_minor, one.bottle_count) == (56_00, 56_00, 1)
    assert (other.owed_minor, other.bottle_count) == (80_00, 2)
    assert [p.amount_minor for p in one.payments.order_by("pk")] == [110_00, 54_00]
    assert run_checks(world.now) == []


def test_whoever_never_bought_or_can_not_be_named_is_said(world: World) -> None:
    rows = [
        LINE | {"Status": "Pending payment"},
        LINE | {"Order number": "78", "E-mail": ""},
        LINE | {"Order number": "79", "Ordered on": ""},
        LINE | {"Order number": "80", "Status": "Canceled"},
    ]
    bring(world, table(rows))
    run = move(world)
    assert (run.counts["left_out"], run.counts["refused"], run.counts["new"]) == (1, 2, 1)
    assert [number for number, *_ in run.problems] == ["78", "79"]
    assert [order.state for order in _ours()] == ["cancelled"]
    MovedOrder.objects.update(is_waiting=True)
    assert move(world, takes_guests=True).counts["new"] == 1
    assert Order.objects.filter(customer__email="guests@history.invalid").count() == 1


def test_the_group_of_the_time_is_kept(world: World) -> None:
    bring(
        world,
        table([LINE | {"Group": world.premier.name.upper()}, LINE | {"Order number": "78", "Group": "Gone"}]),
    )
    run = move(world)
    assert run.counts["group:Gone"] == 1
    assert {order.group for order in _ours()} == {world.premier, None}
