"""Addresses, cards, wishes and the account: changed by their owner and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.web.storefront.pages import counted, item_id, words_of
from tests.world import World, acting
from tirage.catalog.models import Label
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.customers.models import Address, Customer
from tirage.orders.models import Order
from tirage.parts.wording import say_day
from tirage.payments.models import PaymentMethod
from tirage.wishes.models import Wish
from tirage.wishes.operations import decline_wish, set_wish

HOME = {
    "recipient": "Ana Alvarez",
    "line1": "9 Folsom Street",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "US",
}


def test_an_address_is_added_changed_and_removed(shop: World, ana: Client) -> None:
    assert ana.post("/account/addresses/new/", {**HOME, "make_default": "1"}).status_code == 302
    address = Address.objects.get(line1="9 Folsom Street")
    assert address.is_default
    page = ana.get(f"/account/addresses/{address.reference}/")
    assert 'value="9 Folsom Street"' in page.content.decode()
    ana.post(f"/account/addresses/{address.reference}/", {**HOME, "line1": "10 Folsom Street"})
    address.refresh_from_db()
    assert address.line1 == "10 Folsom Street"
    ana.post(f"/account/addresses/{address.reference}/remove/")
    assert "Folsom" not in words_of(ana.get("/account/addresses/"))


def test_a_box_is_saved_with_a_word(shop: World, ana: Client) -> None:
    """It may be for letters; wine doesn't go there, and that is said at once and at the checkout."""
    answer = ana.post("/account/addresses/new/", {**HOME, "line2": "P.O. Box 12"}, follow=True)
    assert "Ground and Overnight don't deliver wine to PO boxes. Give a street address" in words_of(answer)
    listed = words_of(ana.get("/account/addresses/"))
    assert listed.count("Ground and Overnight don't deliver wine to PO boxes.") == 1


def test_where_wine_can_not_go_is_said_when_it_is_saved_and_on_the_list(shop: World, ana: Client) -> None:
    utah = HOME | {"city": "Salt Lake City", "state": "UT", "postal_code": "84101"}
    answer = words_of(ana.post("/account/addresses/new/", utah, follow=True))
    assert "We can't send wine to Utah. Choose another address, or write to us." in answer
    assert words_of(ana.get("/account/addresses/")).count("We can't send wine to Utah.") == 1
    with counted() as few:
        ana.get("/account/addresses/")
    ana.post("/account/addresses/new/", {**HOME, "line2": "PMB 12"})
    with counted() as more:
        ana.get("/account/addresses/")
    assert len(more) == len(few)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("postal_code", "10012", "is in New York"),
        ("state", "", "Choose the state"),
        ("line1", " ", "Enter the street"),
        ("city", "", "Enter the town"),
        ("postal_code", "9411", "ZIP"),
    ],
)
def test_an_address_that_can_not_be_shipped_to_is_refused_when_typed(
    shop: World, ana: Client, field: str, value: str, words: str
) -> None:
    # Of a ZIP that there is town and state are known.
    zipless = {"postal_code": ""} if field in {"state", "city"} else {}
    answer = ana.post("/account/addresses/new/", {**HOME, **zipless, field: value})
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert not Address.objects.filter(line1="9 Folsom Street").exists()


def test_another_address_is_offered_first(shop: World, ana: Client) -> None:
    ana.post(f"/account/addresses/{shop.ana_brooklyn.reference}/default/")
    assert Address.objects.get(customer=shop.ana, is_default=True) == shop.ana_brooklyn


def test_a_neighbours_address_is_not_there(shop: World, ana: Client) -> None:
    path = f"/account/addresses/{shop.ben_home.reference}/"
    assert ana.get(path).status_code == 404
    for answer in (
        ana.post(path, HOME),
        ana.post(path + "remove/"),
        ana.post(path + "default/"),
    ):
        assert answer.status_code == 404
    shop.ben_home.refresh_from_db()
    assert shop.ben_home.line1 == "3 Prince Street"
    assert shop.ben_home.removed_at is None


def test_a_neighbours_card_is_not_there(shop: World, ana: Client) -> None:
    for act in ("remove", "default"):
        assert ana.post(f"/account/cards/{shop.ben_card.reference}/{act}/").status_code == 404
    shop.ben_card.refresh_from_db()
    assert shop.ben_card.removed_at is None


@pytest.mark.django_db(transaction=True)
def test_cards_are_added_and_forgotten(shop: World, ana: Client) -> None:
    typed = {
        "card_number": "5555 5555 5555 4444",
        "card_expiry": "11/39",
        "card_cvc": "123",
        "card_name": "Ana",
        "key": "k1",
        "make_default": "1",
    }
    for _ in range(2):
        ana.post("/account/cards/new/", typed)
    cards = PaymentMethod.objects.filter(customer=shop.ana, removed_at=None)
    assert cards.count() == 2
    assert cards.get(is_default=True).last4 == "4444"
    ana.post(f"/account/cards/{cards.get(is_default=True).reference}/remove/")
    assert cards.get().is_default
    refused = ana.post("/account/cards/new/", {**typed, "card_number": "4000 0000 0000 0002", "key": "k2"})
    assert refused.status_code == 422
    assert "5555" not in words_of(ana.get("/account/cards/"))


def test_the_customer_changes_name_and_consent_but_not_the_address_that_is_the_identity(
    shop: World, ana: Client
) -> None:
    ana.post(
        "/account/", {"first_name": "Anna", "last_name": "Alvarez", "phone": "", "email": "evil@example.com"}
    )
    customer = Customer.objects.get(pk=shop.ana.pk)
    assert (customer.first_name, customer.email, customer.marketing_consent_at) == (
        "Anna",
        "ana@example.com",
        None,
    )


def make_wish(world: World) -> Wish:
    wish = set_wish(
        customer=world.ana,
        offer_item_id=item_id(world, world.premier_offer, "cabernet"),
        quantity=2,
        agreed=True,
        actor=acting(world.ana),
        now=read_clock(),
    )
    assert wish is not None
    return wish


def test_wishes_are_changed_and_withdrawn(shop: World, ana: Client, ben: Client) -> None:
    wish = make_wish(shop)
    assert "2 bottles" in words_of(ana.get("/wishes/"))
    field = f"wish_{wish.offer_item_id}"
    assert ana.post("/wishes/", {field: "9", "agreed": "1"}).status_code == 422
    assert ana.post("/wishes/", {field: "3"}).status_code == 422
    ana.post("/wishes/", {field: "3", "agreed": "1"})
    wish.refresh_from_db()
    assert wish.asked == 3
    assert ben.post("/wishes/", {"withdraw": wish.reference}).status_code == 422
    ana.post("/wishes/", {"withdraw": wish.reference})
    wish.refresh_from_db()
    assert wish.state == "withdrawn"


def test_the_winerys_answer_is_shown(shop: World, ana: Client) -> None:
    wish = make_wish(shop)
    decline_wish(wish_reference=wish.reference, reason="All went out.", actor=shop.staff, now=read_clock())
    page = words_of(ana.get("/wishes/"))
    assert "Not this time" in page
    assert "All went out." in page
    assert "Withdraw" not in page


def test_a_label_is_a_picture_that_can_do_nothing(shop: World) -> None:
    Label.objects.create(
        digest="ab" * 32, media_type="image/svg+xml", data=b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    )
    answer = Client().get(f"/labels/{'ab' * 32}/")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "immutable" in answer.headers["cache-control"]
    assert Client().get("/labels/none/").status_code == 404


def an_order(world: World, *, state: str, days_ago: int, **amounts: int) -> Order:
    at = read_clock() - timedelta(days=days_ago)
    return Order.objects.create(
        customer=world.ana,
        release=world.release,
        state=state,
        currency="USD",
        made_at=at,
        placed_at=None if state == "abandoned" else at,
        shipped_at=at if state == "shipped" else None,
        method=world.ground,
        **amounts,
    )


def tell(world: World, name: EventName, kind: str, subject_id: int, text: str, days_ago: float) -> None:
    at = read_clock() - timedelta(days=days_ago)
    record_event(name, kind, subject_id, text=text, actor=world.staff, now=at)


@pytest.mark.parametrize(("days", "words"), [(3, "On its way"), (11, "Shipped")])
def test_a_shipped_order_is_on_its_way_for_ten_days(shop: World, ana: Client, days: int, words: str) -> None:
    order = an_order(shop, state="shipped", days_ago=40)
    left = read_clock() - timedelta(days=days)
    Order.objects.filter(pk=order.pk).update(shipped_at=left)
    said = f"{words} {'since' if days < 10 else 'on'} {say_day(left, shop.winery.time_zone, 'en_US')}"
    ordered = f"Ordered {say_day(order.made_at, shop.winery.time_zone, 'en_US')}"
    assert said in words_of(ana.get("/orders/")) and ordered in words_of(ana.get("/orders/"))
    for page in (words_of(ana.get("/orders/")), words_of(ana.get(f"/orders/{order.reference}/"))):
        assert said in page
        assert {"On its way": "Shipped", "Shipped": "On its way"}[words] not in page


def test_a_cancelled_order_says_on_which_day(shop: World, ana: Client) -> None:
    order = an_order(shop, state="cancelled", days_ago=40)
    tell(shop, EventName.ORDER_CANCELLED, "order", order.pk, "cancelled the order", 20)
    day = say_day(read_clock() - timedelta(days=20), shop.winery.time_zone, "en_US")
    for path in ("/orders/", f"/orders/{order.reference}/"):
        assert f"Canceled on {day}" in words_of(ana.get(path))


def test_what_happened_says_changes_grants_refunds_and_shipping(shop: World, ana: Client) -> None:
    order, wish = an_order(shop, state="shipped", days_ago=40), make_wish(shop)
    Wish.objects.filter(pk=wish.pk).update(order=order, state="granted", granted=2)
    change = "granted 2 × Estate Cabernet Sauvignon 2023"
    record_event(EventName.ORDER_CHANGED, "order", order.pk, text=change, actor=shop.staff, now=shop.now)
    record_event(EventName.WISH_GRANTED, "wish", wish.pk, text=change, actor=shop.staff, now=shop.now)
    tell(shop, EventName.ORDER_CHANGED, "order", order.pk, "took one bottle off", 20)
    tell(shop, EventName.PAYMENT_SETTLED, "order", order.pk, "charge settled", 19)
    tell(shop, EventName.PAYMENT_SETTLED, "order", order.pk, "refund settled", 18)
    tell(shop, EventName.ORDER_SHIPPED, "order", order.pk, "shipped the order", 17)
    tell(shop, EventName.ORDER_NOTED, "order", order.pk, "a difficult man", 16)
    told = words_of(ana.get(f"/orders/{order.reference}/")).partition("What happened")[2]
    said = ["Order changed", "Payment booked", "Money sent back", "Handed over for delivery"]
    places = [told.index(words) for words in said]
    assert places == sorted(places)
    assert "Wish granted: 2 × Estate Cabernet Sauvignon 2023" in told
    assert told.count("Order changed") == 1
    assert "difficult" not in told


def test_an_order_that_was_never_placed_owes_nothing(shop: World, ana: Client) -> None:
    order = an_order(shop, state="abandoned", days_ago=1, owed_minor=268_00)
    page = words_of(ana.get(f"/orders/{order.reference}/"))
    assert "Not placed" in page
    assert "not paid yet" not in page
