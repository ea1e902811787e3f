"""Store credit in the shop: on the account, on orders, and at the checkout."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.checkout.journey import buy
from tests.web.storefront.pages import Page, counted, form_of, take, words_of
from tests.world import World, save_test_card
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import give_credit, refund_to_credit, take_offline_payment
from tirage.payments.states import OfflineKind


def give(shop: World, customer: Customer, minor: int) -> None:
    give_credit(
        customer=customer,
        amount=Money(minor, "USD"),
        reason="Internal: a friend of the house",
        actor=shop.staff,
        now=read_clock(),
    )


# The account


def test_the_account_says_what_credit_there_is(shop: World, ana: Client) -> None:
    assert "Store credit" not in words_of(ana.get("/account/"))
    give(shop, shop.ana, 35_00)
    assert "Store credit Yours to use when you check out $35.00" in words_of(ana.get("/account/"))
    page = words_of(ana.get("/account/credit/"))
    assert "You have $35.00 to use for your wine" in page and "Given to you" in page
    assert "friend of the house" not in page, "staff's reasons stay with the staff"


def test_a_neighbours_credit_is_not_shown(shop: World, ana: Client) -> None:
    give(shop, shop.ben, 35_00)
    page = words_of(ana.get("/account/credit/"))
    assert "Nothing is left just now." in page and "$35.00" not in page


def test_the_ledger_names_the_orders(shop: World, ben: Client) -> None:
    buy(shop, shop.ben, {"CAB23": 2}, read_clock())
    paid = Payment.objects.get()
    for _ in range(3):
        refund_to_credit(
            payment_id=paid.pk,
            amount=Money(5_00, "USD"),
            reason="Corked",
            actor=shop.staff,
            now=read_clock(),
        )
    with counted() as statements:
        page = words_of(ben.get("/account/credit/"))
    assert page.count("Back from an order") == page.count(paid.order.reference) == 3
    assert len(statements) <= 2
    order = words_of(ben.get(f"/orders/{paid.order.reference}/"))
    assert order.count("Refunded: $5.00 Store credit") == 3 and "$5.00 sent back as store credit" in order


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (OfflineKind.CHEQUE, "Paid: $10.00 Check"),
        (OfflineKind.TRANSFER, "Paid: $10.00 Bank transfer"),
        (OfflineKind.CASH, "Paid: $10.00 Cash"),
        (OfflineKind.COMP, "Paid: $10.00 A gift of the house"),
    ],
)
def test_the_order_says_how_it_was_paid(shop: World, ben: Client, kind: OfflineKind, words: str) -> None:
    buy(shop, shop.ben, {"CAB23": 2}, read_clock())
    order, paid = Order.objects.get(), Payment.objects.get()
    Payment.objects.update(amount_minor=paid.amount_minor - 10_00)
    Order.objects.update(paid_minor=paid.amount_minor - 10_00)
    take_offline_payment(
        order_reference=order.reference,
        amount_minor=10_00,
        offline_kind=kind,
        note="Between us",
        actor=shop.staff,
        now=read_clock(),
    )
    page = words_of(ben.get(f"/orders/{order.reference}/"))
    assert words in page and "Between us" not in page


# The checkout


@pytest.fixture
def held(shop: World, ana: Client) -> Client:
    """Ana with five bottles in her cart: 419.88 with tax."""
    take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    return ana


def fields_of(page: Page) -> dict[str, str]:
    return form_of(page, "/checkout/place/")


def without(fields: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in fields.items() if key != name}


def balance(shop: World) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=shop.ana.pk)


@pytest.mark.django_db(transaction=True)
def test_credit_is_taken_off_before_the_button(shop: World, held: Client) -> None:
    give(shop, shop.ana, 35_00)
    page = held.get("/checkout/")
    words = words_of(page)
    for shown in ("Total $419.88", "Store credit −$35.00", "To pay $384.88", "Place order · $384.88"):
        assert shown in words
    assert "Use $35.00 of store credit" in words
    answer = held.post("/checkout/place/", fields_of(page))
    receipt = words_of(held.get(answer.headers["location"]))
    assert "$384.88 by Visa ending in 4242" in receipt and "$35.00 by store credit" in receipt
    assert balance(shop) == 0 and Order.objects.get().balance_minor == 0


@pytest.mark.django_db(transaction=True)
def test_unticking_shows_the_whole_total_first(shop: World, held: Client) -> None:
    """Without scripts: the button that works the total out again; a stale total is refused."""
    give(shop, shop.ana, 35_00)
    fields = without(fields_of(held.get("/checkout/")), "credit")
    stale = held.post("/checkout/place/", fields)
    assert stale.status_code == 422 and "The total has changed" in words_of(stale)
    assert not Order.objects.exists()
    page = held.post("/checkout/", {**fields, "act": "update"})
    assert "To pay $419.88" in words_of(page) and "Place order · $419.88" in words_of(page)
    assert "Use $35.00 of store credit" in words_of(page)
    assert held.post("/checkout/place/", fields_of(page)).status_code == 302
    assert balance(shop) == 35_00 and Payment.objects.get().amount_minor == 419_88


@pytest.mark.django_db(transaction=True)
def test_htmx_gets_the_total_with_or_without_credit(shop: World, held: Client) -> None:
    give(shop, shop.ana, 35_00)
    fields = fields_of(held.get("/checkout/"))
    asked = held.post("/checkout/", fields, headers={"HX-Request": "true"}).content.decode()
    assert "$384.88" in asked and "checked" in asked.partition('name="credit"')[2][:80]
    left = held.post("/checkout/", without(fields, "credit"), headers={"HX-Request": "true"})
    assert "$384.88" not in left.content.decode() and "$419.88" in left.content.decode()


@pytest.mark.django_db(transaction=True)
def test_credit_that_covers_everything_asks_for_no_card(shop: World, held: Client) -> None:
    give(shop, shop.ana, 500_00)
    PaymentMethod.objects.filter(customer=shop.ana).update(removed_at=read_clock())
    page = held.get("/checkout/")
    assert "no card is needed" in words_of(page) and "Place order · $0.00" in words_of(page)
    fields = fields_of(page)
    assert fields["card"] == "new" and fields["expected"] == "0"
    answer = held.post("/checkout/place/", fields)
    order = Order.objects.get()
    assert answer.headers["location"] == f"/orders/{order.reference}/receipt/"
    assert "$419.88 by store credit" in words_of(held.get(answer.headers["location"]))
    assert (order.state, balance(shop)) == ("placed", 80_12)
    assert PaymentMethod.objects.filter(customer=shop.ana, removed_at=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_declined_card_leaves_the_credit_with_the_customer(shop: World, held: Client) -> None:
    give(shop, shop.ana, 35_00)
    declined = save_test_card(
        shop.ana, shop.now, behaviour=Behaviour.CARD_DECLINED, last4="0341", is_default=False
    )
    fields = fields_of(held.get("/checkout/"))
    answer = held.post("/checkout/place/", {**fields, "card": declined.reference})
    assert answer.status_code == 402 and "Place order · $384.88" in words_of(answer)
    assert balance(shop) == 35_00 and Order.objects.get().state == "abandoned"


@pytest.mark.django_db(transaction=True)
def test_a_customer_who_waits_for_the_bank_waits_for_the_cards_payment(shop: World, held: Client) -> None:
    give(shop, shop.ana, 35_00)
    asks = save_test_card(
        shop.ana, shop.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="3184", is_default=False
    )
    fields = fields_of(held.get("/checkout/"))
    held.post("/checkout/place/", {**fields, "card": asks.reference})
    card_payment = Payment.objects.get(gateway="test")
    page = held.get("/checkout/")
    assert page.headers["location"] == f"/checkout/return/{card_payment.reference}/"
    assert "$384.88" in words_of(held.get(page.headers["location"]))


def test_nobody_without_credit_reads_of_it(shop: World, held: Client) -> None:
    page = held.get("/checkout/")
    assert "credit" not in page.content.decode().lower()
