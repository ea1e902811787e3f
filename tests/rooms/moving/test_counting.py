"""What the history counts in: the same people as plain sums of the tables say, and the places where they live."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from tests.rooms.checkout.journey import buy
from tests.rooms.delivery.limiting import limited
from tests.rooms.moving.journey import bring, bring_file, move, table
from tests.world import World
from tirage.core.errors import DomainError
from tirage.customers.models import Membership, PastMembership
from tirage.demo.second_winery import sold, write_files
from tirage.insights.models import DailySales
from tirage.insights.rebuilding import begin_rebuild, rebuild
from tirage.moving.models import MoveRun
from tirage.moving.releases import former_releases
from tirage.moving.running import go_on, take_back
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse

#: What a winery makes its tiers by, and the same in plain SQL over lines and discounts.
_WINE = """SELECT o.customer_id FROM orders_order o JOIN customers_customer c ON c.id = o.customer_id
    JOIN (SELECT order_id, sum(quantity * unit_price_minor) AS wine FROM orders_orderline GROUP BY order_id) l
        ON l.order_id = o.id
    LEFT JOIN (SELECT order_id, sum(amount_minor) AS off FROM orders_ordercharge WHERE kind = 'discount'
               GROUP BY order_id) d ON d.order_id = o.id
    WHERE o.state IN ('placed', 'shipped') AND {since}
    GROUP BY o.customer_id HAVING sum(l.wine + coalesce(d.off, 0)) >= {least}"""
TIERS = (
    ("spent(from:4000)", _WINE.format(since="1 = 1", least=4_000_00)),
    (
        "spent(from:1500,since:2022-01-01)",
        _WINE.format(since="o.placed_at >= '2022-01-01 08:00'", least=1_500_00),
    ),
    (
        "orders(from:6)",
        """SELECT customer_id FROM orders_order WHERE state IN ('placed', 'shipped')
        GROUP BY customer_id HAVING count(*) >= 6""",
    ),
)


@pytest.mark.parametrize(("definition", "plain"), TIERS)
def test_tiers_by_history_are_the_same_people_as_plain_sql(
    world: World, tmp_path: Path, definition: str, plain: str
) -> None:
    for path in write_files(tmp_path, list(sold(30, 200)))[0]:
        bring_file(world, path)
    move(world)
    with connection.cursor() as cursor:
        cursor.execute(plain)
        people = {row[0] for row in cursor.fetchall()}
    assert 2 < len(people) < 30
    assert set(find_ids(parse(definition), world.now)) == people


def test_places_count_it_by_its_own_channel(world: World, tmp_path: Path) -> None:
    files, control = write_files(tmp_path, list(sold(12, 60)))
    for path in files:
        bring_file(world, path)
    move(world)
    rebuild(run=begin_rebuild(now=world.now, queue=False), clock=lambda: world.now)
    sales = DailySales.objects.filter(channel="history")
    assert sum(one.gross_minor - one.refunded_minor for one in sales) == sum(control.by_year.values())


def test_wine_that_went_to_a_place_lately_counts_in_its_limits(world: World) -> None:
    line = {
        "Order number": "901",
        "Ordered on": "2026-10-02",
        "Shipped on": "2026-10-03",
        "E-mail": world.ana.email,
        "Wine": "Estate Cabernet",
        "Vintage": "2016",
        "Pieces": "6",
        "Price of one": "100.00",
        "Total": "600.00",
        "Ship Address1": world.ana_home.line1,
        "Ship City": world.ana_home.city,
        "Ship State": "CA",
        "Ship Zip": world.ana_home.postal_code,
        "Ship Country": "US",
    }
    assert bring(world, table([line])).bad == 0
    limited(world.california, 8)
    move(world)
    with pytest.raises(DomainError) as refused:
        buy(world, world.ana, {"CAB23": 3}, world.now)
    assert "8 bottles" in refused.value.message
    take_back(queue=False, actor=world.staff, now=world.now)
    go_on(run=MoveRun.objects.get(state="running"), clock=lambda: world.now)
    assert buy(world, world.ana, {"CAB23": 3}, world.now)


def test_take_rates_of_former_releases_count_the_groups_of_the_time(world: World) -> None:
    def order(number: str, email: str, on: str, **more: str) -> dict[str, object]:
        facts: dict[str, object] = {
            "Order number": number,
            "E-mail": email,
            "Ordered on": on,
            "Sku": "OLD18",
            "Wine": "Old",
        }
        return facts | {"Pieces": "3", "Price of one": "50.00", "Release": "Fall 2018", "Group": ""} | more

    PastMembership.objects.create(
        customer=world.clara, group=world.premier, since=_day(2017), until=_day(2020)
    )
    # Dora was in it long before, and Ben is only in another.
    PastMembership.objects.create(
        customer=world.dora, group=world.premier, since=_day(2010), until=_day(2012)
    )
    Membership.objects.filter(customer=world.ana).update(since=_day(2016))
    rows = [
        order("1", world.ana.email, "2018-10-01", Group="Premier"),
        order("2", world.ana.email, "2018-10-03", Group="Premier"),
        order("3", "guest@example.org", "2018-10-09"),
        order("4", world.ben.email, "2018-10-05", Group="Estate", Status="Canceled"),
        order("5", world.ben.email, "2019-03-01", Group="Estate", Release="Spring 2019"),
    ]
    assert bring(world, table(rows)).bad == 0
    move(world)
    spring, fall = former_releases()
    assert (fall.name, fall.begins.year, fall.ends.day) == ("Fall 2018", 2018, 9)
    premier, unknown = fall.groups
    assert (premier.group, premier.members, premier.buyers, premier.orders) == (world.premier, 2, 1, 2)
    assert (premier.rate, premier.bottles, premier.wine_minor) == (0.5, 6, 300_00)
    assert (unknown.group, unknown.buyers, unknown.rate) == (None, 1, None)
    assert spring.name == "Spring 2019"
    # Ben came into the group later by its dates; his order says that he was in it.
    assert [(one.group, one.members, one.rate) for one in spring.groups] == [(world.estate, 1, 1.0)]


def _day(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)
