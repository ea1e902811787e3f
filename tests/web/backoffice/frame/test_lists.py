"""The machinery of lists, seen through the orders list."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.frame.lists import PAGE_ROWS
from tirage.backoffice.home.live import latest_orders
from tirage.backoffice.orders.list import OrderList
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.imports.exports import order_rows
from tirage.orders.models import Order


def order_of(world: World, customer: Customer, number: int, **fields: object) -> Order:
    values: dict[str, object] = {
        "state": "placed",
        "currency": "USD",
        "release": world.release,
        "group": world.premier,
        "made_at": world.now + timedelta(minutes=number),
        "placed_at": world.now + timedelta(minutes=number),
        "ship_state": "CA",
        "owed_minor": 100_00 + number,
        "paid_minor": 100_00 + number,
    }
    return Order.objects.create(customer=customer, **(values | fields))


@pytest.fixture
def orders(world: World) -> list[Order]:
    """120 orders: 20 of Ben in New York that still owe, the rest of Ana."""
    return [
        order_of(world, world.ben, number, ship_state="NY", paid_minor=0, group=world.estate)
        if number < 20
        else order_of(world, world.ana, number)
        for number in range(120)
    ]


def references(page: str) -> list[str]:
    """The orders in the table, top first."""
    body = page.split("<tbody>")[1]
    return [part.split("/")[0] for part in body.split('href="/winery/orders/ORD-')[1:]]


def test_a_list_counts_exactly_and_pages_from_both_ends(owner_client: Client, orders: list[Order]) -> None:
    newest_first = [order.reference.removeprefix("ORD-") for order in reversed(orders)]
    seen: list[str] = []
    for number in (1, 2, 3):
        page = owner_client.get("/winery/orders/", {"page": number}).content.decode()
        assert ">120</strong>" in page
        seen += references(page)
    assert seen == newest_first
    assert PAGE_ROWS == 50


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"q": "ben"}, 20),
        ({"q": "baker BEN"}, 20),
        ({"q": "ana@example.com"}, 100),
        ({"to": "NY"}, 20),
        ({"balance": "owing"}, 20),
        ({"balance": "none"}, 100),
        ({"balance": "credit"}, 0),
        ({"state": "placed"}, 120),
        ({"state": "cancelled"}, 0),
        ({"first": "2026-10-06", "last": "2026-10-06"}, 120),
        ({"first": "2026-10-07"}, 0),
        ({"last": "2026-10-05"}, 0),
        ({"channel": "staff"}, 0),
        ({"channel": "offer", "to": "NY", "q": "ben"}, 20),
    ],
)
def test_filters_find_what_they_say(
    owner_client: Client, orders: list[Order], filters: dict[str, str], count: int
) -> None:
    response = owner_client.get("/winery/orders/", filters)
    assert response.context["list"].count == count
    assert len(response.context["list"].chips) == len(filters)


def test_an_abandoned_order_is_nobodys_debt(owner_client: Client, orders: list[Order]) -> None:
    owing = owner_client.get("/winery/orders/", {"balance": "owing"}).context["list"].count
    debtor = Order.objects.filter(balance_minor__gt=0).first()
    assert debtor is not None
    Order.objects.filter(pk=debtor.pk).update(state="abandoned")
    assert owner_client.get("/winery/orders/", {"balance": "owing"}).context["list"].count == owing - 1


def test_declined_tries_are_no_orders(owner_client: Client, world: World, orders: list[Order]) -> None:
    """They are found by their state, by their number, and when one of them needs somebody."""
    tried = orders[0]
    Order.objects.filter(pk=tried.pk).update(state="abandoned", made_at=world.now + timedelta(days=1))

    def count(**filters: str) -> int:
        found: int = owner_client.get("/winery/orders/", filters).context["list"].count
        return found

    assert count() == len(orders) - 1 == len(list(order_rows("")))
    assert count(state="abandoned") == count(q=tried.reference) == 1
    assert count(attention="yes") == 0
    Order.objects.filter(pk=tried.pk).update(attention="Stray money")
    assert count(attention="yes") == 1
    assert tried not in latest_orders()
    page = owner_client.get(f"/winery/customers/{tried.customer.reference}/").content.decode()
    assert tried.reference not in page and "1 declined try" in page


def test_filters_of_tables(owner_client: Client, world: World, orders: list[Order]) -> None:
    found = owner_client.get(
        "/winery/orders/", {"group": world.estate.reference, "release": world.release.reference}
    )
    assert found.context["list"].count == 20
    assert [chip.label for chip in found.context["list"].chips] == ["Release: Autumn 2026", "Group: Estate"]


def test_one_order_is_found_by_its_number(owner_client: Client, orders: list[Order]) -> None:
    page = owner_client.get("/winery/orders/", {"q": orders[7].reference.lower()})
    assert references(page.content.decode()) == [orders[7].reference.removeprefix("ORD-")]


def test_a_chip_leads_to_the_list_without_it(owner_client: Client, orders: list[Order]) -> None:
    chips = owner_client.get("/winery/orders/", {"to": "NY", "q": "ben", "page": "1"}).context["list"].chips
    assert [(chip.label, chip.remove_url) for chip in chips] == [
        ("Order number, name or e-mail: ben", "?to=NY"),
        ("Ships to: New York", "?q=ben"),
    ]


def test_an_unreadable_filter_says_so_and_filters_nothing(owner_client: Client, orders: list[Order]) -> None:
    response = owner_client.get("/winery/orders/", {"first": "yesterday", "to": "NY"})
    assert response.context["list"].count == 20
    assert "Write a day, such as" in response.content.decode()


def test_what_is_no_search_is_said(owner_client: Client, orders: list[Order]) -> None:
    """SQLite refuses to look for so much, which is no outage."""
    for name in ("orders", "cellar", "customers"):
        answer = owner_client.get(reverse(f"backoffice:{name}"), {"q": "a" * 60_000})
        assert answer.status_code == 200
        assert "This has 60000 characters; 200 are possible." in words_of(answer)


def test_sorting_by_a_column_both_ways(owner_client: Client, orders: list[Order]) -> None:
    up = references(owner_client.get("/winery/orders/", {"sort": "total"}).content.decode())
    down = references(owner_client.get("/winery/orders/", {"sort": "-total"}).content.decode())
    assert up[0] == orders[0].reference.removeprefix("ORD-")
    assert down[0] == orders[-1].reference.removeprefix("ORD-")


def test_an_unknown_sort_or_page_is_the_usual_one(owner_client: Client, orders: list[Order]) -> None:
    response = owner_client.get("/winery/orders/", {"sort": "password", "page": "-3"})
    assert response.context["list"].sort == "-made"
    assert owner_client.get("/winery/orders/", {"page": "900"}).context["list"].number == 3


def test_the_csv_is_the_list_as_filtered_and_is_recorded(owner_client: Client, orders: list[Order]) -> None:
    response = owner_client.get("/winery/orders/", {"to": "NY", "export": "csv", "sort": "total"})
    body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["Order"] for row in rows] == [order.reference for order in orders[:20]]
    assert rows[0]["Total"] == "100.00"
    assert rows[0]["Ordered"] == "2026-10-06 09:00:00"
    event = Event.objects.get(name=EventName.EXPORT_MADE.value)
    assert event.data == {"list": "orders", "query": "to=NY", "format": "csv", "count": 20}


def test_an_export_has_every_column_when_asked(owner_client: Client, orders: list[Order]) -> None:
    asked = {"to": "NY", "export": "csv", "columns": "all"}
    response = owner_client.get("/winery/orders/", asked)
    body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert list(rows[0]) == [column.label for column in OrderList.columns]
    assert len(rows) == 20
    assert Event.objects.get(name=EventName.EXPORT_MADE.value).data["query"] == "to=NY"


def test_the_excel_file_is_the_list_too(owner_client: Client, orders: list[Order]) -> None:
    response = owner_client.get("/winery/orders/", {"export": "xlsx"})
    body = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert len(rows) == 121
    assert rows[1][0] == orders[-1].reference


def test_a_browser_keeps_its_columns(owner_client: Client, orders: list[Order]) -> None:
    answer = owner_client.post(
        "/winery/lists/orders/columns", {"columns": ["email", "total"], "next": "/winery/orders/?to=NY"}
    )
    assert answer["Location"] == "/winery/orders/?to=NY"
    page = owner_client.get("/winery/orders/")
    assert [head.column.key for head in page.context["list"].heads()] == ["order", "email", "total"]
    owner_client.post("/winery/lists/orders/columns", {"usual": "1", "next": "https://elsewhere.example/"})
    page = owner_client.get("/winery/orders/")
    assert "state" in [head.column.key for head in page.context["list"].heads()]


def test_a_page_of_a_list_takes_at_most_ten_queries(
    owner_client: Client, orders: list[Order], django_assert_max_num_queries: object
) -> None:
    owner_client.get("/winery/orders/")
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        owner_client.get("/winery/orders/", {"q": "ben", "to": "NY", "page": "1"})
