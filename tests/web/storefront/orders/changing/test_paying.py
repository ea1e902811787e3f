"""Customers pay for a change of their order, or get money back; everything that can come between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on
from tests.rooms.payments.shipment import set_aside
from tests.web.storefront.conftest import SignedIn
from tests.web.storefront.orders.changing.changing import (
    LIVE,
    ask_for,
    behave,
    live,
    new_card,
    press,
    state_of_draft,
    untouched,
    update,
)
from tests.web.storefront.pages import Page, form_of, words_of
from tests.world import World, build_world, save_test_card
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import give_credit, reconcile_payments

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)

GOOD, DECLINED, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0341", "4000 0027 6000 3184"


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet, by ground to New York: 289.44 all in all."""
    return bought(shop, shop.ben, {"CAB23": 2})


def paid(order: Order) -> bool:
    """One bottle more is on the order and paid, and the books agree."""
    order.refresh_from_db()
    return pieces_on(order) == {"CAB23": 3} and order.balance_minor == 0 and run_checks(read_clock()) == []


def payment_of_change() -> Payment:
    return Payment.objects.exclude(purpose="").latest("id")


def credit(world: World, minor: int) -> None:
    give_credit(
        customer=world.ben, amount=Money(minor, "USD"), reason="Corked", actor=world.staff, now=read_clock()
    )


# More to pay


def test_the_saved_card_pays_and_everything_tells_it(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    page = ben.get(url)
    assert form_of(page, url)["card"] == shop.ben_card.reference
    answer = ben.post(url, {**form_of(page, url), "act": "confirm"}, follow=True)
    words = words_of(answer)
    assert paid(order) and "Your order is changed. A mail with all of it is on its way." in words
    amount = f"${(order.owed_minor - 289_44) / 100:.2f}"
    assert f"You added 1 × Estate Cabernet Sauvignon 2023; {amount} more" in words
    assert f"{amount} charged to Visa ending in 4242" in words
    total = f"${order.owed_minor / 100:.2f}"
    for path in ("/orders/", f"/orders/{order.reference}/receipt/", f"/orders/{order.reference}/"):
        assert total in words_of(ben.get(path)), path
    assert [mail.kind for mail in SentMail.objects.order_by("id")] == ["order_receipt", "order_changed"]


def test_pressed_twice_it_is_one_change(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    form = {**form_of(ben.get(url), url), "act": "confirm"}
    first, second = ben.post(url, form), ben.post(url, form)
    assert first.headers["location"] == second.headers["location"] == f"/orders/{order.reference}/"
    assert Payment.objects.exclude(purpose="").count() == 1 and paid(order)


def test_a_declined_card_leaves_the_order_as_it_was(shop: World, ben: Client, order: Order) -> None:
    other = save_test_card(shop.ben, read_clock(), last4="1881", is_default=False)
    url = ask_for(ben, order, cabernet="3")
    behave(Behaviour.INSUFFICIENT_FUNDS)
    answer = press(ben, url)
    assert answer.headers["location"] == url
    page = ben.get(url)
    words = words_of(page)
    assert "enough funds" in words and "Nothing was charged and your order is as it was." in words
    assert "Choose another card" in words and "or leave your order as it is." in words
    assert untouched(order, shop) and state_of_draft() == "waiting" and shop.stock(shop.cabernet).held == 1
    assert form_of(page, url)["card"] == other.reference, "not the one that was just declined"
    leads = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "A change of this order is not paid." in leads and "Go on with it" in leads
    behave(Behaviour.SUCCEEDS)
    press(ben, url, card=other.reference)
    assert paid(order)
    assert "A card was declined; nothing was charged" in words_of(ben.get(f"/orders/{order.reference}/"))


def test_a_typed_card_that_is_declined_is_not_kept(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    answer = ben.post(
        url, {**form_of(ben.get(url), url), **new_card(DECLINED), "act": "confirm"}, follow=True
    )
    assert "The card that you typed isn’t kept." in words_of(answer)
    kept = PaymentMethod.objects.filter(customer=shop.ben, removed_at__isnull=True)
    assert [card.last4 for card in kept] == ["4242"] and untouched(order, shop)
    assert f'value="{DECLINED}"' not in answer.content.decode()
    press(ben, url, **new_card("5555 5555 5555 4444"))
    assert paid(order)


@pytest.mark.parametrize("number", ["4242 4242 4242 4241", ""])
def test_a_card_that_can_not_be_saved_is_said_beside_it(
    shop: World, ben: Client, order: Order, number: str
) -> None:
    url = ask_for(ben, order, cabernet="3")
    answer = press(ben, url, **new_card(number))
    html = answer.content.decode()
    assert answer.status_code == 422 and 'id="card_errors"' in html and untouched(order, shop)
    assert state_of_draft() == "open" and "1 more bottle is kept for you" in words_of(answer)


def test_a_card_that_went_in_another_tab(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    form = form_of(ben.get(url), url)
    PaymentMethod.objects.update(removed_at=read_clock(), is_default=False)
    answer = ben.post(url, {**form, "act": "confirm"})
    assert answer.status_code == 422 and "no longer saved" in words_of(answer) and untouched(order, shop)


def test_the_choice_of_the_card_stays_while_the_sum_is_worked_out(
    shop: World, ben: Client, order: Order
) -> None:
    other = save_test_card(shop.ben, read_clock(), last4="1881", is_default=False)
    url = ask_for(ben, order, cabernet="3")
    page = update(ben, url, card=other.reference, gift_note="Cheers")
    assert form_of(page, url)["card"] == other.reference


# The bank


def test_the_bank_asks_and_is_answered(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    bank = press(ben, url, **new_card(ASKS)).headers["location"]
    assert bank.startswith("/test-gateway/authenticate/")
    waits = f"/orders/change/return/{payment_of_change().reference}/"
    assert "Your bank needs to confirm it’s you" in words_of(ben.get(waits))
    assert ben.get(url).headers["location"] == waits, "the draft leads to its payment while there is one"
    assert live(ben, waits).status_code == 405
    part = ben.post(url, {"act": "update"}, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == waits
    leads = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "your bank needs to know that it’s you" in leads and "Go on to it" in leads
    ben.post(bank, {"answer": "approve"})
    assert ben.get(waits).headers["location"] == f"/orders/{order.reference}/" and paid(order)


def test_the_bank_says_no(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    bank = press(ben, url, **new_card(ASKS)).headers["location"]
    ben.post(bank, {"answer": "decline"})
    answer = ben.get(f"/orders/change/return/{payment_of_change().reference}/", follow=True)
    words = words_of(answer)
    assert "Nothing was charged and your order is as it was." in words and "isn’t kept" in words
    assert untouched(order, shop)


def test_another_card_instead_of_the_banks_question(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    press(ben, url, **new_card(ASKS))
    answer = ben.post(f"/orders/change/return/{payment_of_change().reference}/give-up/", follow=True)
    assert "You did not go on to your bank." in words_of(answer) and untouched(order, shop)
    press(ben, url, card=shop.ben_card.reference)
    assert paid(order)


def test_a_bank_that_does_not_answer(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    behave(Behaviour.TIMES_OUT_CHARGED)
    waits = press(ben, url).headers["location"]
    assert waits == f"/orders/change/return/{payment_of_change().reference}/"
    # Looking is asking: the bank had taken the money, only its answer was lost.
    assert ben.get(waits).headers["location"] == f"/orders/{order.reference}/" and paid(order)


def test_while_nobody_knows_the_page_says_so_and_looks_again(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="3")
    behave(Behaviour.TIMES_OUT_LOST)
    page = ben.get(press(ben, url).headers["location"])
    assert "You will not be charged twice." in words_of(page)
    assert '<meta http-equiv="refresh"' in page.content.decode() and untouched(order, shop)
    assert "waits for your bank’s answer" in words_of(ben.get(f"/orders/{order.reference}/"))
    assert ben.post(url, {"act": "let_go"}).headers["location"].startswith("/orders/change/return/")


def test_the_waiting_pages_own_question(shop: World, ben: Client, order: Order) -> None:
    """Nothing while the bank is silent; then the way to the order, and what was made of it said once."""
    url = ask_for(ben, order, cabernet="3")
    behave(Behaviour.TIMES_OUT_LOST)
    waits = press(ben, url).headers["location"]
    silent = ben.get(waits, headers=LIVE)
    assert (silent.status_code, dict(silent.items()).get("HX-Redirect")) == (204, None)
    Payment.objects.filter(state="unknown").update(made_at=read_clock() - timedelta(hours=2))
    reconcile_payments(now=read_clock())
    answer = ben.get(waits, headers=LIVE)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, url)
    assert "Nothing was charged" in words_of(ben.get(url)) and untouched(order, shop)


# Store credit


def test_store_credit_pays_the_difference(shop: World, ben: Client, order: Order) -> None:
    credit(shop, 500_00)
    url = ask_for(ben, order, cabernet="3")
    page = ben.get(url)
    assert "You have $500.00" in words_of(page) and "data-credit" in page.content.decode()
    answer = ben.post(url, {**form_of(page, url), "card": "credit", "act": "confirm"}, follow=True)
    assert paid(order) and "paid from store credit" in words_of(answer)
    left = Customer.objects.get(pk=shop.ben.pk).credit_minor
    assert left == 500_00 - payment_of_change().amount_minor


def test_store_credit_that_does_not_cover_it_is_not_offered(shop: World, ben: Client, order: Order) -> None:
    credit(shop, 5_00)
    url = ask_for(ben, order, cabernet="3")
    assert "data-credit" not in ben.get(url).content.decode()
    answer = press(ben, url, card="credit")
    assert answer.status_code == 422 and untouched(order, shop)
    assert "card" not in form_of(answer, url), "no card is chosen for somebody who chose credit"


# Money back


def test_less_gives_money_back_to_the_card(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="1")
    page = ben.get(url)
    assert "You get back" in words_of(page) and 'data-settles="back"' in page.content.decode()
    answer = ben.post(url, {**form_of(page, url), "act": "confirm"}, follow=True)
    refund = Payment.objects.get(order=order, kind="refund")
    order.refresh_from_db()
    assert (refund.state, refund.gateway, order.balance_minor) == ("settled", "test", 0)
    assert "sent back to Visa ending in 4242" in words_of(answer) and run_checks(read_clock()) == []


def test_money_back_may_become_store_credit(shop: World, ben: Client, order: Order) -> None:
    url = ask_for(ben, order, cabernet="1", refund_to="credit")
    page = update(ben, url, refund_to="credit")
    assert form_of(page, url)["refund_to"] == "credit", "the choice stays while the sum is worked out"
    press(ben, url, refund_to="credit")
    refund = Payment.objects.get(order=order, kind="refund")
    assert Customer.objects.get(pk=shop.ben.pk).credit_minor == refund.amount_minor
    assert refund.gateway == "credit" and run_checks(read_clock()) == []
    assert "sent back as store credit" in words_of(ben.get(f"/orders/{order.reference}/"))


# Where the card is charged when the wine ships


def test_more_is_set_aside_and_said_so(shop: World, signed_in: SignedIn) -> None:
    order = set_aside(shop, shop.ben, {"CAB23": 2}, read_clock())
    ben = signed_in(shop.ben)
    url = ask_for(ben, order, cabernet="3")
    words = words_of(ben.get(url))
    assert "To set aside" in words and "aside and change it" in words and "taken when the wine ships" in words
    assert "set aside on Visa ending in 4242" in words_of(press_through(ben, url))
    assert payment_of_change().kind == "authorise" and run_checks(read_clock()) == []


def press_through(client: Client, url: str) -> Page:
    return client.post(url, {**form_of(client.get(url), url), "act": "confirm"}, follow=True)


def test_less_than_was_set_aside_moves_no_money(shop: World, signed_in: SignedIn) -> None:
    order = set_aside(shop, shop.ben, {"CAB23": 2}, read_clock())
    ben = signed_in(shop.ben)
    url = ask_for(ben, order, cabernet="1")
    assert "That much less is taken when the wine ships." in words_of(ben.get(url))
    press(ben, url)
    order.refresh_from_db()
    assert not Payment.objects.filter(kind="refund").exists() and order.changes.count() == 2
    assert run_checks(read_clock()) == []


# What the team has prepared


def test_the_order_leads_to_paying_what_the_team_prepared(shop: World, ben: Client, order: Order) -> None:
    wanted = {key_of(order, shop.cabernet): 3}
    draft = draft_of(shop, order, shop.staff, pieces=wanted, now=read_clock())
    confirm(shop, draft, shop.staff, settle_by=SettleBy.LINK, now=read_clock())
    page = ben.get(f"/orders/{order.reference}/")
    words = words_of(page)
    assert "We have prepared a change of this order for you." in words and "See it and pay" in words
    assert "Change this order" in words, "their own is still theirs to make"
    link = "/pay/" + page.content.decode().partition("/pay/")[2].partition('"')[0]
    form = form_of(ben.get(link), link)
    ben.post(link, form)
    assert paid(order)
    told = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "We added 1 × Estate Cabernet Sauvignon 2023" in told and "See it and pay" not in told


def test_what_was_paid_too_late_goes_back(shop: World, ben: Client, order: Order) -> None:
    """The bank says yes after the order was changed by others: nothing is made of it, and the page says so."""
    url = ask_for(ben, order, cabernet="3")
    bank = press(ben, url, **new_card(ASKS)).headers["location"]
    now = read_clock()
    confirm(shop, draft_of(shop, order, shop.staff, gift_note="Hello", now=now), shop.staff, now=now)
    ben.post(bank, {"answer": "approve"})
    answer = ben.get(f"/orders/change/return/{payment_of_change().reference}/", follow=True)
    words = words_of(answer)
    assert "You paid, and then this change could not be made any more. The money goes back to you." in words
    assert "Your order has changed since you began." in words and pieces_on(order) == {"CAB23": 2}
    assert Payment.objects.filter(kind="refund", state="settled").count() == 1
    assert run_checks(read_clock()) == []
