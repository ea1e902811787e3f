"""Duties in the back office: typed, shown, sent out and read back, taken over after a look."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import unescape

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rooms.taxes.dutiable import duty
from tests.web.backoffice.settings.delivery.test_limits import carried, shown
from tests.world import World
from tirage.taxes.duties.models import Duty
from tirage.taxes.duties.operations import duty_values

DUTIES = "/winery/settings/delivery/duties"
TYPED = {
    "place": "GB",
    "name": "Alcohol duty",
    "amount": "30.62",
    "currency": "GBP",
    "per": "alcohol",
    "exchange": "1.1725",
    "wine": "any",
    "from_percent": "8.5",
    "to_percent": "22",
    "rounding": "bottle_down",
    "first_day": "2026-02-01",
}


def test_a_duty_is_typed_changed_and_deleted(owner_client: Client, world: World) -> None:
    answer = owner_client.post(f"{DUTIES}/new", TYPED, follow=True)
    page = unescape(answer.content.decode())
    assert "You saved the duty of United Kingdom." in page
    assert "30.62 GBP per l of pure alcohol, all wine of 8.5 % to 22 %, from February 1, 2026 on" in page
    saved = Duty.objects.get()
    values = duty_values(saved)
    assert (values.amount, values.exchange, values.rounding) == (
        Decimal("30.62"),
        Decimal("1.1725"),
        "bottle_down",
    )
    owner_client.post(
        f"{DUTIES}/{saved.reference}/", TYPED | {"counts_percent": "12.5", "last_day": "2026-02-28"}
    )
    saved.refresh_from_db()
    assert (saved.counts_as, saved.last_day, saved.country) == (125, date(2026, 2, 28), "GB")
    assert "Over" in shown(owner_client, DUTIES)
    owner_client.post(f"{DUTIES}/{saved.reference}/remove")
    assert not Duty.objects.exists() and "Duties to start from" in shown(owner_client, DUTIES)


def test_what_is_wrong_is_said_beside_its_field(owner_client: Client, world: World) -> None:
    duty(first_day=date(2026, 1, 1))
    answer = owner_client.post(f"{DUTIES}/new", TYPED)
    assert answer.status_code == 400 and "Give that one a last day first." in unescape(
        answer.content.decode()
    )
    answer = owner_client.post(f"{DUTIES}/new", TYPED | {"to_percent": "5", "place": "FR"})
    assert "to_percent" in answer.context["form"].errors
    assert Duty.objects.count() == 1


def test_what_goes_out_comes_back_as_it_was_and_a_change_is_looked_at_first(
    owner_client: Client, world: World
) -> None:
    owner_client.post(f"{DUTIES}/new", TYPED | {"counts_percent": "12.5"})
    duty(country="US", state="CO", name="Excise", per="value", currency="", amount_micros=5_500_000)
    answer = owner_client.get("/winery/settings/delivery/export/duties.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    same = owner_client.post(f"{DUTIES}/import", {"file": SimpleUploadedFile("a.csv", text.encode())})
    assert unescape(same.content.decode()).count("As it stands") == 2
    changed = text.replace("30.62", "31.5")
    answer = owner_client.post(f"{DUTIES}/import", {"file": SimpleUploadedFile("a.csv", changed.encode())})
    page = unescape(answer.content.decode())
    assert (
        "30.62 GBP" in page
        and "31.5 GBP" in page
        and Duty.objects.get(country="GB").amount_micros == 30_620_000
    )
    owner_client.post(f"{DUTIES}/take", {"shown": carried(page), "take": ["0", "1"]})
    assert Duty.objects.get(country="GB").amount_micros == 31_500_000
    wrong = changed.replace("31.5", "much")
    answer = owner_client.post(f"{DUTIES}/import", {"file": SimpleUploadedFile("a.csv", wrong.encode())})
    assert answer.status_code == 400 and "“much” is not a number" in unescape(answer.content.decode())


def test_what_comes_with_the_program_counts_only_once_it_is_taken_over(
    owner_client: Client, world: World
) -> None:
    page = shown(owner_client, f"{DUTIES}/starting")
    assert "Starting data, check it" in page and not Duty.objects.exists()
    answer = owner_client.post(f"{DUTIES}/take", {"shown": carried(page), "take": ["8"]}, follow=True)
    assert "You took 1 duty over." in unescape(answer.content.decode())
    assert Duty.objects.get().amount_micros == 30_620_000
    assert "1 duty of places ends soon or hasn’t been checked for a year." in shown(owner_client, "/winery/")
