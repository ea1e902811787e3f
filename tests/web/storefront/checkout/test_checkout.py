"""From held bottles to the receipt, and everything that can stand in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.conftest import on_postgres
from tests.web.storefront.pages import Page, counted, form_of, take, words_of
from tests.world import World, build_world, save_test_card
from tirage.checkout.models import Cart
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.customers.models import Address, Customer
from tirage.delivery.models import Rate
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold, Stock
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import save_card

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)

GOOD, DECLINED, ASKS, SLOW = (
    "4242 4242 4242 4242",
    "4000 0000 0000 0341",
    "4000 0027 6000 3184",
    "4000 0011 0000 1007",
)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def held(shop: World, ana: Client) -> Client:
    """Ana with five bottles in her cart."""
    take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    return ana


def place(client: Client, **other: str) -> Page:
    """Presses the button of the checkout as it stands, with some fields filled in otherwise."""
    fields = form_of(client.get("/checkout/"), "/checkout/place/")
    return client.post("/checkout/place/", {**fields, **other})


def new_card(number: str) -> dict[str, str]:
    return {
        "card": "new",
        "card_number": number,
        "card_expiry": "12 / 39",
        "card_cvc": "123",
        "card_name": "Ana Alvarez",
    }


def test_where_no_carrier_takes_wine_is_said_before_the_button(shop: World, held: Client) -> None:
    Address.objects.filter(pk=shop.ana_home.pk).update(line2="P.O. Box 12")
    page = words_of(held.get("/checkout/"))
    assert "Ground and Overnight don't deliver wine to PO boxes." in page and "Pick up at the winery" in page


def test_an_expired_card_is_never_chosen_over_a_good_one(shop: World, held: Client) -> None:
    """Though it is the default, and though the page before had chosen it."""
    good = save_test_card(shop.ana, read_clock(), last4="0007", is_default=False)
    PaymentMethod.objects.filter(pk=shop.ana_card.pk).update(exp_year=2020)
    for path in ("/checkout/", f"/checkout/?card={shop.ana_card.reference}"):
        assert form_of(held.get(path), "/checkout/place/")["card"] == good.reference
    PaymentMethod.objects.filter(pk=good.pk).update(exp_year=2021)
    assert form_of(held.get("/checkout/"), "/checkout/place/")["card"] == "new"


def test_with_saved_address_and_card_it_is_one_button(shop: World, held: Client) -> None:
    page = held.get("/checkout/")
    assert "Place order · $" in words_of(page)
    answer = place(held)
    order = Order.objects.get()
    assert answer.headers["location"] == f"/orders/{order.reference}/receipt/"
    receipt = words_of(held.get(answer.headers["location"]))
    assert "Thank you, Ana" in receipt
    assert "We ship when the days are cool." in receipt
    assert "Visa ending in 4242" in receipt
    assert (order.state, order.balance_minor, order.line1) == ("placed", 0, "1 Valencia Street")
    assert [mail.kind for mail in SentMail.objects.all()] == ["order_receipt"]
    assert "Your cart is empty" in words_of(held.get("/checkout/"))


def test_the_price_shown_is_the_price_charged(shop: World, held: Client) -> None:
    page = words_of(held.get("/checkout/"))
    # 2 × 120 + 3 × 65 = 435; 10 % off = 391.50; free ground; 7.25 % tax.
    for words in ("$435.00", "−$43.50", "Delivery Free", "Sales tax $28.38", "Place order · $419.88"):
        assert words in page
    place(held)
    assert Payment.objects.get().amount_minor == 419_88


def test_another_address_and_method_change_the_total_first(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    fields |= {"address": shop.ana_brooklyn.reference, "method": shop.overnight.reference}
    stale = held.post("/checkout/place/", fields)
    assert stale.status_code == 422
    assert not Order.objects.exists()
    updated = held.post("/checkout/", fields)
    assert "Place order · $520.02" in words_of(updated)
    assert form_of(updated, "/checkout/place/")["method"] == shop.overnight.reference
    part = held.post("/checkout/", fields, headers={"HX-Request": "true"}).content.decode()
    assert "$520.02" in part
    assert "<html" not in part
    assert part.count('hx-swap-oob="true"') == 6
    answer = held.post("/checkout/place/", form_of(updated, "/checkout/place/"))
    assert answer.status_code == 302
    assert Order.objects.get().ship_state == "NY"


def test_a_price_that_changed_is_shown_again(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    Rate.objects.update(price_minor=99_00)
    Offer.objects.filter(pk=shop.premier_offer.pk).update(title="Changed")
    shop.premier_offer.items.filter(sku=shop.cabernet).update(price_minor=130_00)
    answer = held.post("/checkout/place/", fields)
    assert answer.status_code == 422
    assert "has changed since you saw it" in words_of(answer)
    assert "Place order · $" in words_of(answer)
    assert not Order.objects.exists()


def test_the_first_order_of_somebody_without_address_and_card(shop: World, ben: Client) -> None:
    shop.ben.addresses.all().delete()
    shop.ben.payment_methods.all().delete()
    take(ben, shop, shop.estate_offer, cabernet=2)
    page = ben.get("/checkout/")
    assert "Place order" not in words_of(page)
    fields = form_of(page, "/checkout/place/")
    typed = {
        "to-line1": "3 Prince Street",
        "to-city": "New York",
        "to-state": "NY",
        "to-postal_code": "94110",
        "gift_note": "Happy birthday",
    }
    wrong = ben.post("/checkout/", {**fields, **typed, "act": "address"})
    assert wrong.status_code == 422
    assert "Correct the ZIP or the state" in words_of(wrong)
    assert 'value="3 Prince Street"' in wrong.content.decode()
    right = ben.post("/checkout/", {**fields, **typed, "to-postal_code": "10012", "act": "address"})
    assert "Place order · $" in words_of(right)
    assert "Happy birthday" in right.content.decode()
    answer = ben.post(
        "/checkout/place/", {**form_of(right, "/checkout/place/"), **new_card(GOOD), "keep_card": "1"}
    )
    assert answer.status_code == 302, words_of(answer)
    assert Order.objects.get().city == "New York"
    assert PaymentMethod.objects.get(customer=shop.ben).is_default


def test_a_state_that_is_closed_is_said_before_money(shop: World, ben: Client) -> None:
    take(ben, shop, shop.estate_offer, cabernet=2)
    Address.objects.filter(pk=shop.ben_home.pk).update(state="UT", postal_code="84101", city="Salt Lake City")
    page = words_of(ben.get("/checkout/"))
    assert "Pick up at the winery" in page and "We can't send wine to Utah." in page
    assert "Ground" not in page and "Place order" not in page, "nobody is sent elsewhere unasked"
    fields = form_of(ben.get("/checkout/"), "/checkout/place/")
    assert fields["method"] == "open"
    assert "Place order" not in words_of(ben.post("/checkout/", fields)), "asked, and still not chosen"
    assert ben.post("/checkout/place/", fields).status_code == 422 and not Order.objects.exists()
    by_hand = ben.post("/checkout/", fields | {"method": shop.pickup.reference})
    assert ben.post("/checkout/place/", form_of(by_hand, "/checkout/place/")).status_code == 302


def test_what_was_chosen_and_is_gone_is_named_and_nothing_takes_its_place(shop: World, held: Client) -> None:
    other = save_test_card(shop.ana, read_clock(), last4="1881", is_default=False)
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    fields |= {"address": shop.ana_brooklyn.reference, "card": other.reference}
    fields = form_of(held.post("/checkout/", fields), "/checkout/place/")
    Address.objects.filter(pk=shop.ana_brooklyn.pk).update(removed_at=read_clock())
    PaymentMethod.objects.filter(pk=other.pk).update(removed_at=read_clock())
    answer = held.post("/checkout/place/", fields)
    page = words_of(answer)
    assert "2 Court Street, Brooklyn, NY 11201 is no longer saved. Choose where it goes." in page
    assert "Visa ending in 1881 is no longer saved. Choose how you pay." in page
    assert "Place order" not in page and not Order.objects.exists()
    again = form_of(answer, "/checkout/place/")
    assert (again["address"], again["card"]) == ("open", "open")
    home = form_of(held.post("/checkout/", again | {"address": shop.ana_home.reference}), "/checkout/place/")
    assert home["card"] == "open"
    refused = held.post("/checkout/place/", home)
    assert refused.status_code == 422 and "Choose a card" in words_of(refused)
    assert held.post("/checkout/place/", home | {"card": shop.ana_card.reference}).status_code == 302


def test_a_declined_card_loses_nothing(shop: World, held: Client) -> None:
    answer = place(held, gift_note="For Anna", **new_card(DECLINED))
    assert answer.status_code == 402
    page = words_of(answer)
    assert "Nothing was charged, and this card isn’t kept. Your bottles are still yours until" in page
    assert "ending in 0341" not in page
    assert [
        card.last4 for card in PaymentMethod.objects.filter(removed_at__isnull=True, customer=shop.ana)
    ] == ["4242"]
    assert "For Anna" in answer.content.decode()
    assert f'value="{DECLINED}"' not in answer.content.decode()
    assert Cart.objects.get().pending_order_id is None
    assert Stock.objects.get(sku=shop.cabernet).held == 2
    fields = form_of(answer, "/checkout/place/") | {"card": shop.ana_card.reference}
    assert held.post("/checkout/place/", fields).headers["location"].endswith("/receipt/")
    assert sorted(Order.objects.values_list("state", flat=True)) == ["abandoned", "placed"]


def test_a_declined_card_that_was_saved_before_stays(shop: World, held: Client) -> None:
    details = {"card_number": DECLINED, "card_expiry": "12/39", "card_cvc": "123", "card_name": "Ana"}
    actor = Actor(ActorKind.CUSTOMER, shop.ana.pk, "Ana")
    card = save_card(customer=shop.ana, details=details, make_default=False, actor=actor, now=read_clock())
    PaymentMethod.objects.filter(pk=card.pk).update(saved_at=read_clock() - timedelta(days=1))
    answer = place(held, card=card.reference)
    assert answer.status_code == 402
    assert "Nothing was charged. Your bottles are still yours until" in words_of(answer)
    card.refresh_from_db()
    assert card.removed_at is None


def chosen(page: Any) -> str:
    """The card that the page suggests."""
    return str(page.context["choice"].card)


def test_the_card_that_was_just_declined_isnt_suggested_again(shop: World, held: Client) -> None:
    """Nor is it on the next visit, though it is the default one; without another, a new one is asked for."""
    bad = save_test_card(shop.ana, read_clock(), behaviour=Behaviour.CARD_DECLINED, last4="0341")
    assert chosen(held.get("/checkout/")) == bad.reference
    answer = place(held, card=bad.reference)
    assert answer.status_code == 402
    assert chosen(answer) == shop.ana_card.reference
    later = held.get("/checkout/")
    assert chosen(later) == shop.ana_card.reference
    shown = later.content.decode()
    assert shown.index(shop.ana_card.reference) < shown.index(bad.reference)
    PaymentMethod.objects.filter(pk=shop.ana_card.pk).update(removed_at=read_clock())
    assert chosen(place(held, card=bad.reference)) == "new"


@pytest.mark.parametrize("number", ["4242 4242 4242 4241", "", "not a number"])
def test_a_card_that_can_not_be_saved_is_said_beside_it(shop: World, held: Client, number: str) -> None:
    answer = place(held, **new_card(number))
    assert answer.status_code == 422
    assert 'id="card_errors"' in answer.content.decode()
    assert not Order.objects.exists()


def test_the_bank_asks_and_is_answered(shop: World, held: Client) -> None:
    answer = place(held, **new_card(ASKS))
    assert answer.headers["location"].startswith("/test-gateway/authenticate/")
    payment = Payment.objects.get()
    waiting = held.get(f"/checkout/return/{payment.reference}/")
    assert "Your bank needs to confirm it’s you" in words_of(waiting)
    assert answer.headers["location"] in waiting.content.decode()
    # The cart leads to the payment while there is one.
    assert held.get("/checkout/").headers["location"] == f"/checkout/return/{payment.reference}/"
    held.post(answer.headers["location"], {"answer": "approve"})
    back = held.get(f"/checkout/return/{payment.reference}/")
    assert back.headers["location"].endswith("/receipt/")
    assert Order.objects.get().state == "placed"


def test_the_bank_says_no(shop: World, held: Client) -> None:
    answer = place(held, **new_card(ASKS))
    held.post(answer.headers["location"], {"answer": "decline"})
    back = held.get(f"/checkout/return/{Payment.objects.get().reference}/")
    assert back.headers["location"] == "/checkout/"
    page = words_of(held.get("/checkout/"))
    assert "Your bottles are still yours until" in page and "This one isn't kept." in page
    assert "Place order" in page and "ending in 3184" not in page


def test_another_card_instead_of_the_banks_question(shop: World, held: Client) -> None:
    place(held, **new_card(ASKS))
    reference = Payment.objects.get().reference
    answer = held.post(f"/checkout/return/{reference}/give-up/")
    assert answer.headers["location"] == "/checkout/?card=new"
    assert Order.objects.get().state == "abandoned"
    assert place(held, card=shop.ana_card.reference).headers["location"].endswith("/receipt/")


def test_a_bank_that_does_not_answer(shop: World, held: Client) -> None:
    answer = place(held, **new_card(SLOW))
    payment = Payment.objects.get()
    assert payment.state == "unknown"
    assert answer.headers["location"] == f"/checkout/return/{payment.reference}/"
    # Looking is asking: the bank had taken the money, only its answer was lost.
    assert held.get(answer.headers["location"]).headers["location"].endswith("/receipt/")
    assert Order.objects.get().state == "placed"


def test_while_nobody_knows_the_page_says_so_and_looks_again(shop: World, held: Client) -> None:
    place(held, **new_card("4000 0011 0000 2005"))
    payment = Payment.objects.get()
    page = held.get(f"/checkout/return/{payment.reference}/")
    assert "you will not be charged twice" in words_of(page)
    assert '<meta http-equiv="refresh"' in page.content.decode()
    assert held.get(f"/orders/{payment.order.reference}/receipt/").status_code == 302
    assert "Being paid" in words_of(held.get("/orders/"))


def test_pressed_twice_it_is_one_order(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    first = held.post("/checkout/place/", fields)
    second = held.post("/checkout/place/", fields)
    assert first.headers["location"] == second.headers["location"]
    assert Order.objects.count() == Payment.objects.count() == 1


def test_a_form_of_yesterday_is_refused(shop: World, held: Client) -> None:
    answer = place(held, attempt="99")
    assert answer.status_code == 422
    assert not Order.objects.exists()


@pytest.mark.parametrize("field", ["attempt", "expected"])
@pytest.mark.parametrize("value", ["", "x", "-5", "9" * 40])
def test_nonsense_is_refused(shop: World, held: Client, field: str, value: str) -> None:
    assert place(held, **{field: value}).status_code == 422
    assert not Order.objects.exists()


def test_a_neighbours_address_and_card_are_not_there(shop: World, held: Client) -> None:
    assert place(held, address=shop.ben_home.reference).status_code == 422
    assert place(held, card=shop.ben_card.reference).status_code == 422
    assert not Order.objects.exists()


def test_time_ran_out_while_typing_and_the_bottles_are_gone(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    Hold.objects.update(expires_at=read_clock() - timedelta(minutes=1))
    Cart.objects.update(expires_at=read_clock() - timedelta(minutes=1))
    Hold.objects.filter(stock__sku=shop.cabernet).delete()
    Stock.objects.filter(sku=shop.cabernet).update(on_hand=0, held=0)
    answer = held.post("/checkout/place/", fields)
    assert answer.status_code == 422
    assert "some bottles are gone" in words_of(answer)
    assert not Order.objects.exists()


def test_the_offer_closed_while_typing(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    Offer.objects.update(closes_at=read_clock())
    answer = held.post("/checkout/place/", fields)
    assert answer.status_code == 422
    assert "This offer is closed" in words_of(answer)


def test_age_is_confirmed_with_the_order_too(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    Customer.objects.update(adult_confirmed_at=None)
    assert held.post("/checkout/place/", fields).headers["location"].startswith("/adult/")
    assert not Order.objects.exists()


def test_a_gift_note_goes_with_the_order(shop: World, held: Client) -> None:
    place(held, gift_note="<b>Happy</b> birthday")
    order = Order.objects.get()
    assert order.gift_note == "<b>Happy</b> birthday"
    page = held.get(f"/orders/{order.reference}/").content.decode()
    assert "&lt;b&gt;Happy&lt;/b&gt;" in page


def test_a_gift_note_is_never_cut(shop: World, held: Client) -> None:
    """An end of a line is one character, though browsers send two."""
    long = "For Anna, with love. " * 20
    answer = place(held, gift_note=long)
    words = answer.content.decode()
    assert answer.status_code == 422 and not Order.objects.exists()
    assert "This has 419 characters; 400 are possible" in words and long.strip() in words
    assert 'data-most="400"' in words and "maxlength" not in words.partition('id="gift_note"')[2][:80]
    fits = "ab\r\n" * 133 + "c"
    place(held, gift_note=fits)
    assert Order.objects.get().gift_note == fits.replace("\r\n", "\n")


def test_placing_takes_few_statements(shop: World, held: Client) -> None:
    fields = form_of(held.get("/checkout/"), "/checkout/place/")
    with counted() as statements:
        assert held.post("/checkout/place/", fields).status_code == 302
    assert len(statements) <= (20 if on_postgres() else 26), "\n".join(statements)


def test_the_order_can_be_looked_at_again(shop: World, held: Client) -> None:
    place(held)
    order = Order.objects.get()
    page = words_of(held.get(f"/orders/{order.reference}/"))
    for words in ("Estate Cabernet Sauvignon 2023", "$419.88", "Valencia Street", "Order placed", "Ground"):
        assert words in page
    assert f"5 bottles {order.reference}" in words_of(held.get("/orders/"))


def test_a_neighbours_order_and_payment_are_not_there(shop: World, held: Client, ben: Client) -> None:
    place(held)
    order, payment = Order.objects.get(), Payment.objects.get()
    for path in (
        f"/orders/{order.reference}/",
        f"/orders/{order.reference}/receipt/",
        f"/checkout/return/{payment.reference}/",
    ):
        assert held.get(path).status_code in {200, 302}
        assert ben.get(path).status_code == 404
    assert ben.post(f"/checkout/return/{payment.reference}/give-up/").status_code == 404
