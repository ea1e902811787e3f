"""Amounts as people type them, in every form that takes one: read as meant, or refused with what to write instead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.web.backoffice.releases.test_releases import item_rows
from tests.world import World
from tirage.backoffice.frame.acting import MoneyField
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.delivery.models import Rate
from tirage.orders.models import Order


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("120", 120_00),
        ("120.5", 120_50),
        ("120,50", 120_50),
        ("1,250", 1_250_00),
        ("1,250.50", 1_250_50),
        ("1.250,50", 1_250_50),
        ("1 250,50", 1_250_50),
        ("1’250.50", 1_250_50),
        (" $1,250.50 ", 1_250_50),
        ("USD 45", 45_00),
        ("0", 0),
        ("", None),
    ],
)
def test_an_amount_means_what_it_means_to_whoever_typed_it(
    winery: Winery, typed: str, minor: int | None
) -> None:
    assert MoneyField(required=False).clean(typed) == minor


@pytest.mark.parametrize(
    "typed", ["lots", "1.250", "12,34.50", "1,25,000", "€45", "10.999", "1O", "NaN", "1e999"]
)
def test_what_is_no_amount_or_may_be_two_is_refused_with_an_example(winery: Winery, typed: str) -> None:
    with pytest.raises(ValidationError, match=r"Write an amount such as 120 or 120\.50\."):
        MoneyField(required=False).clean(typed)


def test_what_a_page_shows_can_be_typed_again(winery: Winery) -> None:
    """A French page shows 1 250,50 € with spaces that can't be seen."""
    Winery.objects.update(currency="EUR", locale="fr_FR")
    forget_winery()
    assert MoneyField().clean("1\u202f250,50\u00a0€") == 1_250_50


def post(client: Client, path: str, data: dict[str, Any]) -> HttpResponse:
    answer = client.post(path, data)
    assert isinstance(answer, HttpResponse) and answer.status_code in (200, 400)
    return answer


@pytest.mark.parametrize("form", ["sku", "offer", "items", "record", "credit", "refund"])
def test_every_form_keeps_an_amount_it_cannot_read_and_what_else_was_typed(
    owner_client: Client, world: World, form: str
) -> None:
    order = Order.objects.create(
        customer=world.ana,
        state="placed",
        currency="USD",
        made_at=world.now,
        placed_at=world.now,
        owed_minor=100_00,
    )
    payment = order.payments.create(
        gateway="test",
        kind="charge",
        state="settled",
        amount_minor=50_00,
        currency="USD",
        idempotency_key="key",
        made_at=world.now,
        settled_at=world.now,
    )
    wine, kept = world.cabernet.vintage.wine.reference, "Typed with care"
    offer = world.premier_offer.reference
    forms: dict[str, tuple[str, dict[str, Any]]] = {
        "sku": (
            reverse("backoffice:new_sku", args=[wine, "2023"]),
            {"code": kept, "millilitres": 750, "units": 1, "price_minor": "1.250"},
        ),
        "offer": (
            reverse("backoffice:edit_offer", args=[offer]),
            {"title": kept, "spend_minimum": "1.250"},
        ),
        "items": (
            reverse("backoffice:offer_items", args=[offer]),
            item_rows({"sku": "CAB23", "price": "1.250", "purchase_maximum": "77"}),
        ),
        "record": (
            reverse("backoffice:order_payment", args=[order.reference]),
            {"kind": "cheque", "amount": "1.250", "note": kept, "seen": 100_00},
        ),
        "credit": (
            reverse("backoffice:change_credit", args=[world.ana.reference]),
            {"act": "give", "amount": "1.250", "reason": kept, "seen": 0},
        ),
        "refund": (
            reverse("backoffice:order_refund", args=[order.reference]),
            {"payment": payment.reference, "amount": "1.250", "reason": kept},
        ),
    }
    path, data = forms[form]
    page = post(owner_client, path, data).content.decode()
    assert "Write an amount such as 120 or 120.50." in page
    assert 'value="1.250"' in page
    assert ('value="77"' if form == "items" else kept) in page


def test_rates_keep_a_price_they_cannot_read(owner_client: Client, world: World) -> None:
    path = f"/winery/settings/delivery/methods/{world.overnight.reference}/rates"
    typed = {"columns": "2", "step-0": "6", "step-1": "12", "price-0-0": "1.250", "price-1-1": "18,50"}
    page = post(owner_client, path, typed).content.decode()
    assert "“1.250” is not a price. Write it as 18 or 18.50." in page
    assert 'value="1.250"' in page
    assert 'value="18,50"' in page
    typed["price-0-0"] = "1.250,00"
    assert owner_client.post(path, typed).status_code == 302
    prices = Rate.objects.filter(table__method=world.overnight).order_by("price_minor")
    assert [rate.price_minor for rate in prices] == [18_50, 1_250_00]


def test_rates_of_a_file_are_read_as_they_are_meant(owner_client: Client, world: World) -> None:
    table = b'Method,Zone,Up to bottles,Price\nOvernight,West,3,"18,50"\nOvernight,West,6,1.250\n'
    path = "/winery/settings/delivery/rates/import"
    page = post(owner_client, path, {"file": SimpleUploadedFile("rates.csv", table)}).content.decode()
    assert "“1.250” may be thousands or a few. Write it as 1234.50." in page
    table = table.replace(b"1.250", b"30")
    answer = post(owner_client, path, {"file": SimpleUploadedFile("rates.csv", table)})
    shown = re.search(r'name="shown" value="([^"]+)"', answer.content.decode())
    assert answer.status_code == 200 and shown
    owner_client.post(
        "/winery/settings/delivery/rates/take", {"shown": shown[1], "take": [str(row) for row in range(20)]}
    )
    prices = Rate.objects.filter(table__method=world.overnight, zone=world.west).order_by("price_minor")
    assert [rate.price_minor for rate in prices] == [18_50, 30_00]
