"""Whoever tests cards is told to wait, with calm words, wherever a card can be given."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings

from tests.rooms.payments.owing import owing_order
from tests.web.conftest import client_of
from tests.web.storefront.conftest import signed_in_as
from tests.web.storefront.pages import form_of, take
from tests.world import World
from tirage.checkout.models import Cart
from tirage.core.clock import read_clock
from tirage.core.models import Try
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import card_link_url, make_pay_link, pay_link_url
from tirage.staff.states import Role

CARD = {"card_number": "4242 4242 4242 4242", "card_expiry": "04 / 39", "card_cvc": "123"}
WORDS = "so we wait before the next. Use a card that is saved, or try in"


@pytest.fixture(autouse=True)
def _tested(world_today: World) -> None:
    """Twenty cards were refused from this address in the last hour."""
    for number in range(20):
        Try.objects.create(
            kind="card",
            outcome="refused",
            customer_reference=f"CUS-{number}",
            network="203.0.113.7",
            at=read_clock(),
        )


def sent(world: World, where: str, **headers: str) -> Any:
    """A card given in one of the places, from the proxy's address."""
    now = read_clock()
    if where == "cards":
        return signed_in_as(world.ben).post("/account/cards/new/", CARD, headers=headers)
    order = owing_order(world, world.ben, now)
    if where == "card link":
        return signed_in_as(world.ben).post(card_link_url(world.ben, now), CARD, headers=headers)
    link = make_pay_link(
        order_id=order.pk, purpose="", amount=Money(50_00, "USD"), mail=False, actor=world.staff, now=now
    )
    form = {**CARD, "card": "new", "expected": "5000"}
    return signed_in_as(world.ben).post(pay_link_url(link), form, headers=headers)


@pytest.mark.parametrize("where", ["cards", "card link", "pay link"])
def test_a_new_card_waits_and_a_saved_one_is_there(
    world_today: World, settings: LazySettings, where: str
) -> None:
    settings.TIRAGE_TRUSTED_PROXIES = 1
    before = PaymentMethod.objects.count()
    answer = sent(world_today, where, **{"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 429 and WORDS in answer.content.decode()
    assert PaymentMethod.objects.count() == before


@pytest.mark.parametrize("where", ["cards", "card link", "pay link"])
def test_from_another_address_it_goes_on(world_today: World, settings: LazySettings, where: str) -> None:
    settings.TIRAGE_TRUSTED_PROXIES = 1
    # What the visitor wrote into the header proves nothing.
    answer = sent(world_today, where, **{"X-Forwarded-For": "203.0.113.7, 198.51.100.9"})
    assert answer.status_code == 302
    assert Try.objects.latest("id").network == "198.51.100.9"


def test_the_team_sees_what_was_refused_and_is_told_when_it_is_guessing(world_today: World) -> None:
    manager = client_of(Role.MANAGER)
    assert "is guessing" not in manager.get("/winery/").content.decode()
    page = manager.get("/winery/settings/security/").content.decode()
    assert "New cards" in page and "from 1 address" in page and "state-problem" not in page
    for number in range(5):
        Try.objects.create(kind="card", outcome="held", network=f"198.51.100.{number}", at=read_clock())
    home = manager.get("/winery/").content.decode()
    assert "Somebody is guessing, from many addresses: new cards. It is held off." in home
    assert "state-problem" in manager.get("/winery/settings/security/").content.decode()
    assert "is guessing" not in client_of(Role.HOSPITALITY).get("/winery/").content.decode()


def test_at_the_checkout_a_new_card_waits_and_the_saved_one_pays(
    world_today: World, settings: LazySettings
) -> None:
    settings.TIRAGE_TRUSTED_PROXIES = 1
    ana, here = signed_in_as(world_today.ana), {"X-Forwarded-For": "203.0.113.7"}
    take(ana, world_today, world_today.premier_offer, cabernet=2, chardonnay=3)
    fields = form_of(ana.get("/checkout/"), "/checkout/place/")
    held = ana.post("/checkout/place/", {**fields, **CARD, "card": "new"}, headers=here)
    assert held.status_code == 429 and WORDS in held.content.decode()
    assert not Order.objects.exists() and Cart.objects.get().pending_order_id is None
    saved = form_of(held, "/checkout/place/") | {"card": world_today.ana_card.reference}
    assert ana.post("/checkout/place/", saved, headers=here).headers["location"].endswith("/receipt/")
