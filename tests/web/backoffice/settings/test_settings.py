"""Settings: saved with a record, refused with words, and the team that can't lose its last owner."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.conftest import ClientAs, member_with
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
from tirage.delivery.models import Destination, Method, Rate, Zone
from tirage.notifications.models import MailText, SentMail
from tirage.notifications.values import data_of
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.parts.typefaces import PAIRS
from tirage.staff.models import StaffMember
from tirage.staff.states import Role


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
    ("name", "value"), [("charge_when", "x"), ("staff_change_hours", 0), ("pay_link_days", 61)]
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


# The team


def test_an_invitation_mails_a_link(owner_client: Client, world: World) -> None:
    owner_client.post(
        "/winery/settings/team/invite",
        {"email": "Hugo@Halcyon.example", "name": "Hugo", "role": "hospitality"},
    )
    hugo = StaffMember.objects.get(email="hugo@halcyon.example")
    assert not hugo.has_usable_password()
    assert hugo.role == "hospitality"
    queued = SentMail.objects.get()
    assert (queued.to, queued.kind) == ("hugo@halcyon.example", "staff_invitation")
    assert "/winery/sign-in/password/reset/key/" in data_of(queued, "url")
    assert Event.objects.get(name=EventName.STAFF_INVITED.value).actor_label == "Owner"


def test_the_same_address_twice_is_refused(owner_client: Client, world: World) -> None:
    answer = owner_client.post(
        "/winery/settings/team/invite", {"email": "olive@halcyon.example", "name": "Olive", "role": "owner"}
    )
    assert "is on the team already" in answer.content.decode()


def test_nobody_removes_the_last_owner(owner_client: Client, world: World) -> None:
    StaffMember.objects.filter(pk=world.owner.pk).delete()
    last = StaffMember.objects.get(role="owner")
    for values in ({"role": "manager", "is_active": "on"}, {"role": "owner"}):
        answer = owner_client.post(f"/winery/settings/team/{last.reference}/", {"name": last.name, **values})
        assert answer.status_code == 400
        assert "is the only owner" in answer.content.decode()
    last.refresh_from_db()
    assert (last.role, last.is_active) == ("owner", True)


def test_a_closed_sign_in_ends_the_sessions(client_as: ClientAs, owner_client: Client, world: World) -> None:
    manager = client_as(Role.MANAGER)
    assert manager.get("/winery/").status_code == 200
    member = StaffMember.objects.get(role="manager")
    owner_client.post(f"/winery/settings/team/{member.reference}/", {"name": "Max", "role": "manager"})
    assert manager.get("/winery/").status_code == 302
    assert (
        Event.objects.filter(name=EventName.STAFF_CHANGED.value)
        .get()
        .text.endswith("closed the sign-in of Max")
    )


def test_a_lost_telephone(owner_client: Client, world: World) -> None:
    member = member_with(Role.FULFILMENT)
    owner_client.post(f"/winery/settings/team/{member.reference}/second-factor")
    assert not member.authenticator_set.exists()  # type: ignore[attr-defined]


# Delivery


def test_a_destination_is_made_and_changed(owner_client: Client, world: World) -> None:
    values = {
        "country": "us",
        "state": "wa",
        "name": "Washington",
        "zone": "West",
        "is_open": "on",
        "tax_rate": "9.25",
    }
    owner_client.post("/winery/settings/delivery/places/new", values)
    washington = Destination.objects.get(state="WA")
    assert (washington.country, washington.tax_rate_ppm, washington.zone) == ("US", 92_500, world.west)
    owner_client.post("/winery/settings/delivery/places/US/WA/", values | {"tax_rate": "10", "is_open": ""})
    washington.refresh_from_db()
    assert (washington.tax_rate_ppm, washington.is_open) == (100_000, False)
    assert Event.objects.filter(name=EventName.DELIVERY_SAVED.value).count() == 2


def test_a_state_that_is_none_is_refused(owner_client: Client, world: World) -> None:
    answer = owner_client.post(
        "/winery/settings/delivery/places/new", {"country": "US", "state": "ZZ", "name": "Nowhere"}
    )
    assert answer.status_code == 400
    assert "state" in answer.context["form"].errors


def test_rates_are_a_grid(owner_client: Client, world: World) -> None:
    path = f"/winery/settings/delivery/methods/{world.overnight.reference}/rates"
    page = owner_client.get(path)
    assert [value for _, value in page.context["grid"].heads()] == ["3", "6", "12", "", ""]
    zones = page.context["grid"].zones
    east, west = zones.index(world.east), zones.index(world.west)
    values = {
        "columns": "2",
        "step-0": "6",
        "step-1": "12.5",
        f"price-{west}-0": "40",
        f"price-{east}-1": "99.50",
    }
    assert owner_client.post(path, values).status_code == 302
    found = Rate.objects.filter(method=world.overnight).order_by("up_to_milli")
    assert [(rate.zone, rate.up_to_milli, rate.price_minor) for rate in found] == [
        (world.west, 6_000, 40_00),
        (world.east, 12_500, 99_50),
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"step-0": "some", "price-0-0": "4"},
        {"step-0": "3", "price-0-0": "four"},
        {"step-0": "", "price-0-0": "4"},
        {"step-0": "3", "step-1": "3", "price-0-0": "4", "price-0-1": "5"},
        {"step-0": "-3", "price-0-0": "4"},
    ],
)
def test_rates_that_make_no_sense_are_refused(
    owner_client: Client, world: World, values: dict[str, str]
) -> None:
    path = f"/winery/settings/delivery/methods/{world.overnight.reference}/rates"
    before = Rate.objects.filter(method=world.overnight).count()
    answer = owner_client.post(path, {"columns": "2", **values})
    assert answer.status_code == 400
    assert Rate.objects.filter(method=world.overnight).count() == before


def test_a_method_says_which_special_addresses_it_takes_wine_to(owner_client: Client, world: World) -> None:
    values = {"name": "Boat", "kind": "ship", "visibility": "all", "position": "7", "is_active": "on"}
    owner_client.post("/winery/settings/delivery/methods/new", values | {"takes_po_boxes": "on"})
    boat = Method.objects.get(name="Boat")
    assert (boat.takes_po_boxes, boat.takes_military, boat.takes_territories) == (True, False, False)
    page = owner_client.get(f"/winery/settings/delivery/methods/{boat.reference}/").content.decode()
    assert "Delivers to military addresses" in page


def test_a_method_with_a_place_it_does_not_reach(owner_client: Client, world: World) -> None:
    values = {
        "name": "Courier",
        "kind": "ship",
        "visibility": "staff",
        "position": "7",
        "is_active": "on",
        "closed": ["US-FL"],
    }
    owner_client.post("/winery/settings/delivery/methods/new", values)
    courier = Method.objects.get(name="Courier")
    assert list(courier.closed_destinations.all()) == [world.florida]
    answer = owner_client.post(
        "/winery/settings/delivery/methods/new", values | {"name": "Cellar", "kind": "pickup"}
    )
    assert "handover" in answer.context["form"].errors


def test_a_method_that_orders_use_stays(owner_client: Client, world: World) -> None:
    Order.objects.create(customer=world.ana, currency="USD", made_at=world.now, method=world.ground)
    path = f"/winery/settings/delivery/methods/{world.ground.reference}/remove"
    answer = owner_client.post(path, follow=True)
    assert "Orders use this method" in answer.content.decode()
    assert Method.objects.filter(pk=world.ground.pk).exists()


@pytest.mark.parametrize("table", ["destinations", "rates"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_can_be_imported(owner_client: Client, world: World, table: str, kind: str) -> None:
    answer = owner_client.get(f"/winery/settings/delivery/export/{table}.{kind}")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    before = (
        list(Destination.objects.order_by("pk").values()),
        list(
            Rate.objects.order_by("method", "zone", "up_to_milli").values_list(
                "method", "zone", "up_to_milli", "price_minor"
            )
        ),
    )
    Rate.objects.filter(zone=world.east).update(price_minor=1)
    Destination.objects.update(tax_rate_ppm=1)
    if table == "rates":
        Destination.objects.update(tax_rate_ppm=0)
    file = io.BytesIO(data)
    file.name = f"{table}.{kind}"
    answer = owner_client.post(f"/winery/settings/delivery/import/{table}", {"file": file})
    assert answer.status_code == 302, answer.context["read"]
    if table == "destinations":
        assert list(Destination.objects.order_by("pk").values()) == before[0]
    else:
        after = Rate.objects.order_by("method", "zone", "up_to_milli").values_list(
            "method", "zone", "up_to_milli", "price_minor"
        )
        assert list(after) == before[1]


def test_an_import_takes_all_rows_or_none_and_names_the_bad_ones(owner_client: Client, world: World) -> None:
    text = (
        "Country;State;Name;Zone;Open;Tax\nUS;WA;Washington;North;yes;9.5\n"
        "US;ZZ;Nowhere;;yes;1\nUS;NV;Nevada;;perhaps;x\n"
    )
    file = SimpleUploadedFile("places.csv", text.encode())
    page = owner_client.post("/winery/settings/delivery/import/destinations", {"file": file}).content.decode()
    assert "Row 4, Open" in page
    assert "Row 4, Sales tax %" in page
    file = SimpleUploadedFile("places.csv", text.replace("perhaps;x", "no;").encode())
    page = owner_client.post("/winery/settings/delivery/import/destinations", {"file": file}).content.decode()
    assert "Row 3" in page
    assert not Destination.objects.filter(state__in=["WA", "NV"]).exists()
    assert not Zone.objects.filter(name="North").exists()


def test_rates_for_an_unknown_method_are_refused(owner_client: Client, world: World) -> None:
    file = SimpleUploadedFile("rates.csv", b"Method,Zone,Up to bottles,Price\nDrone,West,3,10\n")
    page = owner_client.post("/winery/settings/delivery/import/rates", {"file": file}).content.decode()
    assert "There is no method Drone." in page
