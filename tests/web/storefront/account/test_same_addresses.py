"""A customer makes one of two addresses that look the same, and undoes it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.customers.models import Address

SAME = "/account/addresses/same/"


@pytest.fixture
def twin(shop: World) -> Address:
    home = shop.ana_home
    names = ("recipient", "line2", "city", "state", "country")
    parts = {name: getattr(home, name) for name in names}
    plus = f"{home.postal_code}-1234"
    return Address.objects.create(customer=shop.ana, line1=home.line1.upper(), postal_code=plus, **parts)


def test_nothing_is_said_where_no_two_look_the_same(shop: World, ana: Client) -> None:
    assert "look the same" not in words_of(ana.get("/account/addresses/"))
    assert "No two of your addresses look the same." in words_of(ana.get(SAME))


def test_a_pair_is_shown_made_one_and_parted_again(shop: World, ana: Client, twin: Address) -> None:
    assert "Two of your addresses look the same." in words_of(ana.get("/account/addresses/"))
    page = ana.get(SAME)
    assert "Takes over the longer ZIP of the other one" in words_of(page)
    proposed = re.findall(r'name="pair"[^>]*value="([^"]*)" checked', page.content.decode())
    assert proposed == [f"{shop.ana_home.reference} {twin.reference}"]
    done = ana.post(SAME, {"pair": proposed[0]}, follow=True)
    assert "The two addresses are one." in words_of(done) and "look the same" not in words_of(done)
    assert Address.objects.get(pk=shop.ana_home.pk).postal_code.endswith("-1234")
    assert "It is back as it was." in words_of(
        ana.post(f"/account/addresses/{twin.reference}/restore/", follow=True)
    )
    assert Address.objects.get(pk=twin.pk).removed_at is None


@pytest.mark.parametrize("pair", ["", "x", "ADR-NONE ADR-NOTHING", "a a", "a" * 500])
def test_whatever_else_is_sent_changes_nothing(shop: World, ana: Client, twin: Address, pair: str) -> None:
    assert ana.post(SAME, {"pair": pair}).status_code == 302
    assert Address.objects.get(pk=twin.pk).removed_at is None


def test_a_neighbours_address_is_never_made_ones_own(shop: World, ana: Client, twin: Address) -> None:
    ana.post(SAME, {"pair": f"{twin.reference} {shop.ben_home.reference}"})
    assert Address.objects.get(pk=shop.ben_home.pk).removed_at is None
