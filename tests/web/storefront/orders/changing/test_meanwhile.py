"""One change of an order on two devices: what the other did is said and kept, and confirmed is what the page showed."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.web.storefront.orders.changing.changing import LIVE, begin, update
from tests.web.storefront.pages import form_of, words_of
from tests.world import World, build_world, save_test_card
from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.core.clock import read_clock
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's one bottle of Cabernet."""
    return bought(shop, shop.ben, {"CAB23": 1})


def wanted() -> dict[str, int]:
    return dict(ChangeDraftLine.objects.values_list("sku__code", "quantity"))


def test_a_stale_page_keeps_what_another_device_chose(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    stale = form_of(ben.get(url), url)
    update(ben, url, cabernet="3")
    ben.post(url, form_of(ben.get(url), url) | {"gift_note": "For Anna", "act": "update"})
    field = f"add-{shop.chardonnay.pk}"
    answer = ben.post(url, stale | {field: "2", "act": "update"})
    words = words_of(answer)
    assert wanted() == {"CAB23": 2, "CHA24": 2} and shop.stock(shop.cabernet).held == 2
    said = "Estate Cabernet Sauvignon 2023: changed in another window or on another device meanwhile, from 1 to 3."
    assert said in words and "The gift note was changed in another window" in words
    assert ChangeDraft.objects.get().delivery["gift_note"] == "For Anna"
    cabernet = next(name for name in stale if name.startswith("pieces-"))
    part = ben.post(url, stale | {cabernet: "2", "act": "update"}, headers=LIVE).content.decode()
    assert wanted()["CAB23"] == 2, "fewer than the other device took is no accident"
    assert f'id="wine-{cabernet}" hx-swap-oob="true"' in part and said in words_of(answer)


def test_what_is_confirmed_is_what_its_page_showed(shop: World, ben: Client, order: Order) -> None:
    """The other device swaps a wine for another at the same price."""
    shop.estate_offer.items.update(price_minor=120_00)
    url = begin(ben, order)
    stale = form_of(update(ben, url, cabernet="2"), url)
    fresh = form_of(ben.get(url), url)
    cabernet = next(name for name in fresh if name.startswith("pieces-"))
    ben.post(url, fresh | {cabernet: "1", f"add-{shop.chardonnay.pk}": "1", "act": "update"})
    refused = ben.post(url, stale | {"act": "confirm"})
    words = words_of(refused)
    assert refused.status_code == 422 and "from 2 to 1." in words and order.changes.count() == 1
    assert ben.post(url, form_of(refused, url) | {"act": "confirm"}).status_code == 302
    assert order.changes.count() == 2


def test_a_card_that_is_gone_is_named_and_none_is_chosen_instead(
    shop: World, ben: Client, order: Order
) -> None:
    other = save_test_card(shop.ben, read_clock(), last4="1881", is_default=False)
    url = begin(ben, order)
    fields = form_of(update(ben, url, cabernet="2"), url) | {"card": other.reference, "act": "confirm"}
    PaymentMethod.objects.filter(pk=other.pk).update(removed_at=read_clock())
    refused = ben.post(url, fields)
    assert "Visa ending in 1881 is no longer saved. Choose how you pay." in words_of(refused)
    assert "card" not in form_of(refused, url) and order.changes.count() == 1
