"""A winery's ten years in the layouts of three vendors: equal to the cent, tiers of the same people as plain SQL says,
and nothing of it to be charged.

A small winery in the ordinary run, on which everything is looked at in one go; ``TIRAGE_TEN_YEARS=full`` tries 5,000
customers with 60,000 orders, which takes minutes.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from tests.rooms.moving.journey import bring_file, move
from tests.rooms.orders.test_history import ACTS
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.config.schedule import SCHEDULE
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.demo.second_winery import Control, sold, write_files
from tirage.moving.models import MovedOrder
from tirage.moving.reconciling import differences, keep_figures, sums
from tirage.moving.states import By
from tirage.notifications.models import SentMail
from tirage.orders.models import Order, OrderLine
from tirage.payments.models import PayLink, Payment
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse

IS_FULL = os.environ.get("TIRAGE_TEN_YEARS") == "full"
CUSTOMERS, ORDERS = (5_000, 60_000) if IS_FULL else (300, 3_600)
#: The tables that an act on an order could write to.
_BOOKS = (Payment, PayLink, SentMail, OrderLine)

#: What somebody spent on wine after discounts, by the lines of the ledger alone.
_WINE = """SELECT o.customer_id FROM orders_order o
    JOIN (SELECT order_id, sum(quantity * unit_price_minor) AS wine FROM orders_orderline GROUP BY order_id) l
        ON l.order_id = o.id
    LEFT JOIN (SELECT order_id, sum(amount_minor) AS off FROM orders_ordercharge WHERE kind = 'discount'
               GROUP BY order_id) d ON d.order_id = o.id
    WHERE o.state IN ('placed', 'shipped') AND {period}
    GROUP BY o.customer_id HAVING sum(l.wine + coalesce(d.off, 0)) >= {least}"""
_ORDERS = """SELECT customer_id FROM orders_order o WHERE state IN ('placed', 'shipped') AND {period}
    GROUP BY customer_id HAVING {having}"""
#: Years of the winery's clock, whose midnight is at eight in winter.
_FROM_2022, _OF_2019 = (
    "o.placed_at >= '2022-01-01 08:00'",
    "o.placed_at >= '2019-01-01 08:00' AND o.placed_at < '2020-01-01 08:00'",
)
#: What a winery makes its tiers by, and the same in plain SQL.
TIERS = {
    "spent(from:9000)": _WINE.format(period="1 = 1", least=9_000_00),
    "spent(from:3500,since:2022-01-01)": _WINE.format(period=_FROM_2022, least=3_500_00),
    "spent(from:900,since:2019-01-01,until:2019-12-31)": _WINE.format(period=_OF_2019, least=900_00),
    "orders(from:13)": _ORDERS.format(period="1 = 1", having="count(*) >= 13"),
    "orders(from:1,to:4,since:2022-01-01)": _ORDERS.format(
        period=_FROM_2022, having="count(*) BETWEEN 1 AND 4"
    ),
}


def count_anew() -> None:
    """What PostgreSQL's own worker does within a minute, but for a transaction that never ends: count its tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def moved_in(world: World, folder: Path, customers: int, orders: int) -> Control:
    files, control = write_files(folder, list(sold(customers, orders, seed=11)))
    for path in files:
        assert bring_file(world, path).bad == 0
    count_anew()
    run = move(world)
    assert (run.problems, run.counts["new"]) == ([], orders)
    count_anew()
    return control


def test_ten_years_come_in_to_the_cent_and_make_the_same_tiers(world: World, tmp_path: Path) -> None:
    control = moved_in(world, tmp_path, CUSTOMERS, ORDERS)
    kinds = {
        By.YEAR: control.by_year,
        By.MONTH: control.by_month,
        By.CUSTOMER: control.by_customer,
        By.PAYMENT: control.by_payment,
        By.WINE: control.by_wine,
    }
    for by, theirs in kinds.items():
        assert sums(by) == dict(theirs), by
        keep_figures(by=by, figures=dict(theirs), actor=world.staff, now=world.now)
    assert differences() == []
    assert Customer.objects.filter(source="history").count() == len(control.by_customer)
    for definition, plain in TIERS.items():
        with connection.cursor() as cursor:
            cursor.execute(plain)
            people = {row[0] for row in cursor.fetchall()}
        assert 2 < len(people) < CUSTOMERS, (definition, len(people))
        assert set(find_ids(parse(definition), world.now)) == people, definition
    assert run_checks(world.now) == []


def of_each_kind() -> list[Order]:
    """A shipped, a returned and a canceled order of each of the three systems."""
    found: dict[tuple[str, str], Order] = {}
    for moved in MovedOrder.objects.select_related("order__customer").order_by("pk"):
        assert moved.order is not None
        kind = "returned" if moved.order.state == "shipped" and moved.refunded_minor else moved.order.state
        found.setdefault((moved.source, kind), moved.order)
    assert len(found) == 9, sorted(found)
    return list(found.values())


def everything() -> list[Any]:
    orders = Order.objects.order_by("pk").values_list("pk", "owed_minor", "paid_minor", "state", "shipped_at")
    return [*orders, *(table.objects.count() for table in _BOOKS)]


def test_no_act_charges_an_order_of_any_layout(world: World, tmp_path: Path) -> None:
    moved_in(world, tmp_path, 30, 900)
    before = everything()
    for order in of_each_kind():
        payment = order.payments.order_by("pk").first() or Payment()
        for name, act in ACTS.items():
            with pytest.raises(DomainError) as refused:
                act(world, order, payment)
            assert refused.value.message, name
    assert everything() == before


def test_nothing_that_the_clock_does_charges_or_mails_anything_of_it(world: World, tmp_path: Path) -> None:
    """Every line of the schedule, a day and a year later."""
    moved_in(world, tmp_path, 30, 300)
    before = everything()
    for days in (1, 366):
        for line in SCHEDULE:
            import_string(line.operation)(now=world.now + timedelta(days=days))
    assert everything() == before
