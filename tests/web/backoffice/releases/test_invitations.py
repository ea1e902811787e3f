"""Inviting an offer's group from its page, and the links for a mail tool."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.customers.models import Customer, Membership
from tirage.notifications.models import InvitationRun, SentMail
from tirage.notifications.tasks import invite_group
from tirage.offers.models import Offer
from tirage.staff.states import Role


@pytest.fixture
def place(world_today: World) -> str:
    """The invitation page of Estate's offer; Ben may be written to, Dora is suspended."""
    Customer.objects.update(marketing_consent_at=read_clock())
    return f"/winery/releases/offers/{world_today.estate_offer.reference}/invitations/"


def test_preview_run_progress_result(owner_client: Client, place: str) -> None:
    page = words_of(owner_client.get(place))
    assert "Invite 1 customer" in page and "1 suspended" in page
    assert owner_client.post(place).status_code == 302
    run = InvitationRun.objects.get()
    assert "Waiting for its turn" in words_of(owner_client.get(place))
    assert "0 of 1" in words_of(owner_client.get(place + "progress/"))
    invite_group.call(run.reference)
    assert owner_client.get(place + "progress/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = words_of(owner_client.get(place))
    assert "1 mail was queued." in page
    assert "Everybody who may be written to is invited." in page
    assert [mail.customer and mail.customer.first_name for mail in SentMail.objects.all()] == ["Ben"]


def test_a_draft_invites_nobody(owner_client: Client, place: str, world_today: World) -> None:
    Offer.objects.filter(pk=world_today.estate_offer.pk).update(is_active=False)
    assert "Open the offer first" in words_of(owner_client.get(place))
    assert "Open the offer first" in words_of(owner_client.post(place, follow=True))
    assert not InvitationRun.objects.exists()
    assert owner_client.get(place + "links.csv").status_code == 302


def test_who_may_only_look_can_not_invite(client_as: ClientAs, place: str) -> None:
    looking = client_as(Role.HOSPITALITY)
    assert "Invite 1 customer" not in words_of(looking.get(place))
    assert looking.post(place).status_code == 403
    assert looking.get(place + "links.csv").status_code == 403
    assert not InvitationRun.objects.exists()


def test_the_links_for_a_mail_tool(owner_client: Client, place: str) -> None:
    answer = owner_client.get(place + "links.csv")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["first_name"] for row in rows] == ["Ben"]
    assert Event.objects.filter(name=EventName.EXPORT_MADE.value, subject_kind="offer").count() == 1
    shop = Client()
    path = "/in/" + rows[0]["link"].partition("/in/")[2]
    assert shop.get(path)["Location"] == "/offer/"
    assert shop.get("/orders/").status_code == 200


def test_some_of_the_group_are_invited_by_a_filter(
    owner_client: Client, place: str, world_today: World
) -> None:
    ava = Customer.objects.create(
        email="ava@example.com",
        first_name="Ava",
        marketing_consent_at=read_clock(),
        signed_up_at=read_clock(),
        source="tasting room",
    )
    Membership.objects.create(
        customer=ava, group=world_today.estate, kind=world_today.estate.kind, since=read_clock()
    )
    text = "source(source:tasting room)"
    page = owner_client.get(place, {"filter": text})
    words = words_of(page)
    assert "Everybody of Estate who came by tasting room." in words and "Invite 1 customer" in words
    assert page.context["figures"].others == 2
    links = owner_client.get(place + "links.csv", {"filter": text})
    body = b"".join(links.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [row["first_name"] for row in csv.DictReader(io.StringIO(body))] == ["Ava"]
    assert owner_client.post(place, {"filter": text}).status_code == 302
    assert "as it was when this began" in words_of(owner_client.get(place))
    invite_group.call(InvitationRun.objects.get().reference)
    assert [mail.customer and mail.customer.first_name for mail in SentMail.objects.all()] == ["Ava"]
    again = owner_client.post(place, {"filter": text}, follow=True)
    assert "nobody can be invited" in words_of(again) and again.redirect_chain[-1][0].endswith(
        "?filter=source(source:tasting%20room)"
    )
    unread = owner_client.get(place, {"filter": "source("})
    assert "can’t be read" in words_of(unread) and "Invite 1 customer" not in words_of(unread)
    assert owner_client.get(place + "links.csv", {"filter": "source("}).status_code == 302


def test_at_a_time_and_in_waves(owner_client: Client, place: str) -> None:
    assert owner_client.post(place, {"size": "1"}, follow=True).status_code == 200
    assert not InvitationRun.objects.exists(), "waves need both"
    soon = local_time(read_clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page = words_of(owner_client.post(place, {"at": soon, "size": "1", "minutes": "30"}, follow=True))
    assert "You planned 1 invitation" in page and "1 customer will be invited" in page
    assert "1 at a time, 30 minutes apart" in page
    assert InvitationRun.objects.get().state == "waiting"
    owner_client.post(place + "stop")
    assert InvitationRun.objects.get().state == "stopped"
