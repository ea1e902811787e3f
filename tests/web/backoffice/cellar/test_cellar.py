"""Wines and stock in the back office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.inventory.models import Hold, Stock
from tirage.staff.states import Role

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><path d="M0 0L5 5"/></svg>'


def url(name: str, *args: object) -> str:
    return reverse(f"backoffice:{name}", args=args)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=cab23", {"CAB23", "CAB23-MAG"}),
        ("q=ridge+chardonnay", {"CHA24"}),
        ("colour=white", {"CHA24"}),
        ("stock=none", set()),
        ("stock=some&q=syrah", {"SYR23-3"}),
        ("active=no", set()),
    ],
)
def test_the_cellar_is_narrowed(
    owner_client: Client, world_today: World, query: str, expected: set[str]
) -> None:
    page = owner_client.get(url("cellar") + "?" + query).content.decode()
    assert {
        code for code in ("CAB23", "CAB23-MAG", "CHA24", "SYR23-3") if f"/skus/{code}/" in page
    } == expected


def test_pages_need_few_statements(
    owner_client: Client, world_today: World, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(9):
        owner_client.get(url("cellar"))
    with django_assert_max_num_queries(10):
        owner_client.get(url("sku", "CAB23"))
    with django_assert_max_num_queries(9):
        owner_client.get(url("wine", world_today.cabernet.vintage.wine.reference))


def test_a_wine_becomes_something_to_sell(owner_client: Client, world_today: World) -> None:
    owner_client.post(url("new_wine"), {"name": "Block Nine", "colour": "red"})
    wine = Wine.objects.get(name="Block Nine")
    owner_client.post(
        url("new_vintage", wine.reference), {"year": "2022", "note": "Dark.", "alcohol_percent": "14.1"}
    )
    again = owner_client.post(url("new_vintage", wine.reference), {"year": "2022"}).content.decode()
    assert "is already here" in again
    new_sku = url("new_sku", wine.reference, "2022")
    wrong = owner_client.post(
        new_sku, {"code": "B 9", "millilitres": "750", "units": "1", "price_minor": "x"}
    ).content.decode()
    assert "Write an amount" in wrong
    wrong = owner_client.post(
        new_sku, {"code": "B 9", "millilitres": "750", "units": "1", "price_minor": "80"}
    ).content.decode()
    assert "letters, digits" in wrong
    owner_client.post(
        new_sku, {"code": "BN22", "millilitres": "750", "units": "1", "price_minor": "1,080.50"}
    )
    sku = Sku.objects.get(code="BN22")
    assert (sku.price_minor, sku.name) == (1_080_50, "Block Nine 2022")
    owner_client.post(
        url("edit_sku", "BN22"), {"code": "BN22", "millilitres": "1500", "units": "1", "price_minor": "90"}
    )
    owner_client.post(url("switch_sku", "BN22"), {"act": "deactivate"})
    sku.refresh_from_db()
    assert (sku.price_minor, sku.millilitres, sku.is_active) == (90_00, 1500, False)
    assert Stock.objects.get(sku=sku).on_hand == 0
    owner_client.post(url("edit_vintage", wine.reference, "2022"), {"year": ""})
    assert owner_client.get(url("edit_vintage", wine.reference, "nv")).status_code == 200
    assert owner_client.get(url("edit_vintage", wine.reference, "twenty")).status_code == 404
    owner_client.post(url("edit_wine", wine.reference), {"name": "Block 9", "colour": "red"})
    sku.refresh_from_db()
    assert sku.name == "Block 9 NV"


def test_a_label_is_uploaded_cleaned_shown_and_removed(owner_client: Client, world_today: World) -> None:
    vintage = world_today.cabernet.vintage
    target = url("set_label", vintage.wine.reference, "2023")
    owner_client.post(target, {"label": SimpleUploadedFile("label.svg", SVG, "image/svg+xml")})
    label = Vintage.objects.get(pk=vintage.pk).label
    assert label is not None
    assert b"alert" not in bytes(label.data)
    assert label.digest in owner_client.get(url("wine", vintage.wine.reference)).content.decode()
    assert label.digest in owner_client.get(url("sku", "CAB23")).content.decode()
    wrong = owner_client.post(target, {"label": SimpleUploadedFile("x.pdf", b"%PDF-1.7")}, follow=True)
    assert "not a picture we can show" in wrong.content.decode()
    owner_client.post(target, {"act": "remove"})
    assert Vintage.objects.get(pk=vintage.pk).label is None


@pytest.mark.parametrize(
    ("what", "quantity", "left"),
    [
        ("in received", 24, 124),
        ("out breakage", 2, 98),
        ("count", 95, 95),
        ("out transfer", 10, 90),
        ("count", 100, 100),
    ],
)
def test_stock_is_booked_with_its_reason(
    owner_client: Client, world_today: World, what: str, quantity: int, left: int
) -> None:
    owner_client.post(url("book_stock", "CAB23"), {"what": what, "quantity": quantity, "note": "By hand"})
    assert world_today.stock(world_today.cabernet).on_hand == left


def test_carts_are_asked_about_before_their_bottles_go(owner_client: Client, world_today: World) -> None:
    stock = world_today.stock(world_today.magnum)
    Hold.objects.create(
        stock=stock, holder="CRT-TEST", quantity=4, expires_at=world_today.now + timedelta(minutes=10)
    )
    Stock.objects.filter(pk=stock.pk).update(held=4)
    booking = {"what": "count", "quantity": 3}
    page = owner_client.post(url("book_stock", "CAB23-MAG"), booking).content.decode()
    assert "in carts or for changes of orders right now" in page
    assert "Book it and let the holds go" in page
    assert world_today.stock(world_today.magnum).on_hand == 6
    owner_client.post(url("book_stock", "CAB23-MAG"), booking | {"release_holds": "on"})
    stock = world_today.stock(world_today.magnum)
    assert (stock.on_hand, stock.held) == (3, 0)


def test_what_is_promised_to_orders_cannot_be_counted_away(owner_client: Client, world_today: World) -> None:
    Stock.objects.filter(sku=world_today.magnum).update(sold=5)
    page = owner_client.post(
        url("book_stock", "CAB23-MAG"), {"what": "count", "quantity": 3}
    ).content.decode()
    assert "promised to orders" in page
    assert world_today.stock(world_today.magnum).on_hand == 6


@pytest.mark.parametrize(
    ("role", "books", "edits"),
    [(Role.READ_ONLY, False, False), (Role.FULFILMENT, True, False), (Role.MANAGER, True, True)],
)
def test_roles_restrict_the_cellar(
    client_as: ClientAs, world_today: World, role: Role, books: bool, edits: bool
) -> None:
    client = client_as(role)
    page = client.get(url("sku", "CAB23")).content.decode()
    assert ("Book stock" in page) == books
    assert (client.get(url("new_wine")).status_code == 200) == edits
    response = client.post(url("book_stock", "CAB23"), {"what": "count", "quantity": 90})
    assert (response.status_code == 302) == books


def test_a_row_leads_to_the_sku_and_to_its_wine(owner_client: Client, world: World) -> None:
    html = owner_client.get("/winery/cellar/").content.decode()
    assert f'href="{reverse("backoffice:sku", args=[world.cabernet.code])}"' in html
    assert f'href="{reverse("backoffice:wine", args=[world.cabernet.vintage.wine.reference])}"' in html
