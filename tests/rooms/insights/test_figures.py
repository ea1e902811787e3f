"""Figures by area are what a plain count finds, and daily sales what the ledger says, to the cent."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

from django.db import connection
from django.db.models import F, Sum
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.rooms.insights.plain import daily_sales, sums_of
from tests.rooms.segments.crowd import Crowd
from tests.rooms.segments.plain import Books, read_books
from tests.world import OPENING_DAY, build_world
from tirage.customers.models import Address, Customer, Group
from tirage.insights.models import DailySales, Placement
from tirage.insights.queries import coverage_of, customer_points, figures_by_area, zip_points
from tirage.insights.rebuilding import begin_rebuild, rebuild
from tirage.insights.rules.areas import AreaKind, add_up
from tirage.insights.rules.metrics import Metric
from tirage.insights.rules.periods import Period
from tirage.insights.states import Coverage
from tirage.orders.models import Order
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse

NOW = OPENING_DAY
FILTERS = (None, "all(spent(from:300))", "any(state(state:CA),tier())", "none(orders(from:1))")
#: What else can be asked of people besides where they live.
KINDS = (AreaKind.STATE, AreaKind.METRO, AreaKind.COUNTY, AreaKind.ZIP, AreaKind.HEXAGON, AreaKind.COUNTRY)


def kept_sales() -> dict[tuple[object, ...], tuple[int, ...]]:
    rows = DailySales.objects.values_list(
        "day", "country", "state", "zip_code", "group_id", "channel",
        "orders", "bottles", "gross_minor", "refunded_minor", "net_minor", "shipping_minor",
    )  # fmt: skip
    return {row[:6]: row[6:] for row in rows}


class TestTheFiguresAgree(TestCase):
    crowd: ClassVar[Crowd]
    books: ClassVar[Books]

    @classmethod
    def setUpTestData(cls) -> None:
        world = build_world()
        cls.crowd = Crowd(world)
        # The crowd's addresses are other people's but for what this makes of them.
        # By their place in the row: keys begin anywhere.
        for number, address in enumerate(Address.objects.filter(recipient="Somebody").order_by("pk"), 1):
            if number % 5:
                Address.objects.filter(pk=address.pk).update(
                    recipient=address.customer.name, line1=f"{number % 7} Street"
                )
        tests = Group.objects.create(name="Trying", kind="standard", is_test=True)
        Order.objects.filter(pk__in=list(Order.objects.values_list("pk", flat=True)[::9])).update(group=tests)
        tests.memberships.create(customer=cls.crowd.people[3], kind="standard", since=NOW)
        cls.books = read_books(NOW)
        rebuild(run=begin_rebuild(now=NOW, queue=False), clock=lambda: NOW)

    def test_daily_sales_are_what_the_ledger_says(self) -> None:
        assert kept_sales() == daily_sales()
        assert DailySales.objects.filter(refunded_minor__gt=0, shipping_minor__gt=0).exists()

    def test_what_was_ever_sold_is_what_customers_ever_bought(self) -> None:
        sold = DailySales.objects.aggregate(net=Sum("net_minor"), orders=Sum("orders"))
        ever = Customer.objects.aggregate(net=Sum("lifetime_minor"), orders=Sum("orders_count"))
        assert sold == ever and sold["net"]

    def test_areas_by_every_kind_period_and_filter(self) -> None:
        lot = random.Random(3)
        for kind in KINDS:
            for text in FILTERS:
                first = date(2024, 6, 1) + timedelta(days=lot.randrange(700))
                period = Period(first, first + timedelta(days=lot.randrange(400)))
                compared = lot.choice([period.previous(), period.year_before()])
                node = parse(text) if text else None
                with self.subTest(kind=kind, text=text):
                    areas = figures_by_area(kind, period, compared, node, now=NOW)
                    fitting = (
                        set(find_ids(node, NOW))
                        if node
                        else set(Customer.objects.values_list("pk", flat=True))
                    )
                    assert add_up(area.sums for area in areas) == sums_of(
                        fitting, period, compared, self.books
                    )
                    self.compare_one(kind, areas, fitting, period, compared)

    def compare_one(
        self, kind: AreaKind, areas: list, fitting: set[int], period: Period, compared: Period
    ) -> None:
        column = {"zip": "zip_code"}.get(kind.value, kind.value)
        if kind is AreaKind.HEXAGON:
            return
        for area in areas:
            there = Placement.objects.filter(customer__in=fitting, **{column: area.key})
            if kind is AreaKind.STATE and area.key:
                there = there.filter(country="US")
            ids = set(there.values_list("customer_id", flat=True))
            assert area.sums == sums_of(ids, period, compared, self.books), area.name

    def test_only_what_is_asked_for_is_looked_up(self) -> None:
        period = Period(date(2024, 1, 1), date(2026, 12, 31))
        everything = figures_by_area(AreaKind.STATE, period, period.previous(), now=NOW)
        with CaptureQueriesContext(connection) as asked:
            some = figures_by_area(AreaKind.STATE, period, period.previous(), now=NOW, metrics=[Metric.SALES])
        reads = [one["sql"] for one in asked.captured_queries if "SELECT" in one["sql"]]
        assert len(reads) == 2
        bare = {"gross_minor": 0, "refunded_minor": 0, "shipping_minor": 0, "wished": 0, "unmet": 0}
        bare |= {"offered": 0, "taken": 0, "households": 0, "spending_minor": 0}
        assert all(any(getattr(area.sums, name) for area in everything) for name in bare), "all are looked up"
        assert [replace(area, sums=area.sums._replace(**bare)) for area in everything] == some

    def test_points_are_everybody_who_is_placed(self) -> None:
        points = customer_points(None, now=NOW)
        placed = Placement.objects.filter(coverage="placed").exclude(
            customer__memberships__group__is_test=True
        )
        assert {one.customer_id for one in points} == set(placed.values_list("customer_id", flat=True))
        ever = dict(Customer.objects.values_list("pk", "lifetime_minor"))
        assert all(one.value == ever[one.customer_id] for one in points)
        period = Period(date(2025, 1, 1), date(2026, 12, 31))
        then = customer_points(None, Metric.SALES, period, now=NOW)
        by_zip = zip_points(None, Metric.SALES, period, now=NOW)
        assert sum(one.value for one in then) == sum(one.value or 0 for one in by_zip) > 0
        assert sum(one.customers for one in by_zip) == len(points)

    def test_coverage_counts_everybody_once(self) -> None:
        found = coverage_of()
        counted = Customer.objects.exclude(memberships__group__is_test=True).count()
        assert found.customers == counted and found.waiting == 0
        assert {line.coverage for line in found.lines} >= {
            Coverage.PLACED,
            Coverage.EXCLUDED,
            Coverage.NOT_PLACED,
        }
        assert found.placed_share is not None and 0 < found.placed_share < 1

    def test_a_value_that_moved_is_found(self) -> None:
        """The comparison would see a cent."""
        DailySales.objects.filter(pk=DailySales.objects.earliest("pk").pk).update(
            net_minor=F("net_minor") + 1
        )
        assert kept_sales() != daily_sales()
