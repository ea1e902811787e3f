"""Wine that isn't bottled yet: what is said before the button, and on the order after it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from tests.rooms.checkout.journey import hold
from tests.rooms.futures.campaign import CODE, Futures, begin, plan
from tests.web.storefront.pages import form_of, words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.futures.models import Acceptance, CostEstimate
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def futures(shop: World) -> Futures:
    """30 % now, two parts later; Ben holds twelve bottles."""
    made = begin(shop)
    plan(made)
    CostEstimate.objects.create(
        country="US",
        state="NY",
        first_day=date(2026, 1, 1),
        delivery_low_minor=4_00,
        delivery_high_minor=8_00,
        tax_bp=888,
        source="New York tax office",
    )
    hold(shop.ben, {CODE: 12}, shop.now)
    return made


def test_the_offer_says_that_it_is_in_bond(futures: Futures, ben: Client) -> None:
    words = words_of(ben.get("/offer/"))
    assert "without delivery, customs, duty, VAT or sales tax" in words
    assert "Delivery and tax come at the checkout" not in words


def test_everything_is_said_before_the_button(futures: Futures, ben: Client) -> None:
    words = words_of(ben.get("/checkout/"))
    assert "delivery, customs, duty, VAT and sales tax are not in it" in words
    # 12 bottles at 4 to 8 dollars; 8.88 % of 1,248 and of 1,296.
    assert "To New York that may come to $158.82 to $211.08" in words
    assert (
        "Today $360.00" in words and "March 1, 2027 $360.00" in words and "September 1, 2027 $480.00" in words
    )
    assert "charge it for the later parts" in words and "Place order · $360.00" in words
    assert "How it gets there" not in words and "Where it goes" not in words


def test_it_is_bought_by_its_terms_and_stays_in_bond(futures: Futures, ben: Client) -> None:
    fields = form_of(ben.get("/checkout/"), "/checkout/place/")
    refused = ben.post("/checkout/place/", fields)
    assert refused.status_code == 422 and "tick that you agree" in words_of(refused)
    answer = ben.post("/checkout/place/", {**fields, "terms": futures.campaign.terms_digest})
    order = Order.objects.get()
    assert answer.headers["location"] == f"/orders/{order.reference}/receipt/"
    for path in (answer.headers["location"], f"/orders/{order.reference}/"):
        words = words_of(ben.get(path))
        assert "It stays in bond at the winery" in words and "Still to come: $480.00" in words
        assert futures.campaign.terms_digest in words
    assert (order.paid_minor, order.later_minor) == (360_00, 840_00)
    assert "is not paid yet" not in words


def test_a_new_card_is_kept_by_its_mandate(futures: Futures, ben: Client) -> None:
    fields = form_of(ben.get("/checkout/"), "/checkout/place/")
    card = {
        "card": "new",
        "card_number": "4242 4242 4242 4242",
        "card_expiry": "12 / 39",
        "card_cvc": "123",
        "card_name": "Ben Baker",
    }
    ben.post("/checkout/place/", {**fields, **card, "terms": futures.campaign.terms_digest})
    kept = Acceptance.objects.get()
    assert kept.card is not None and kept.card.removed_at is None and kept.mandate
    assert PaymentMethod.objects.filter(customer=futures.world.ben, removed_at=None).count() == 2


def test_terms_that_changed_meanwhile_are_read_again(futures: Futures, ben: Client) -> None:
    fields = form_of(ben.get("/checkout/"), "/checkout/place/")
    old = futures.campaign.terms_digest
    plan(futures, terms="Newer words.")
    refused = ben.post("/checkout/place/", {**fields, "terms": old})
    assert "have changed since you opened this page" in words_of(refused) and "Newer words." in words_of(
        refused
    )
    assert not Order.objects.exists()
