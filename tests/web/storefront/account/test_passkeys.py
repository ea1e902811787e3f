"""Passkeys as a browser meets them: the question, the cookie that it comes with, the page of keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.passkeys import SoftDevice
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import WrongTries
from tirage.customers.models import Passkey
from tirage.customers.operations import sign_out_everywhere

HERE = "http://localhost:8000"
MAKE, ENTER = "/account/passkeys/", "/sign-in/passkey/"


@pytest.fixture(autouse=True)
def at_home(settings: LazySettings) -> None:
    settings.SITE_URL = HERE
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]


def here(client: Client) -> Client:
    client.defaults["HTTP_HOST"] = "localhost:8000"
    return client


def make(client: Client, device: SoftDevice, name: str = "My phone") -> Any:
    question = client.get(MAKE + "question/").json()
    return client.post(MAKE, {"name": name, "passkey": device.make(question)})


def enter(client: Client, device: SoftDevice, **more: str) -> Any:
    question = client.get(ENTER).json()
    return client.post(ENTER, {"passkey": device.sign(question), **more})


def test_made_in_the_account_and_used_at_the_door(shop: World, ana: Client) -> None:
    device = SoftDevice(HERE)
    assert "/js/passkey.js" in here(ana).get(MAKE).content.decode()
    assert make(ana, device).status_code == 302
    assert "“My phone” signs you in" in ana.get(MAKE).content.decode()
    stranger = here(Client())
    assert "Sign in with a passkey" in stranger.get("/sign-in/").content.decode()
    answer = enter(stranger, device, next="/orders/")
    assert answer.headers["location"] == "/orders/" and stranger.get("/orders/").status_code == 200
    assert not WrongTries.objects.exists()


def test_the_question_stays_with_its_browser(shop: World, ana: Client) -> None:
    device = SoftDevice(HERE)
    make(here(ana), device)
    one, other = here(Client()), here(Client())
    question = one.get(ENTER).json()
    cookie = one.cookies["tirage_question"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", ENTER)
    answer = other.post(ENTER, {"passkey": device.sign(question)})
    assert answer.status_code == 422 and "doesn’t open this shop" in answer.content.decode()
    assert other.get("/orders/").status_code == 302


def test_what_the_door_asked_makes_no_key(shop: World, ana: Client) -> None:
    device, client = SoftDevice(HERE), here(ana)
    question = client.get(ENTER).json()
    client.cookies["tirage_question"] = client.cookies["tirage_question"].value
    made = device.make(
        {"publicKey": {"rp": {"id": "localhost"}, "challenge": question["publicKey"]["challenge"]}}
    )
    assert client.post(MAKE, {"name": "x", "passkey": made}).status_code == 422
    assert not Passkey.objects.exists()


def test_somewhere_else_nothing_is_offered(shop: World, ana: Client) -> None:
    assert "Passkeys don’t work at this address" in ana.get(MAKE).content.decode()
    assert "passkey" not in Client().get("/sign-in/").content.decode()


def test_a_neighbours_key_isnt_found(shop: World, ana: Client, ben: Client) -> None:
    make(here(ana), SoftDevice(HERE))
    reference = Passkey.objects.get().reference
    for path in (f"{MAKE}{reference}/", f"{MAKE}{reference}/remove/"):
        assert ben.post(path, {"name": "Mine"}).status_code == 404
    assert Passkey.objects.get().name == "My phone"
    assert ben.get(MAKE).content.decode().count("My phone") == 0


def test_renamed_removed_and_ended_with_everything(shop: World, ana: Client) -> None:
    device = SoftDevice(HERE)
    make(here(ana), device)
    reference = Passkey.objects.get().reference
    refused = ana.post(f"{MAKE}{reference}/", {"name": " "})
    assert refused.status_code == 422 and 'href="#id_name"' in refused.content.decode()
    ana.post(f"{MAKE}{reference}/", {"name": "Desk"})
    assert "Rename Desk" in ana.get(MAKE).content.decode()
    assert (
        "opens nothing here any more" in ana.post(f"{MAKE}{reference}/remove/", follow=True).content.decode()
    )
    assert enter(here(Client()), device).status_code == 422
    make(ana, other := SoftDevice(HERE))
    sign_out_everywhere(customer=shop.ana, actor=shop.staff, now=read_clock())
    assert enter(here(Client()), other).status_code == 422


def test_many_wrong_ones_wait(shop: World, ana: Client) -> None:
    stranger = here(Client())
    answers = [enter(stranger, SoftDevice(HERE)) for _ in range(4)]
    assert [one.status_code for one in answers] == [422, 422, 422, 429]
    assert "Retry-After" in answers[-1].headers and "Try again in 5 seconds" in answers[-1].content.decode()


def test_the_page_of_the_door_has_no_statement_more(shop: World, django_assert_max_num_queries: Any) -> None:
    stranger = here(Client())
    stranger.get("/sign-in/")
    with django_assert_max_num_queries(1):
        stranger.get(ENTER)
