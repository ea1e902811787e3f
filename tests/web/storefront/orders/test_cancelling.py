"""Customers cancel their own orders: what the page shows, what its button does, and who may press it."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.rooms.changes.journey import (
    bought,
    card_that,
    confirm,
    customer_actor,
    draft_of,
    one_more,
    paid_by_hand,
    pieces_on,
)
from tests.rooms.futures.test_leaving import sold
from tests.web.storefront.orders.changing.changing import ask_for, begin, untouched, update
from tests.web.storefront.pages import Page, counted, form_of, words_of
from tests.world import World, build_world
from tirage.changes.operations import cancel_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.fulfilment.operations import ship_order
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.orders.models import CancelReason, Order
from tirage.parts.seen_as import COOKIE, SeenAs, start_seeing
from tirage.payments.models import Payment

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed; customers may cancel."""
    world = build_world(read_clock())
    switch(customers_cancel_orders=True)
    return world


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet, by ground to New York."""
    return bought(shop, shop.ben, {"CAB23": 2})


def switch(**settings: Any) -> None:
    Winery.objects.update(**settings)
    forget_winery()


def path_of(order: Order) -> str:
    return f"/orders/{order.reference}/cancel/"


def press(client: Client, order: Order, form: dict[str, str] | None = None, **other: str) -> Page:
    """The button, as the page stands or stood."""
    path = path_of(order)
    return client.post(path, {**(form or form_of(client.get(path), path)), **other}, follow=True)


def is_cancelled(order: Order) -> bool:
    return Order.objects.get(pk=order.pk).state == "cancelled"


# What is seen and done


def test_the_page_shows_bottles_and_money_and_does_nothing(shop: World, ben: Client, order: Order) -> None:
    assert f'href="{path_of(order)}"' in ben.get(f"/orders/{order.reference}/").content.decode()
    page = ben.get(path_of(order))
    words = words_of(page)
    for said in (
        "Estate Cabernet Sauvignon 2023 Quantity 2",
        "After it, this can’t be undone.",
        "The bottles go back to our cellar",
        "Paid with Visa ending in 4242 $289.44",
        "You get back $289.44",
        "To Visa ending in 4242. Your bank may take a few days to show it",
        "Cancel my order, $289.44 back",
    ):
        assert said in words, said
    assert page.status_code == 200 and untouched(order, shop)


def test_one_press_gives_all_of_it_back_and_everybody_can_read_it(
    shop: World, ben: Client, order: Order
) -> None:
    answer = press(ben, order, words="We are moving")
    words = words_of(answer)
    assert "Your order is canceled. A mail with all of it is on its way." in words
    assert "You canceled the order" in words and "$289.44 sent back to Visa ending in 4242" in words
    assert "Cancel this order" not in words and "Change this order" not in words
    assert is_cancelled(order) and shop.stock(shop.cabernet).sold == 0 and run_checks(read_clock()) == []
    assert SentMail.objects.filter(kind="order_cancelled", customer_id=shop.ben.pk).count() == 1
    switch(staff_second_factor=False)
    owner = Client()
    owner.force_login(shop.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    staff = words_of(owner.get(f"/winery/orders/{order.reference}/"))
    assert "Ben Baker canceled the order: We are moving; bottles back in stock" in staff


def test_to_the_store_credit_where_that_is_chosen(shop: World, ben: Client, order: Order) -> None:
    press(ben, order, refund_to="credit")
    assert is_cancelled(order) and Customer.objects.get(pk=shop.ben.pk).credit_minor == 289_44


def test_what_is_only_set_aside_is_let_go(shop: World, ben: Client) -> None:
    switch(charge_when="at_shipment")
    order = bought(shop, shop.ben, {"CAB23": 2})
    words = words_of(ben.get(path_of(order)))
    assert "Cancel my order, $289.44 let go" in words and "Where the money goes" not in words
    assert "$289.44 set aside on your card are only kept there." in words
    press(ben, order)
    assert is_cancelled(order) and Payment.objects.get().released_at and run_checks(read_clock()) == []


def test_the_change_that_was_begun_goes_with_it(shop: World, ben: Client, order: Order) -> None:
    ask_for(ben, order, cabernet="3")
    assert "The change of this order that waits is let go with it." in words_of(ben.get(path_of(order)))
    press(ben, order)
    assert is_cancelled(order) and shop.stock(shop.cabernet).held == 0 and run_checks(read_clock()) == []


def test_the_page_of_a_change_leads_to_it(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    page = ben.get(url)
    assert f'href="{path_of(order)}"' in page.content.decode()
    none_left = words_of(update(ben, url, cabernet="0"))
    assert "Cancel the order instead." in none_left and "we cancel the order for you" not in none_left


# Who may not, and when it is too late


def test_a_neighbours_order_isnt_there(shop: World, ana: Client, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    assert ana.get(path_of(order)).status_code == 404
    assert ana.post(path_of(order), form).status_code == 404
    assert ana.post("/orders/ORD-NOWHERE2/cancel/", form).status_code == 404 and untouched(order, shop)


def test_where_it_is_switched_off_customers_write(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    switch(customers_cancel_orders=False)
    for answer in (ben.get(path_of(order), follow=True), press(ben, order, form)):
        assert "Write to us and we cancel the order for you." in words_of(answer)
    assert "Cancel this order" not in words_of(ben.get(f"/orders/{order.reference}/"))
    url = begin(ben, order)
    assert "and we cancel the order for you" in words_of(ben.get(url)) and untouched(order, shop)
    none_left = words_of(update(ben, url, cabernet="0"))
    assert "Write to us and we cancel the order for you." in none_left
    assert "Cancel the order instead." not in none_left


def test_the_suspended_are_at_the_door(shop: World, ben: Client, order: Order) -> None:
    Customer.objects.filter(pk=shop.ben.pk).update(status="suspended", status_reason="A pause")
    for answer in (ben.get(path_of(order)), ben.post(path_of(order))):
        assert answer.headers["location"].startswith("/sign-in/")
    assert untouched(order, shop)


def test_staff_who_look_cancel_nothing(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    looking, response = Client(), HttpResponse()
    looking.force_login(shop.owner)
    start_seeing(response, SeenAs(shop.ben.pk, shop.owner.pk, "/winery/"))
    looking.cookies[COOKIE] = response.cookies[COOKIE].value
    page = looking.get(path_of(order))
    assert page.status_code == 200 and '<fieldset class="only-looking" disabled>' in page.content.decode()
    assert looking.post(path_of(order), form).status_code == 403 and untouched(order, shop)


def test_no_foreign_page_presses_the_button(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ben.cookies
    form.pop("csrfmiddlewaretoken", None)
    assert strict.post(path_of(order), form).status_code == 403 and untouched(order, shop)


def test_a_form_of_before_is_refused_and_shown_anew(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    ours = draft_of(shop, order, shop.staff, add={shop.cabernet: 1}, override_reason="A regular")
    confirm(shop, ours, shop.staff)
    answer = press(ben, order, form, words="We are moving", refund_to="credit")
    assert answer.status_code == 422 and not is_cancelled(order)
    words = words_of(answer)
    assert "Your order has changed since you looked." in words and "Cancel my order, $419.04 back" in words
    assert "We are moving" in words and form_of(answer, path_of(order))["refund_to"] == "credit"
    assert pieces_on(order) == {"CAB23": 3}
    press(ben, order, form_of(answer, path_of(order)))
    assert is_cancelled(order) and run_checks(read_clock()) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"back": "0"},
        {"back": "28943"},
        {"back": "9" * 40},
        {"number": "0"},
        {"number": ""},
        {"number": "1.0"},
        {"words": "x" * 201},
    ],
)
def test_what_no_page_of_ours_sends_cancels_nothing(
    shop: World, ben: Client, order: Order, sent: dict[str, str]
) -> None:
    assert press(ben, order, None, **sent).status_code == 422 and untouched(order, shop)


def test_pressed_twice_it_happens_once(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    press(ben, order, form)
    again = press(ben, order, form)
    assert again.status_code == 200 and "This order is canceled." in words_of(again)
    assert (
        Payment.objects.filter(kind="refund").count()
        == 1
        == SentMail.objects.filter(kind="order_cancelled").count()
    )


def test_once_it_has_left_it_is_too_late(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    ship_order(order_reference=order.reference, actor=shop.staff, now=read_clock())
    for answer in (ben.get(path_of(order), follow=True), press(ben, order, form)):
        assert "This order has left us, so it can’t be canceled any more." in words_of(answer)
    assert Order.objects.get().state == "shipped" and "Cancel this order" not in words_of(
        ben.get(f"/orders/{order.reference}/")
    )


def test_what_staff_have_cancelled_says_so(shop: World, ben: Client, order: Order) -> None:
    CancelReason.objects.get_or_create(name="The customer asked")
    cancel_order(
        order_reference=order.reference,
        restock=True,
        refund_to=None,
        reason="The customer asked",
        actor=shop.staff,
        now=read_clock(),
    )
    words = words_of(ben.get(path_of(order), follow=True))
    assert "This order is canceled." in words and "You canceled" not in words


def test_not_while_the_bank_is_asked_about_a_change(shop: World, ben: Client, order: Order) -> None:
    form = form_of(ben.get(path_of(order)), path_of(order))
    card = card_that(shop, Behaviour.TIMES_OUT_CHARGED)
    confirm(shop, one_more(shop, order), customer_actor(shop.ben), payment_method=card)
    assert "Cancel this order" not in words_of(ben.get(f"/orders/{order.reference}/"))
    for answer in (ben.get(path_of(order), follow=True), press(ben, order, form)):
        assert "A change of this order waits for your bank’s answer." in words_of(answer)
    assert Order.objects.get().state == "placed"


def test_a_cheque_goes_back_by_hand_or_becomes_store_credit(shop: World, ben: Client) -> None:
    order = paid_by_hand(shop, "cheque")
    page = ben.get(path_of(order))
    words = words_of(page)
    assert "Paid by check $129.60" in words and "A part of it has to be refunded by hand" in words
    refused = press(ben, order, refund_to="original")
    assert refused.status_code == 422 and "Choose store credit, or write to us." in words_of(refused)
    assert not is_cancelled(order)
    press(ben, order)
    assert is_cancelled(order) and Customer.objects.get(pk=shop.ben.pk).credit_minor == 289_44 + 129_60


def test_a_gift_is_cancelled_by_mail(shop: World, ben: Client) -> None:
    order = paid_by_hand(shop, "comp")
    words = words_of(ben.get(path_of(order)))
    assert "A part of this order was a gift of ours, so it can’t be canceled here." in words
    assert "Cancel my order" not in words
    answer = press(ben, order, {"number": "2", "back": str(289_44 + 129_60), "refund_to": "credit"})
    assert answer.status_code == 422 and "Write to us and we cancel it for you." in words_of(answer)
    assert not is_cancelled(order)


def test_few_queries(shop: World, ben: Client, order: Order) -> None:
    ask_for(ben, order, cabernet="3")
    with counted() as statements:
        assert ben.get(path_of(order)).status_code == 200
    assert len(statements) <= 11, "\n".join(statements)


def test_what_the_terms_of_wine_en_primeur_keep_is_shown_before(shop: World, ben: Client) -> None:
    _, order = sold(shop, withdrawal_days=0, cancels_to_credit=True)
    words = words_of(ben.get(path_of(order)))
    assert "Of what you paid we keep, by the terms of your order $150.00" in words
    assert "You get back $1,050.00" in words and "it becomes store credit" in words
    press(ben, order)
    order.refresh_from_db()
    assert (order.state, order.paid_minor) == ("cancelled", 150_00)
    assert Customer.objects.get(pk=shop.ben.pk).credit_minor == 1050_00
