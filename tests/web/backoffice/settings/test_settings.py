"""Settings: saved with a record, refused with words, and the team that can't lose its last owner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.world import World
from tirage.backoffice.settings.meaning import Windows, move_windows, say_window
from tirage.backoffice.settings.operations import save_winery
from tirage.backoffice.settings.views.winery import WineryForm
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.models import Event, Winery
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.notifications.models import MailText
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.parts.typefaces import PAIRS


def winery_values(**changes: object) -> dict[str, object]:
    values = WineryForm.values_of(Winery.objects.get(id=1)) | changes
    return {name: value for name, value in values.items() if value is not False}


# The winery


def test_saving_changes_records_and_is_seen_at_once(owner_client: Client, world: World) -> None:
    version = current_winery().version
    answer = owner_client.post("/winery/settings/", winery_values(name="Halcyon", cart_minutes=20))
    assert answer["Location"] == "/winery/settings/"
    assert (current_winery().name, current_winery().cart_minutes) == ("Halcyon", 20)
    assert current_winery().version == version + 1
    event = Event.objects.get(name=EventName.SETTINGS_SAVED.value)
    assert event.text == "changed the name, the cart minutes"
    assert event.data["before"] == {"name": "Halcyon Ridge", "cart_minutes": 15}


@pytest.mark.parametrize(
    ("name", "value"), [("cart_minutes", 4), ("cart_minutes", 61), ("time_zone", "Mars/Base"), ("name", "")]
)
def test_what_cannot_be_is_refused_beside_its_field(
    owner_client: Client, world: World, name: str, value: object
) -> None:
    answer = owner_client.post("/winery/settings/", winery_values(**{name: value}))
    assert answer.status_code == 400
    assert name in answer.context["form"].errors
    assert not Event.objects.filter(name=EventName.SETTINGS_SAVED.value).exists()


def test_the_currency_is_locked_once_there_are_orders(owner_client: Client, world: World) -> None:
    page = owner_client.post("/winery/settings/", winery_values(currency="EUR")).content.decode()
    assert current_winery().currency == "USD" and "Nothing is converted: $120.00 becomes €120.00." in page
    owner_client.post("/winery/settings/", winery_values(currency="EUR", same_figures="on"))
    assert current_winery().currency == "EUR"
    Order.objects.create(customer=world.ana, currency="EUR", made_at=world.now)
    owner_client.post("/winery/settings/", winery_values(currency="CHF"))
    assert current_winery().currency == "EUR"


@pytest.mark.parametrize(("windows", "moved"), [("moments", False), ("clock", True)])
def test_another_time_zone_says_what_it_means_for_windows(
    owner_client: Client, world: World, windows: str, moved: bool
) -> None:
    """Los Angeles, then New York: three hours earlier where the clock's times stay."""
    zone, opens = {"time_zone": "America/New_York"}, datetime(read_clock().year + 1, 1, 15, 12, tzinfo=UTC)
    Offer.objects.update(opens_at=opens, closes_at=opens + timedelta(days=10))
    page = owner_client.post("/winery/settings/", winery_values(**zone)).content.decode()
    assert current_winery().time_zone == "America/Los_Angeles"
    assert "offers are still to open or to close" in page and "They keep the times on the clock" in page
    answer = owner_client.post("/winery/settings/", winery_values(**zone, windows=windows))
    assert answer.status_code == 302 and current_winery().time_zone == "America/New_York"
    after = Offer.objects.values_list("opens_at", flat=True)[0]
    assert opens - after == timedelta(hours=3 if moved else 0)


def test_a_window_in_an_hour_that_the_new_clock_skips_is_said_as_it_is_kept(world: World) -> None:
    """1:30 in Los Angeles on the morning when London's clock goes from 1:00 to 2:00."""
    old, new = "America/Los_Angeles", "Europe/London"
    opens = datetime(2027, 3, 28, 8, 30, tzinfo=UTC)
    Offer.objects.update(opens_at=opens, closes_at=opens + timedelta(days=10))
    said = say_window(Offer.objects.all()[0], new, Windows.CLOCK, old)
    move_windows(old_zone=old, zone=new, now=opens - timedelta(days=10))
    moved = Offer.objects.all()[0]
    assert moved.opens_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert "Mar 28, 2027, 2:30 AM" in said
    assert said == say_window(moved, new, Windows.MOMENTS, old)


def test_another_default_group(owner_client: Client, world: World) -> None:
    owner_client.post("/winery/settings/", winery_values(default_group=world.estate.reference))
    assert Group.objects.get(is_default=True) == world.estate


# Payments and changes


def money_values(**changes: object) -> dict[str, object]:
    return {
        "charge_when": "at_order",
        "customers_change_orders": "on",
        "staff_change_hours": 24,
        "set_aside_days": 7,
        "pay_link_days": 7,
        **changes,
    }


def test_when_money_is_taken_is_saved_and_recorded(owner_client: Client, world: World) -> None:
    values = money_values(charge_when="at_shipment", staff_change_hours=48)
    answer = owner_client.post("/winery/settings/payments/", values)
    assert answer["Location"] == "/winery/settings/payments/"
    winery = current_winery()
    assert (winery.charge_when, winery.staff_change_hours, winery.pay_link_days) == ("at_shipment", 48, 7)
    event = Event.objects.get(name=EventName.SETTINGS_SAVED.value)
    assert event.text == "changed when money is taken, the hours of a change"
    assert event.data["before"] == {"charge_when": "at_order", "staff_change_hours": 24}


def test_what_is_too_small_to_charge_is_kept_or_let_go(owner_client: Client, world: World) -> None:
    for chosen, then in (("keep", "keep"), ("", "keep"), ("waive", "waive"), ("round up", "waive")):
        owner_client.post("/winery/settings/payments/", money_values(small_rests=chosen))
        assert current_winery().small_rests == then


def test_changes_by_customers_can_be_switched_off(owner_client: Client, world: World) -> None:
    values = money_values()
    del values["customers_change_orders"]
    owner_client.post("/winery/settings/payments/", values)
    assert current_winery().customers_change_orders is False


def test_cancelling_by_customers_is_off_until_it_is_switched_on(owner_client: Client, world: World) -> None:
    assert current_winery().customers_cancel_orders is False
    owner_client.post("/winery/settings/payments/", money_values(customers_cancel_orders="on"))
    assert current_winery().customers_cancel_orders is True
    assert Event.objects.get(name=EventName.SETTINGS_SAVED.value).text == "changed canceling by customers"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("charge_when", "someday"),
        ("staff_change_hours", 0),
        ("staff_change_hours", 169),
        ("set_aside_days", 0),
        ("set_aside_days", 91),
        ("pay_link_days", 0),
        ("pay_link_days", 61),
    ],
)
def test_what_the_database_would_refuse_is_refused_beside_its_field(
    owner_client: Client, world: World, name: str, value: object
) -> None:
    answer = owner_client.post("/winery/settings/payments/", money_values(**{name: value}))
    assert answer.status_code == 400
    assert name in answer.context["form"].errors
    assert not Event.objects.filter(name=EventName.SETTINGS_SAVED.value).exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("charge_when", "x"), ("staff_change_hours", 0), ("set_aside_days", 91), ("pay_link_days", 61)],
)
def test_the_operation_refuses_the_same_by_itself(world: World, name: str, value: object) -> None:
    with pytest.raises(DomainError) as refused:
        save_winery(values={name: value}, actor=world.staff, now=world.now)
    assert list(refused.value.fields) == [name]


# The look


def look_values(**changes: object) -> dict[str, object]:
    return {"paper": "#fbf8f3", "ink": "#231f1c", "accent": "#6d1f2f", "typeface": "garamond", **changes}


def test_colours_that_cannot_be_read_are_refused_with_their_contrast(
    owner_client: Client, world: World
) -> None:
    answer = owner_client.post("/winery/settings/look/", look_values(accent="#eeccaa"))
    assert answer.status_code == 400
    assert "Accent on paper has a contrast of" in answer.content.decode()
    assert list(answer.context["form"].errors) == ["accent"]
    assert current_winery().accent == "#6d1f2f"


def test_the_typefaces_are_shown_in_themselves(owner_client: Client, world: World) -> None:
    page = owner_client.get("/winery/settings/look/").content.decode()
    samples = owner_client.get("/typefaces.css").content.decode()
    assert '"/typefaces.css"' in page
    for key in PAIRS:
        assert f"sample-{key}" in page and f'"{key} display"' in samples


def test_the_winerys_form_shows_every_setting(owner_client: Client, world: World) -> None:
    page = owner_client.get("/winery/settings/").content.decode()
    assert all(f'name="{name}"' in page for name in WineryForm.base_fields)


def test_a_logo_is_cleaned_and_can_be_taken_away(owner_client: Client, world: World) -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="alert(1)">'
        b'<script>alert(1)</script><path d="M0 0h9"/></svg>'
    )
    logo = SimpleUploadedFile("logo.svg", drawing, "image/svg+xml")
    owner_client.post("/winery/settings/look/", look_values(logo=logo))
    saved = current_winery().logo_svg
    assert "M0 0h9" in saved
    assert "script" not in saved
    assert "onload" not in saved
    owner_client.post("/winery/settings/look/", look_values(remove_logo="on"))
    assert current_winery().logo_svg == ""


def test_a_logo_that_is_no_drawing_is_refused(owner_client: Client, world: World) -> None:
    answer = owner_client.post(
        "/winery/settings/look/", look_values(logo=SimpleUploadedFile("x.svg", b"GIF89a"))
    )
    assert answer.status_code == 400
    assert current_winery().logo_svg == ""


# Mails


def test_words_are_saved_previewed_and_restored(owner_client: Client, world: World) -> None:
    path = "/winery/settings/mails/order_receipt/"
    owner_client.post(path, {"act": "save", "subject": "Merci", "body": "Chère {{ customer.first_name }}"})
    assert MailText.objects.get().subject == "Merci"
    assert "Chère Ana" in owner_client.get(path + "preview").content.decode()
    owner_client.post(path + "restore")
    assert not MailText.objects.exists()


def test_unknown_placeholders_are_refused_and_what_was_typed_stays(
    owner_client: Client, world: World
) -> None:
    answer = owner_client.post(
        "/winery/settings/mails/wish_made/",
        {"act": "save", "subject": "Hello", "body": "{{ order.lines }} x"},
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "This mail doesn&#x27;t know {{ order.lines }}" in page
    assert "{{ order.lines }} x</textarea>" in page


def test_a_test_mail_goes_to_oneself_and_saves_nothing(owner_client: Client, world: World) -> None:
    owner_client.post(
        "/winery/settings/mails/order_receipt/",
        {"act": "test", "subject": "Try {{ order.reference }}", "body": "{{ order.lines }}"},
    )
    (message,) = outbox.outbox
    assert message.to == ["owner@halcyon.example"]
    assert message.subject == "Try ORD-7K2M9QXA"
    assert "2 × Estate Cabernet 2023" in message.body
    assert not MailText.objects.exists()


def test_a_preview_can_be_framed_by_us_and_do_nothing(owner_client: Client, world: World) -> None:
    answer = owner_client.get("/winery/settings/mails/sign_in_code/preview")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    page = owner_client.get("/winery/settings/mails/sign_in_code/")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
