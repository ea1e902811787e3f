"""Bottles set aside for a customer: the page, the checkout that stays with them, and what the other pages say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.wishes.granting import shared, wished, worked
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import counted, form_of, words_of
from tests.world import World
from tirage.checkout.models import Cart
from tirage.checkout.operations.setting_aside import end_set_aside
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.staff.states import Role
from tirage.wishes.models import Wish


@pytest.fixture
def cart(shop: World) -> Cart:
    """Two of the three Cabernets that Ana requested, in an offer that has closed since."""
    wished(shop, shop.ana, shop.premier_offer, shop.cabernet, 3, kind="request", agreed_at=None)
    Offer.objects.update(closes_at=read_clock() - timedelta(minutes=1))
    worked(shop, shared(shop, {shop.cabernet: 2}), read_clock())
    return Cart.objects.get(kept_until__isnull=False)


def test_the_other_pages_lead_to_it(cart: Cart, ana: Client, ben: Client) -> None:
    address = f"/set-aside/{cart.reference}/"
    for page in ("/offer/", "/wishes/"):
        assert address in ana.get(page).content.decode()
    assert "2 bottles are set aside for you until" in words_of(ana.get("/wishes/"))
    assert "Withdraw" not in words_of(ana.get("/wishes/")), "it is answered by buying it, or letting it go"
    assert address not in ben.get("/offer/").content.decode()
    assert ben.get(address).status_code == ben.post(address, {"act": "let_go"}).status_code == 404


def test_it_is_bought_by_the_page_and_its_checkout(shop: World, cart: Cart, ana: Client) -> None:
    page = ana.get(f"/set-aside/{cart.reference}/")
    item = shop.item(shop.premier_offer, shop.cabernet)
    refused = ana.post(f"/set-aside/{cart.reference}/", {f"bottles_{item.pk}": "3", "act": "buy"})
    assert refused.status_code == 422 and "2 are set aside for you" in words_of(refused)
    sent = ana.post(f"/set-aside/{cart.reference}/", form_of(page, f"/set-aside/{cart.reference}/"))
    assert sent.headers["location"] == f"/checkout/?aside={cart.reference}"
    checkout = ana.get(sent.headers["location"])
    assert "Empty cart" not in words_of(checkout) and "2 bottles" in words_of(checkout)
    placed = ana.post("/checkout/place/", form_of(checkout, "/checkout/place/"))
    assert "/orders/" in placed.headers["location"] and Order.objects.get().balance_minor == 0
    assert "No longer set aside" in words_of(ana.get(f"/checkout/?aside={cart.reference}"))
    assert "bought on" in words_of(ana.get("/wishes/"))


def test_a_declined_card_stays_with_these_bottles(cart: Cart, ana: Client) -> None:
    TestCard.objects.update(behaviour=Behaviour.CARD_DECLINED.value)
    form = form_of(ana.get(f"/checkout/?aside={cart.reference}"), "/checkout/place/")
    declined = ana.post("/checkout/place/", form)
    assert declined.status_code == 402 and cart.reference in declined.content.decode()
    until = words_of(ana.get(f"/set-aside/{cart.reference}/")).partition(" until ")[2][:11]
    assert f"Your bottles are still yours until {until}" in words_of(declined)
    TestCard.objects.update(behaviour=Behaviour.SUCCEEDS.value)
    same_card = form_of(declined, "/checkout/place/") | {"card": form["card"]}
    again = ana.post("/checkout/place/", same_card)
    assert "/orders/" in again.headers["location"]


def test_a_banks_page_comes_back_to_them(cart: Cart, ana: Client) -> None:
    TestCard.objects.update(behaviour=Behaviour.AUTHENTICATES_ALWAYS.value)
    form = form_of(ana.get(f"/checkout/?aside={cart.reference}"), "/checkout/place/")
    ana.post("/checkout/place/", form)
    waiting = ana.get(f"/checkout/?aside={cart.reference}", follow=True)
    assert f"?aside={cart.reference}" in waiting.redirect_chain[0][0]
    assert "You are paying for these bottles" in words_of(ana.get(f"/set-aside/{cart.reference}/"))
    order = Order.objects.get()
    payment = order.payments.get()
    back = form_of(waiting, f"/checkout/return/{payment.reference}/give-up/")
    given_up = ana.post(f"/checkout/return/{payment.reference}/give-up/", back)
    assert given_up.headers["location"].endswith(f"aside={cart.reference}")
    assert "2 bottles" in words_of(ana.get(given_up.headers["location"]))


def test_they_may_go(cart: Cart, ana: Client) -> None:
    gone = ana.post(f"/set-aside/{cart.reference}/", {"act": "let_go"})
    assert gone.headers["location"] == "/wishes/" and Wish.objects.get().state == "withdrawn"
    over = ana.post(f"/set-aside/{cart.reference}/", {"act": "let_go"})
    assert over.status_code == 422 and "No longer set aside" in words_of(over)


def test_when_the_time_is_over_the_pages_say_so(cart: Cart, ana: Client) -> None:
    Cart.objects.update(kept_until=read_clock() - timedelta(seconds=1))
    end_set_aside(now=read_clock())
    assert "No longer set aside" in words_of(ana.get(f"/set-aside/{cart.reference}/"))
    assert f"/set-aside/{cart.reference}/" not in ana.get("/offer/").content.decode()
    said = words_of(ana.get("/wishes/"))
    assert "It was set aside for you; that time is over." in said and "Withdraw" in said


def test_the_black_box_says_what_was_set_aside_and_what_was_pressed(
    shop: World, cart: Cart, ana: Client, client_as: ClientAs
) -> None:
    looking, asked = client_as(Role.READ_ONLY), {"customer": shop.ana.email}
    item = shop.item(shop.premier_offer, shop.cabernet)
    ana.post(f"/set-aside/{cart.reference}/", {f"bottles_{item.pk}": "3", "act": "buy"})
    page = words_of(looking.get("/winery/customers/black-box/", asked))
    assert "saw the bottles that were set aside for them" in page and "3 of 2" in page
    assert "Buy what is set aside : 3 × Estate Cabernet" in page and "Refused: “" in page
    assert "Free for them" not in page, "this page doesn't know what is free"
    ana.get("/wishes/")
    page = words_of(looking.get("/winery/customers/black-box/", asked))
    assert "saw all their wishes" in page and "Yours to buy" in page
    ana.post(f"/set-aside/{cart.reference}/", {"act": "let_go"})
    assert "Let go of what is set aside" in words_of(looking.get("/winery/customers/black-box/", asked))


def test_the_black_box_says_what_became_of_a_wish(shop: World, ana: Client, client_as: ClientAs) -> None:
    wish = wished(shop, shop.ana, shop.premier_offer, shop.cabernet, 3)
    with counted() as looking:
        ana.get("/wishes/")
    assert not [sent for sent in looking if "checkout_recording" in sent]
    ana.post("/wishes/", {f"wish_{wish.offer_item_id}": "2", "agreed": "1"})
    ana.post("/wishes/", {"withdraw": wish.reference})
    page = words_of(
        client_as(Role.READ_ONLY).get("/winery/customers/black-box/", {"customer": shop.ana.email})
    )
    assert "Change a wish ; wishing 2 × Estate Cabernet" in page and "“Your wish is changed.”" in page
    assert "Withdraw a wish" in page and "“Your wish is withdrawn.”" in page
