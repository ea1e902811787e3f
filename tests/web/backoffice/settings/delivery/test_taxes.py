"""Taxes and fees in the back office: typed, shown, sent out and read back, taken over after a look."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rooms.taxes.tables import deposits, fee, rate
from tests.web.backoffice.settings.delivery.test_limits import carried, shown
from tests.world import World
from tirage.taxes.models import TaxFee, TaxRate, TaxSetup


@pytest.fixture
def world(world: World) -> World:
    """The same world, of whose taxes nobody has written anything."""
    TaxRate.objects.all().delete()
    return world


TAXES = "/winery/settings/delivery/taxes"
RATE = {
    "place": "US-CA",
    "name": "Sonoma County",
    "kind": "sales",
    "rate": "1.25",
    "county": "Sonoma",
    "on_wine": "on",
    "on_shipping": "on",
    "first_day": "2026-04-01",
}
FEE = {
    "place": "US-CO",
    "name": "Retail delivery fee",
    "kind": "fee",
    "unit": "order",
    "amount": "0.28",
    "least": "",
    "only_shipped": "on",
    "absorbed": "on",
    "first_day": "2025-07-01",
}


def test_a_rate_is_typed_changed_and_deleted(owner_client: Client, world: World) -> None:
    answer = owner_client.post(f"{TAXES}/rates/new", RATE, follow=True)
    page = unescape(answer.content.decode())
    assert "You saved Sonoma County, California, United States." in page
    assert "Sonoma County: 1.25 % of wine and delivery, in Sonoma, from April 1, 2026 on" in page
    saved = TaxRate.objects.get()
    assert (saved.rate_ppm, saved.on_shipping, saved.on_other) == (12_500, True, False)
    owner_client.post(f"{TAXES}/rates/{saved.reference}/", RATE | {"rate": "1.5", "last_day": "2026-06-30"})
    saved.refresh_from_db()
    assert (saved.rate_ppm, saved.last_day, saved.state) == (15_000, date(2026, 6, 30), "CA")
    assert "Over" in shown(owner_client, TAXES)
    owner_client.post(f"{TAXES}/rates/{saved.reference}/remove")
    assert not TaxRate.objects.exists() and "Rates to start from" in shown(owner_client, TAXES)


def test_a_fee_is_typed_changed_and_deleted(owner_client: Client, world: World) -> None:
    page = unescape(owner_client.post(f"{TAXES}/fees/new", FEE, follow=True).content.decode())
    assert "Retail delivery fee: 0.28 an order, paid by us, from July 1, 2025 on" in page
    saved = TaxFee.objects.get()
    assert (saved.amount_minor, saved.absorbed, saved.least_minor) == (28, True, 0)
    owner_client.post(f"{TAXES}/fees/{saved.reference}/", FEE | {"least": "100"})
    saved.refresh_from_db()
    assert saved.least_minor == 100_00
    owner_client.post(f"{TAXES}/fees/{saved.reference}/remove")
    assert not TaxFee.objects.exists()


def test_what_is_wrong_is_said_beside_its_field(owner_client: Client, world: World) -> None:
    rate(world, "CA", "Sonoma County", 1.25, county="Sonoma", first_day=date(2026, 4, 1))
    answer = owner_client.post(f"{TAXES}/rates/new", RATE)
    assert answer.status_code == 400
    assert "There is one of this name and place from this day on already." in unescape(
        answer.content.decode()
    )
    answer = owner_client.post(f"{TAXES}/rates/new", RATE | {"last_day": "2026-03-01", "name": "Another"})
    assert "last_day" in answer.context["form"].errors
    answer = owner_client.post(f"{TAXES}/origin", {"place": "GB", "prices_include_vat": "on"})
    assert "prices_include_vat" in answer.context["form"].errors
    answer = owner_client.post(f"{TAXES}/origin", {"place": "GB", "vat_number": "GB123456789"})
    assert "This isn't a business number of GB." in unescape(answer.content.decode())
    assert TaxRate.objects.count() == 1


def test_where_wine_comes_from_is_set(owner_client: Client, world: World) -> None:
    rate(world, "", "VAT", 20, country="GB", kind="vat")
    page = owner_client.post(
        f"{TAXES}/origin",
        {"place": "GB", "city": "Ditchling", "prices_include_vat": "on", "vat_number": "980 7806 84"},
        follow=True,
    )
    assert "Ditchling, United Kingdom. Prices include VAT." in unescape(page.content.decode())
    setup = TaxSetup.objects.get()
    assert (setup.country, setup.vat_number) == ("GB", "GB980780684")


def test_what_goes_out_comes_back_as_it_was_and_a_change_is_looked_at_first(
    owner_client: Client, world: World
) -> None:
    rate(world, "CA", "California", 7.25, source="CDTFA")
    rate(world, "CA", "City of Santa Rosa", 0.5, zips="95401, 95403", by_line=True)
    deposits(world)
    fee(world, "MN", "Retail delivery fee", 50, least_minor=100_00)
    for table, where, count in (("taxes", "rates", 2), ("fees", "fees", 3)):
        answer = owner_client.get(f"/winery/settings/delivery/export/{table}.csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        file = SimpleUploadedFile("a.csv", text.encode())
        same = unescape(owner_client.post(f"{TAXES}/{where}/import", {"file": file}).content.decode())
        assert same.count("As it stands") == count, same
        if table == "taxes":
            rates = text
    changed = SimpleUploadedFile("a.csv", rates.replace("7.25", "7.5").encode())
    page = unescape(owner_client.post(f"{TAXES}/rates/import", {"file": changed}).content.decode())
    assert "California: 7.25 % of wine" in page and "California: 7.5 % of wine" in page
    assert TaxRate.objects.get(name="California").rate_ppm == 72_500
    owner_client.post(f"{TAXES}/rates/take", {"shown": carried(page), "take": ["0", "1"]})
    assert TaxRate.objects.get(name="California").rate_ppm == 75_000


def test_what_comes_with_the_program_counts_only_once_it_is_taken_over(
    owner_client: Client, world: World
) -> None:
    page = shown(owner_client, f"{TAXES}/rates/starting")
    assert "Starting data, check it" in page and not TaxRate.objects.exists()
    answer = owner_client.post(f"{TAXES}/rates/take", {"shown": carried(page), "take": ["0"]}, follow=True)
    assert "You took 1 rate over." in unescape(answer.content.decode())
    assert TaxRate.objects.get().name == "Alabama"
    page = shown(owner_client, f"{TAXES}/fees/starting")
    numbers = [str(number) for number in range(5)]
    answer = owner_client.post(f"{TAXES}/fees/take", {"shown": carried(page), "take": numbers}, follow=True)
    assert "You took 5 fees over." in unescape(answer.content.decode())
    assert "tax rates and fees end soon or haven’t been checked for a year." in shown(
        owner_client, "/winery/"
    )


def test_every_row_to_start_from_can_be_taken_over(owner_client: Client, world: World) -> None:
    page = shown(owner_client, f"{TAXES}/rates/starting")
    numbers = [str(number) for number in range(71)]
    answer = owner_client.post(f"{TAXES}/rates/take", {"shown": carried(page), "take": numbers}, follow=True)
    assert "You took 71 rates over." in unescape(answer.content.decode())
