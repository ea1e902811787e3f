"""From a stranger's form to a place in a group, page by page."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from tests.web.storefront.conftest import signed_in_as
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.joining.models import SignUp, WaitingPlace
from tirage.joining.waiting import invite_from_line
from tirage.notifications.models import SentMail
from tirage.notifications.tasks import send_mail

TYPED = {
    "first_name": "Zoe",
    "last_name": "Zander",
    "email": "zoe@example.com",
    "agrees": "on",
    "website": "",
}


def opened(mode: str) -> None:
    Winery.objects.update(sign_up=mode)
    forget_winery()


def mailed_path() -> str:
    """Where the button of the newest mail leads."""
    send_mail.call(SentMail.objects.latest("pk").pk)
    found = re.search(r"https?://[^/\s\"]+(/(?:join|in|sign-in)/[^\s\"<)]+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)


def test_from_the_form_into_line_and_into_a_group(client: Client, world_today: World) -> None:
    opened("waiting")
    assert "Join the waiting list" in client.get("/").content.decode()
    assert client.post("/join/?from=Harvest+fair", TYPED).headers["Location"] == "/join/asked/"
    path = mailed_path()
    assert "Put me on the list" in client.get(path).content.decode()
    assert not Customer.objects.filter(email="zoe@example.com").exists(), "scanners open links too"
    assert client.post(path).headers["Location"] == "/waiting/"
    page = client.get("/waiting/").content.decode()
    assert "number 1" in page and "can’t say yet" in page
    zoe = Customer.objects.get(email="zoe@example.com")
    assert zoe.source == "Harvest fair" and zoe.marketing_consent_at is not None
    client.post("/adult/", {"answer": "yes"})
    assert "Your place in line" in client.get("/offer/").content.decode()

    invite_from_line(
        place_reference=WaitingPlace.objects.get().reference,
        group_reference=world_today.estate.reference,
        days=14,
        actor=world_today.staff,
        now=read_clock(),
    )
    other_device = Client()
    came = other_device.get(mailed_path())
    assert came.headers["Location"] == "/waiting/"
    assert "There is a place for you" in other_device.get("/waiting/").content.decode()
    assert other_device.post("/waiting/accept").headers["Location"] == "/offer/"
    assert zoe.memberships.get().group == world_today.estate


@pytest.mark.parametrize("is_open", [True, False])
def test_the_offer_of_the_group_that_new_customers_join_greets_them(
    client: Client, world_today: World, is_open: bool
) -> None:
    opened("list")
    if not is_open:
        world_today.welcome_offer.delete()
    client.post("/join/", TYPED)
    greeted = client.post(mailed_path(), follow=True)
    assert greeted.redirect_chain[-1][0] == "/adult/?next=%2Foffer%2F", "once, before any wine"
    words = "You are on our list, and wines are offered to you already."
    assert "Welcome, Zoe." in greeted.content.decode()
    assert (words in greeted.content.decode()) is is_open
    answer = {"next": "/offer/", "answer": "yes"}
    page = client.post("/adult/", answer, follow=True).content.decode()
    assert ("Ridge Chardonnay" in page) is is_open


def test_no_thank_you(client: Client, world_today: World) -> None:
    opened("waiting")
    client.post("/join/", TYPED)
    client.post(mailed_path())
    client.post("/waiting/leave")
    assert WaitingPlace.objects.get().state == "left"
    assert "You are not in line" in client.get("/waiting/").content.decode()


def test_every_mailbox_gets_the_same_answer(client: Client, world_today: World) -> None:
    opened("list")
    answers = set()
    for email in ("zoe@example.com", world_today.ana.email, world_today.dora.email):
        answer = client.post("/join/", TYPED | {"email": email})
        answers.add((answer.status_code, answer.headers["Location"]))
    assert len(answers) == 1
    kinds = list(SentMail.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["sign_up", "sign_in_code"], "a suspended customer gets none"


def test_programs_fill_what_people_do_not_see(client: Client, world_today: World) -> None:
    opened("list")
    answer = client.post("/join/", TYPED | {"website": "https://spam.example"})
    assert answer.headers["Location"] == "/join/asked/"
    assert not SignUp.objects.exists() and not SentMail.objects.exists()


def test_what_is_missing_is_said(client: Client, world_today: World) -> None:
    opened("list")
    answer = client.post("/join/", TYPED | {"email": "zoe@", "first_name": ""})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Please tell us your first name." in page and "zoe@" in page
    for _ in range(3):
        client.post("/join/", TYPED)
    assert client.post("/join/", TYPED).status_code == 429


def test_a_full_list_says_so(client: Client, world_today: World) -> None:
    opened("closed")
    assert "Join the" not in client.get("/").content.decode()
    assert "Our list is full" in client.get("/join/").content.decode()
    client.post("/join/", TYPED)
    assert not SignUp.objects.exists()


@pytest.mark.parametrize("shown", [True, False])
def test_the_number_is_told_if_the_winery_wants_it(world_today: World, shown: bool) -> None:
    opened("waiting")
    Winery.objects.update(place_shown=shown)
    forget_winery()
    visitor = Client()
    visitor.post("/join/", TYPED)
    visitor.post(mailed_path())
    assert ("number 1" in visitor.get("/waiting/").content.decode()) is shown


def test_an_invitation_is_nobody_elses(world_today: World) -> None:
    opened("waiting")
    visitor = Client()
    visitor.post("/join/", TYPED)
    visitor.post(mailed_path())
    place = WaitingPlace.objects.get()
    invite_from_line(
        place_reference=place.reference,
        group_reference=world_today.premier.reference,
        days=14,
        actor=world_today.staff,
        now=read_clock(),
    )
    ben = signed_in_as(world_today.ben)
    assert ben.post("/waiting/accept").headers["Location"] == "/waiting/"
    place.refresh_from_db()
    assert (
        place.state == "invited"
        and not world_today.ben.memberships.filter(group=world_today.premier).exists()
    )
