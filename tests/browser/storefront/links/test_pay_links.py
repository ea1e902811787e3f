"""Paying by a mailed link, signed out, in a real browser; and replacing a card the same way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail as mailing
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import WIDTHS, assert_accessible, look_at, photograph
from tests.browser.storefront.test_journeys import type_card
from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on
from tests.rooms.payments.owing import card_that, owing_order
from tests.world import World
from tirage.changes.states import SettleBy
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink
from tirage.payments.operations import card_link_url, charge_balance, make_pay_link, pay_link_url

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def linked_change(shop: World) -> PayLink:
    """Two bottles more for Ben, prepared by staff, to be paid by a link."""
    order = bought(shop, shop.ben, {"CAB23": 1})
    draft = draft_of(shop, order, shop.staff, pieces={key_of(order, shop.cabernet): 3})
    confirm(shop, draft, shop.staff, settle_by=SettleBy.LINK, payment_method=None)
    return PayLink.objects.select_related("order").get()


def linked_balance(shop: World) -> PayLink:
    order = owing_order(shop, shop.ben, read_clock())
    return make_pay_link(
        order_id=order.pk, purpose="", amount=Money(50_00, "USD"), actor=shop.staff, now=read_clock()
    )


def press_pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"^Pay \$")).locator("visible=true").click()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_change_is_paid_signed_out(shop: World, open_context: Contexts, script: bool) -> None:
    link = linked_change(shop)
    page = open_context(script=script, tolerate=("402",)).new_page()
    page.goto(pay_link_url(link))
    expect(page.get_by_role("heading", name="to pay")).to_be_visible()
    expect(page.locator(".differences")).to_contain_text("1 → 3")
    if script:
        assert_accessible(page)
        photograph(page, "pay-change-390-light")
    type_card(page, "4000 0000 0000 0341")
    press_pay(page)
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    assert pieces_on(link.order) == {"CAB23": 1}
    page.get_by_text("Visa ending in 4242").click()
    press_pay(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert pieces_on(link.order) == {"CAB23": 3}
    page.reload()
    expect(page.get_by_text("There is nothing more to do.")).to_be_visible()


def test_the_bank_asks_and_leads_back(shop: World, open_context: Contexts) -> None:
    link = linked_balance(shop)
    page = open_context().new_page()
    page.goto(pay_link_url(link))
    type_card(page, "4000 0027 6000 3184")
    press_pay(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Order.objects.get().balance_minor == 0


def test_the_button_of_the_mail_leads_there(shop: World, open_context: Contexts) -> None:
    linked_balance(shop)
    mail = SentMail.objects.get(kind="pay_link_balance")
    assert send_one(mail.pk, read_clock()) is None
    address = re.search(r"^http\S+/pay/\S+$", str(mailing.outbox[0].body), re.MULTILINE)
    assert address is not None
    page = open_context().new_page()
    page.goto(address[0])
    expect(page.get_by_role("heading", name="$50.00 to pay")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_in_every_look(shop: World, open_context: Contexts, width: int) -> None:
    page = open_context(width=width, tolerate=("404", "410")).new_page()
    link = linked_balance(shop)
    page.goto(pay_link_url(link))
    look_at(page, f"pay-balance-{width}")
    page.goto("/pay/LNK-23456789.cut/")
    look_at(page, f"pay-unknown-{width}")
    card = card_that(shop, shop.ben, Behaviour.STOLEN_CARD, "9979")
    charge_balance(
        order_id=link.order_id,
        card_reference=card.reference,
        return_url="",
        actor=shop.staff,
        now=read_clock(),
    )
    page.goto(card_link_url(shop.ben, read_clock()))
    look_at(page, f"card-link-{width}")


def test_another_card_and_it_is_paid(shop: World, open_context: Contexts) -> None:
    link = linked_balance(shop)
    card = card_that(shop, shop.ben, Behaviour.STOLEN_CARD, "9979")
    charge_balance(
        order_id=link.order_id,
        card_reference=card.reference,
        return_url="",
        actor=shop.staff,
        now=read_clock(),
    )
    page = open_context().new_page()
    page.goto(card_link_url(shop.ben, read_clock()))
    expect(page.get_by_text("We have your Visa ending in 9979")).to_be_visible()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Save the card").click()
    expect(page.get_by_role("heading", name="Your card is saved")).to_be_visible()
    assert_accessible(page)
    photograph(page, "card-link-saved-390-light")
    page.get_by_role("button", name="Pay now with Mastercard ending in 4444").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Collection.objects.get().state == "collected" and Order.objects.get().balance_minor == 0
