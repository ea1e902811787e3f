"""Reminders of a release, the mails of an offer as members get them, the printed offer."""

from __future__ import annotations

import re

import pytest
from django.core import mail as outbox
from django.test import Client

from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications.models import SentMail
from tirage.notifications.reminder_models import Reminder, ReminderPlan
from tirage.notifications.reminding import send_due_reminders
from tirage.offers.models import CustomAllowance
from tirage.staff.states import Role


@pytest.fixture
def release(world_today: World) -> World:
    Customer.objects.update(marketing_consent_at=read_clock())
    return world_today


def test_switching_on_says_whom_it_reaches(owner_client: Client, client_as: ClientAs, release: World) -> None:
    place = f"/winery/releases/{release.release.reference}/reminders/"
    page = words_of(owner_client.get(place))
    assert "2 customers would be if it were time now" in page and "0 customers were reminded" in page
    sent = {"not_yet": "on", "not_yet_hours": "1", "cart_hours": "3", "last_day_hours": "24"}
    assert client_as(Role.READ_ONLY).post(place, sent).status_code == 403
    assert owner_client.post(place, {**sent, "cart_hours": "0"}).status_code == 200
    assert not ReminderPlan.objects.exists(), "refused with what to do"
    assert owner_client.post(place, sent).status_code == 302
    assert send_due_reminders(now=read_clock()) == 2
    assert "2 customers were reminded so far. 0 customers would be" in words_of(owner_client.get(place))
    assert Reminder.objects.count() == 2


@pytest.mark.parametrize(
    "kind", ["offer_invitation", "reminder_not_yet", "reminder_cart", "reminder_last_day"]
)
def test_a_mail_as_a_member_gets_it(owner_client: Client, release: World, kind: str) -> None:
    place = f"/winery/releases/offers/{release.estate_offer.reference}/mails/{kind}/"
    page = words_of(owner_client.get(place))
    assert "For Ben" in page
    body = owner_client.get(f"{place}body?customer={release.ana.reference}").content.decode()
    assert "Dear Ana" in body
    assert "/in/" not in body and "campaign" not in body, "nobody signs in by a preview"
    assert owner_client.post(place, {"customer": release.ana.reference}).status_code == 302
    (letter,) = outbox.outbox
    assert letter.to == ["owner@halcyon.example"] and "Dear Ana" in str(letter.body)
    assert not SentMail.objects.exists(), "nothing is queued for the customer"


def test_an_unknown_customer_and_mail(owner_client: Client, release: World) -> None:
    place = f"/winery/releases/offers/{release.estate_offer.reference}/mails/"
    page = owner_client.get(f"{place}reminder_cart/?customer=nobody", follow=True)
    assert "No customer has this" in words_of(page)
    assert owner_client.get(f"{place}sign_in_code/").status_code == 404


def test_who_is_left_out_of_an_invitation_is_a_list(owner_client: Client, release: World) -> None:
    SentMail.objects.create(
        customer=release.ben,
        kind="wish_made",
        due_at=read_clock(),
        ended="refused",
        refused_by=release.ben.email,
    )
    html = owner_client.get(
        f"/winery/releases/offers/{release.estate_offer.reference}/invitations/"
    ).content.decode()
    for words, name in (
        ("1 suspended", release.dora.name),
        ("1 with an address that bounced", release.ben.name),
    ):
        href = html.rpartition(f'">{words}</a>')[0].rpartition('href="')[2].replace("&amp;", "&")
        assert name in words_of(owner_client.get(href))


def maximum_of(world: World, page: str) -> str:
    """What stands beside the Cabernet on a printed offer."""
    row = re.search(rf"{re.escape(str(world.cabernet))}.*?\$120\.00 (\d+)", page)
    assert row, page
    return row[1]


def test_an_offer_prints_with_a_customers_own_allowances(owner_client: Client, release: World) -> None:
    item = release.item(release.premier_offer, release.cabernet)
    CustomAllowance.objects.create(customer=release.ana, offer_item=item, purchase_maximum=11)
    place = f"/winery/releases/offers/{release.premier_offer.reference}/print/"
    assert maximum_of(release, words_of(owner_client.get(place))) == "6"
    page = words_of(owner_client.get(f"{place}?customer={release.ana.email}"))
    assert "For Ana Alvarez" in page and maximum_of(release, page) == "11"
    assert "Nobody has this" in words_of(owner_client.get(f"{place}?customer=nobody"))
