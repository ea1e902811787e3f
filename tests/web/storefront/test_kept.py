"""What a customer typed when the sign-in had ended waits for that customer, without cards, and for nobody else."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.web.addresses import addresses
from tests.web.storefront.conftest import signed_in_as
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.sealing import unseal_bytes
from tirage.customers.models import Customer, CustomerSession
from tirage.storefront.frame import identity, keeping

pytestmark = pytest.mark.django_db
NEW = "/account/addresses/new/"
TYPED = {
    "recipient": "Ana",
    "line1": "350 Fifth Avenue",
    "city": "New York",
    "card_number": "4242",
    "code": "1",
}


def lose(client: Client, path: str = NEW, data: dict[str, str] | None = None) -> str:
    """Sends a form when the sign-in has ended; the page that it is back at later."""
    CustomerSession.objects.all().delete()
    location = str(client.post(path, TYPED if data is None else data)["Location"])
    return parse_qs(urlsplit(location).query)["next"][0]


def come_back(client: Client, customer: Customer) -> None:
    client.cookies[identity.COOKIE] = signed_in_as(customer).cookies[identity.COOKIE].value


def page_of(client: Client, path: str = NEW) -> str:
    return client.get(path).content.decode()


def test_it_is_shown_once_to_the_same_customer(shop: World, ana: Client) -> None:
    page_of(ana)
    assert lose(ana) == NEW
    assert "with what you chose and typed" in page_of(ana, "/sign-in/")
    come_back(ana, shop.ana)
    assert "350 Fifth Avenue" not in page_of(ana, "/account/"), "on its own page only"
    assert "350 Fifth Avenue" in page_of(ana)
    assert "350 Fifth Avenue" not in page_of(ana), "once"


def test_nobody_else_gets_it(shop: World, ana: Client) -> None:
    page_of(ana)
    lose(ana)
    come_back(ana, shop.ben)
    assert "350 Fifth Avenue" not in page_of(ana)
    come_back(ana, shop.ana)
    assert "350 Fifth Avenue" not in page_of(ana), "it was forgotten then"


def test_of_a_stranger_nothing_is_kept(shop: World) -> None:
    stranger = Client()
    lose(stranger)
    assert keeping.COOKIE not in stranger.cookies


def test_it_is_sealed_and_holds_no_card_and_no_code(shop: World, ana: Client) -> None:
    page_of(ana)
    lose(ana)
    raw = ana.cookies[keeping.COOKIE].value
    assert "Fifth" not in raw and unseal_bytes(raw.encode())
    kept = keeping._unseal(raw)[1]
    assert {name for name, _ in kept} == {"recipient", "line1", "city"}


def test_it_is_forgotten_after_half_an_hour(
    shop: World, ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_of(ana)
    lose(ana)
    come_back(ana, shop.ana)
    later = read_clock() + timedelta(minutes=31)
    monkeypatch.setattr(identity, "read_clock", lambda: later)
    assert "350 Fifth Avenue" not in page_of(ana)


def test_a_cookie_that_was_made_up_is_nothing(shop: World, ana: Client) -> None:
    ana.cookies[keeping.COOKIE] = "gAAAAAB" + "A" * 200
    assert ana.get(NEW).status_code == 200
    assert Client().get("/sign-in/").status_code == 200


def test_of_a_form_that_no_cookie_holds_the_longest_text_stays_behind(shop: World, ana: Client) -> None:
    page_of(ana)
    long = "".join(chr(0x4E00 + n) for n in range(8000))
    lose(ana, data=TYPED | {"company": long})
    assert len(ana.cookies[keeping.COOKIE].value) <= keeping.MOST_LETTERS
    come_back(ana, shop.ana)
    page = page_of(ana)
    assert "350 Fifth Avenue" in page and "The longest text was too long to be kept" in page


def test_a_short_form_is_kept_whole(shop: World, ana: Client) -> None:
    page_of(ana)
    lose(ana)
    come_back(ana, shop.ana)
    assert "too long to be kept" not in page_of(ana)


def test_every_form_leads_back_to_a_page(shop: World, ana: Client) -> None:
    """An act can't be looked at: whoever sent it is back at the page that it stands on."""
    acts = []
    for address in addresses("storefront"):
        path = address.path.replace("<str:reference>", "NONE").replace("<str:digest>", "NONE")
        path = "/" + path.replace("<str:token>", "NONE").lstrip("/")
        if ana.get(path).status_code == 405:
            acts.append(path)
    assert len(acts) > 8
    for path in acts:
        stranger = Client()
        answer = stranger.post(path)
        if not str(answer.headers.get("Location", "")).startswith("/sign-in/"):
            continue
        back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
        assert ana.get(back).status_code != 405, f"{path} leads to {back}"
