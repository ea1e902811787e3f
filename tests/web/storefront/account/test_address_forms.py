"""Addresses as customers abroad and those who mistype know them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.customers.models import Address
from tirage.delivery.models import Destination, Zone
from tirage.storefront.frame.forms import AddressForm

NEW = "/account/addresses/new/"
SLIP = {
    "recipient": "Ana Alvarez",
    "line1": "400 Broad Street",
    "city": "Seatle",
    "state": "WA",
    "postal_code": "98109",
    "country": "US",
}


def test_a_slip_is_asked_about_and_what_is_meant_is_saved(shop: World, ana: Client) -> None:
    answer = ana.post(NEW, SLIP)
    assert answer.status_code == 422
    assert "ZIP 98109 is in Seattle. The address says Seatle." in words_of(answer)
    assert 'value="city=Seattle&amp;state=WA"' in answer.content.decode()
    ana.post(NEW, SLIP | {"meant": "city=Seattle&state=WA"})
    assert Address.objects.get(line1="400 Broad Street").city == "Seattle"


def test_what_was_typed_may_stay(shop: World, ana: Client) -> None:
    assert 'value="sure:US|Seatle|WA|98109"' in ana.post(NEW, SLIP).content.decode()
    ana.post(NEW, SLIP | {"meant": "sure:US|Seatle|WA|98109"})
    assert Address.objects.get(line1="400 Broad Street").city == "Seatle"


def test_a_state_that_is_not_the_zips_can_be_taken_over_and_never_stays(shop: World, ana: Client) -> None:
    answer = ana.post(NEW, SLIP | {"state": "OR", "city": "Seattle"})
    assert answer.status_code == 422 and "sure:" not in answer.content.decode()
    ana.post(NEW, SLIP | {"state": "OR", "city": "Seattle", "meant": "city=Seattle&state=WA"})
    assert Address.objects.get(line1="400 Broad Street").state == "WA"


def open_in(country: str) -> None:
    Destination.objects.create(
        country=country, state="", name=country, zone=Zone.objects.first(), is_open=True
    )


def test_the_fields_follow_the_country(shop: World, ana: Client) -> None:
    open_in("JP")
    typed = {"recipient": "Ana", "line1": "1-1 Chiyoda", "country": "JP", "act": "country"}
    answer = ana.post(NEW, typed)
    page = answer.content.decode()
    assert answer.status_code == 200 and not Address.objects.filter(country="JP").exists()
    assert "Prefecture" in page and "Postal code" in page and ">Tokyo</option>" in page
    assert 'value="1-1 Chiyoda"' in page
    ana.post(NEW, typed | {"act": "", "state": "Tokyo", "postal_code": "1000001", "city": "Chiyoda"})
    saved = Address.objects.get(country="JP")
    assert saved.one_line == "1-1 Chiyoda, Chiyoda, Tokyo, 100-0001, Japan"


@pytest.mark.parametrize(
    ("country", "labels"),
    [
        ("US", ["City", "State", "ZIP code"]),
        ("GB", ["Town or city", "Postcode"]),
        ("CA", ["City", "Province", "Postal code"]),
        ("JP", ["City (optional)", "Prefecture", "Postal code"]),
        ("SG", ["Postal code"]),
        ("IE", ["City", "County (optional)", "Eircode"]),
    ],
)
def test_labels_are_those_of_the_country(db: None, country: str, labels: list[str]) -> None:
    form = AddressForm(countries=[country])
    fields = [form[name] for name in ("city", "state", "postal_code")]
    assert [one.label for one in fields if not one.is_hidden] == labels


def shown_in(page: str) -> str:
    """What the form carries of what it showed."""
    found = re.search(r'name="shown" value="([^"]*)"', page)
    assert found
    return found[1]


def test_an_address_that_stands_may_move_abroad(shop: World, ana: Client) -> None:
    """Without JavaScript too: the button draws the fields of the country, with what was typed."""
    open_in("FR")
    path = f"/account/addresses/{shop.ana_home.reference}/"
    page = ana.get(path).content.decode()
    assert "Change country" in page
    typed = {"country": "FR", "recipient": "Ana", "city": "Beaune", "line1": "12 rue du Faubourg"}
    typed |= {"state": "CA", "postal_code": "21200", "shown": shown_in(page)}
    answer = ana.post(path, typed | {"act": "country"})
    drawn = answer.content.decode()
    assert answer.status_code == 200 and ">Postal code</label>" in drawn
    assert 'value="12 rue du Faubourg"' in drawn and ">State" not in drawn
    assert Address.objects.get(pk=shop.ana_home.pk).country == "US"
    assert ana.post(path, typed | {"state": "", "shown": shown_in(drawn)}).status_code == 302
    moved = Address.objects.get(pk=shop.ana_home.pk)
    assert moved.one_line == "12 rue du Faubourg, 21200 Beaune, France"


def test_a_state_of_another_country_is_asked_for_anew(shop: World, ana: Client) -> None:
    """Who changes the country and saves at once isn't told that WA is none of the choices."""
    open_in("CA")
    answer = ana.post(NEW, SLIP | {"country": "CA", "postal_code": "V6B 1A1"})
    words = words_of(answer)
    assert "Choose the province" in words and "none of the choices" not in words


@pytest.mark.parametrize("act", ["country", ""])
def test_a_number_written_as_at_home_stays_that_number_abroad(shop: World, ana: Client, act: str) -> None:
    """Whoever presses *Change country* first, or saves at once."""
    open_in("JP")
    typed = {"line1": "1-1 Chiyoda", "country": "JP", "country-was": "US", "phone": "(212) 555-0147"}
    typed |= {"state": "Tokyo", "postal_code": "1000001", "recipient": "Ken"}
    answer = ana.post(NEW, typed | {"act": act})
    if act:
        assert 'value="+1 212-555-0147"' in answer.content.decode()
        assert 'name="country-was" value="JP"' in answer.content.decode()
    else:
        assert Address.objects.get(country="JP").phone == "+12125550147"


def test_what_nobody_showed_rewrites_no_number(shop: World, ana: Client) -> None:
    ana.post(NEW, SLIP | {"city": "Seattle", "country-was": "ZZ", "phone": "(212) 555-0147"})
    assert Address.objects.get(line1="400 Broad Street").phone == "+12125550147"


def test_a_zip_alone_says_town_and_state(shop: World, ana: Client) -> None:
    """Without scripts, too; what was typed stands, and a ZIP that there isn't says nothing."""
    typed = {"recipient": "Ana Alvarez", "line1": "500 Broadway", "country": "US", "phone": "206 555 0114"}
    ana.post("/account/addresses/new/", {**typed, "postal_code": "98101"})
    made = shop.ana.addresses.latest("pk")
    assert (made.city, made.state, made.postal_code) == ("Seattle", "WA", "98101")
    refused = ana.post("/account/addresses/new/", {**typed, "postal_code": "98101", "state": "OR"})
    assert refused.status_code == 422, "what was typed is doubted, not changed"
    assert ana.post("/account/addresses/new/", {**typed, "postal_code": "00000"}).status_code == 422
