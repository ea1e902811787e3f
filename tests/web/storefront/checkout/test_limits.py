"""A customer over the limit of a place: told while choosing, without a button at the checkout, and what to do."""

from __future__ import annotations

import pytest
from django.db.models import Sum
from django.test import Client

from tests.rooms.delivery.limiting import limited
from tests.web.storefront.pages import counted, form_of, take, words_of
from tests.world import World, build_world
from tirage.checkout.models import Cart
from tirage.core.clock import read_clock
from tirage.delivery.models import VolumeLimit
from tirage.orders.models import Order, OrderLine

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)
LAW = "California takes at most 4 bottles for one person in one order"


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def held(shop: World, ana: Client) -> Client:
    """Ana with five bottles in her cart."""
    take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    return ana


def test_over_the_limit_there_is_a_reason_and_no_button(shop: World, held: Client) -> None:
    form = form_of(held.get("/checkout/"), "/checkout/place/")
    limited(shop.california, 4, period="order")
    page = held.get("/checkout/")
    words = words_of(page)
    assert f"{LAW}. What you can do Take 2 bottles now, keep 3" in words
    assert "Place order" not in words
    answer = held.post("/checkout/place/", form)
    assert LAW in words_of(answer) and not Order.objects.exists(), "a page from before is told too"
    elsewhere = held.post(
        "/checkout/",
        {"act": "update", "address": shop.ana_brooklyn.reference, "method": shop.ground.reference},
    )
    assert "Place order" in words_of(elsewhere) and LAW not in words_of(elsewhere)
    picked_up = held.post(
        "/checkout/", {"act": "update", "address": shop.ana_home.reference, "method": shop.pickup.reference}
    )
    assert "Place order" in words_of(picked_up)


def test_the_offer_says_what_still_fits_at_home_where_that_is_less(shop: World, ana: Client) -> None:
    assert "California takes" not in words_of(ana.get("/offer/"))
    limit = limited(shop.california, 4, period="order")
    assert f"{LAW}." in words_of(ana.get("/offer/"))
    take(ana, shop, shop.premier_offer, cabernet=5)
    assert f"{LAW}. What you can do Take 4 bottles instead of 5. Pick up" in words_of(ana.get("/offer/"))
    VolumeLimit.objects.filter(pk=limit.pk).update(millilitres=750 * 1000)
    assert "California takes" not in words_of(ana.get("/offer/")), "who could never reach it isn't told"


def test_only_where_there_are_limits_pages_ask_for_them(shop: World, held: Client) -> None:
    def asked(path: str) -> list[str]:
        with counted() as statements:
            held.get(path)
        return statements

    for path in ("/offer/", "/checkout/"):
        held.get(path)
        before = asked(path)
        assert not [one for one in before if "FROM delivery_volumelimit v JOIN" in one]
        limit = limited(shop.california, 900, "household", "year")
        most = 4 if path == "/offer/" else 3
        assert 0 < len(asked(path)) - len(before) <= most
        limit.delete()
    form = form_of(held.get("/checkout/"), "/checkout/place/")
    limited(shop.california, 900, "household", "year")
    with counted() as statements:
        assert held.post("/checkout/place/", form).status_code == 302
    assert len([one for one in statements if "delivery_volumelimit v JOIN" in one]) == 1
    assert len([one for one in statements if "changes_changedraftline l" in one and "UNION ALL" in one]) == 1


def test_one_press_keeps_for_later_what_may_not_go_now(shop: World, held: Client) -> None:
    limited(shop.california, 4)
    page = held.get("/checkout/")
    assert "2 bottles may go there now. 3 bottles would be kept for you until" in words_of(page)
    form = form_of(page, "/checkout/place/")
    changed = held.post("/checkout/", form | {"act": "split", "split": f"{form['split']}0"})
    assert changed.status_code == 422 and "Nothing was split" in words_of(changed)
    answer = held.post("/checkout/", form | {"act": "split"})
    words = words_of(answer)
    assert answer.status_code == 200 and "3 bottles are kept for you and may go from" in words
    assert "Place order" in words and "may go there now" not in words
    offer = words_of(held.get("/offer/"))
    assert "3 bottles are kept for you" in offer and "Your wish is granted" not in offer
    aside = Cart.objects.get(is_split=True)
    assert "Kept until they may be sent to you: from" in words_of(held.get(f"/set-aside/{aside.reference}/"))
    placed = held.post("/checkout/place/", form_of(answer, "/checkout/place/"))
    assert placed.status_code == 302 and Order.objects.get().state == "placed"
    assert OrderLine.objects.aggregate(all=Sum("quantity"))["all"] == 2
