"""Paying with Stripe in a real browser. Stripe's script is played by a small one that has its shape; the rest is ours:
what our module asks of it, what the page lets through, and what reaches the shop."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.conftest import DESK, PHONE, assert_accessible, photograph
from tests.browser.storefront.conftest import Enter, unfold
from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import fake, new_card, stripe_settings
from tests.web.conftest import member_with
from tests.world import World
from tirage.checkout.operations import set_cart
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.models import StripeCall
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.staff.states import Role

__all__ = ["fake", "stripe_settings"]

ADDRESS = "https://js.stripe.com/endive/stripe.js"
#: Stripe's script as our modules use it; what it was told is kept in ``window.told``.
SCRIPT = """
window.told = { key: null, elements: null, fields: null, setups: [], payments: [] };
window.Stripe = (key) => {
  told.key = key;
  return {
    elements: (options) => {
      told.elements = options;
      return {
        create: (kind, options) => {
          told.fields = { kind, ...options };
          return { mount: (place) => {
            const frame = document.createElement("div");
            frame.className = "stand-in";
            frame.textContent = "Card number  Expiry  Security code";
            place.append(frame);
          } };
        },
        submit: async () => window.unfilled
          ? { error: { type: "validation_error", message: "Your card number is incomplete." } } : {},
      };
    },
    confirmSetup: async (asked) => {
      told.setups.push({ secret: asked.clientSecret, redirect: asked.redirect, names: Object.keys(asked) });
      return JSON.parse(await window.fillCard(asked.clientSecret));
    },
    confirmCardPayment: async (secret, asked) => {
      told.payments.push(asked);
      return JSON.parse(await window.answerBank(secret, asked.payment_method));
    },
  };
};
"""

Visitor = Callable[..., Page]
Scheme = Literal["light", "dark"]


@pytest.fixture
def visitor(
    fake: FakeStripe, shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> Visitor:
    """Ana's browser, to whom Stripe's script comes; ``card`` is what the card does, ``approve`` how she answers."""

    def open_one(
        *,
        card: str = "succeeds",
        approve: bool = True,
        reach: bool = True,
        scheme: Scheme = "light",
        **how: Any,
    ) -> Page:
        context = open_context(own={"color_scheme": scheme}, **how)

        def send(route: Route) -> None:
            if reach:
                route.fulfill(body=SCRIPT, content_type="text/javascript")
            else:
                route.abort()

        def fill_card(secret: str) -> str:
            setup = fake.fill_card(secret, card)
            refused = setup["last_setup_error"]
            return json.dumps({"error": refused} if refused else {"setupIntent": {"id": setup["id"]}})

        def answer_bank(secret: str, token: str) -> str:
            fake.answer_bank(secret, token, approve=approve)
            error = {"type": "card_error", "message": "We are unable to authenticate your card."}
            return json.dumps({} if approve else {"error": error})

        context.route(re.compile(r"^https://"), send)
        context.expose_function("fillCard", fill_card)
        context.expose_function("answerBank", answer_bank)
        enter(context, shop.ana)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    return open_one


def fill_cart(shop: World) -> None:
    items = {shop.item(shop.premier_offer, shop.cabernet).pk: 6}
    actor = Actor(ActorKind.CUSTOMER, shop.ana.pk, shop.ana.name)
    set_cart(customer=shop.ana, quantities=items, actor=actor, now=read_clock())


def placed() -> Order:
    return Order.objects.get(state="placed")


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_form_looks_like_the_shop(visitor: Visitor, width: int, scheme: Scheme) -> None:
    page = visitor(width=width, scheme=scheme)
    page.goto("/account/cards/new/")
    page.wait_for_selector(".stand-in")
    assert_accessible(page)
    photograph(page, f"stripe-card-{width}-{scheme}")
    told = page.evaluate("told.elements")
    assert (told["mode"], told["currency"], told["allowedPaymentMethodTypes"]) == ("setup", "usd", ["card"])
    colours = told["appearance"]["variables"]
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colours[name]) for name in colours if name.startswith("color"))
    assert told["appearance"]["theme"] == {"light": "stripe", "dark": "night"}[scheme]
    assert page.evaluate("told.fields.wallets") == {
        "applePay": "never",
        "googlePay": "never",
        "link": "never",
    }


def test_a_card_is_saved_from_the_account(visitor: Visitor, fake: FakeStripe, shop: World) -> None:
    page = visitor()
    page.goto("/account/cards/new/")
    page.wait_for_selector(".stand-in")
    assert fake.asked == []
    page.get_by_role("button", name="Save the card").click()
    page.wait_for_url("**/account/cards/")
    assert "Visa ending in 4242" in page.inner_text("main")
    assert PaymentMethod.objects.filter(gateway="stripe", customer=shop.ana).count() == 1


def test_what_the_fields_find_wrong_is_said_and_nothing_is_sent(visitor: Visitor, fake: FakeStripe) -> None:
    page = visitor()
    page.goto("/account/cards/new/")
    page.wait_for_selector(".stand-in")
    page.evaluate("window.unfilled = true")
    page.get_by_role("button", name="Save the card").click()
    page.get_by_text("Your card number is incomplete.").wait_for()
    assert page.url.endswith("/account/cards/new/") and fake.asked == []
    assert_accessible(page)
    page.evaluate("window.unfilled = false")
    page.get_by_role("button", name="Save the card").click()
    page.wait_for_url("**/account/cards/")


def test_a_declined_card_is_said_beside_the_fields(visitor: Visitor) -> None:
    page = visitor(card="save_declined")
    page.goto("/account/cards/new/")
    page.wait_for_selector(".stand-in")
    page.get_by_role("button", name="Save the card").click()
    page.get_by_text("Your card was declined.").wait_for()
    assert not PaymentMethod.objects.filter(gateway="stripe").exists()


def test_when_stripes_script_doesnt_come_the_customer_is_told(visitor: Visitor) -> None:
    page = visitor(reach=False, tolerate=("Failed to load resource",))
    page.goto("/account/cards/new/")
    page.get_by_text("can't be reached").wait_for()
    page.get_by_role("button", name="Save the card").click()
    page.get_by_text("can't be reached").wait_for()
    assert page.url.endswith("/account/cards/new/")


def test_without_scripts_the_page_says_what_to_do(visitor: Visitor) -> None:
    page = visitor(script=False)
    page.goto("/account/cards/new/")
    assert "they need JavaScript" in page.inner_text("main")


def test_an_order_is_paid_with_a_new_card(visitor: Visitor, fake: FakeStripe, shop: World) -> None:
    PaymentMethod.objects.filter(customer=shop.ana).delete()
    fill_cart(shop)
    page = visitor()
    page.goto("/checkout/")
    page.locator("[data-stripe-card]").scroll_into_view_if_needed()
    page.wait_for_selector(".stand-in")
    photograph(page, "stripe-checkout")
    page.get_by_role("button", name=re.compile("Place order")).first.click()
    page.wait_for_url("**/receipt/")
    order = placed()
    assert order.paid_minor == order.owed_minor > 0
    assert [one["status"] for one in fake.intents.values()] == ["succeeded"]


def test_with_a_saved_card_stripes_script_isnt_even_fetched(
    visitor: Visitor, fake: FakeStripe, shop: World
) -> None:
    token = new_card(fake, customer=shop.ana.reference)
    PaymentMethod.objects.filter(customer=shop.ana).update(gateway="stripe", token=token)
    fill_cart(shop)
    page = visitor()
    wanted: list[str] = []
    page.on("request", lambda request: wanted.append(request.url))
    page.goto("/checkout/", wait_until="networkidle")
    assert not any("stripe.com" in url for url in wanted)
    unfold(page, "by")
    page.locator("input[name=card][value=new]").check()
    page.wait_for_selector(".stand-in")
    assert ADDRESS in wanted
    page.locator("input[name=card]").first.check()
    page.get_by_role("button", name=re.compile("Place order")).first.click()
    page.wait_for_url("**/receipt/")
    assert len(fake.setups) == 1 and placed().paid_minor == placed().owed_minor


@pytest.mark.parametrize("approve", [True, False])
def test_the_banks_question_is_answered_on_a_page_of_ours(
    visitor: Visitor, fake: FakeStripe, shop: World, approve: bool
) -> None:
    PaymentMethod.objects.filter(customer=shop.ana).delete()
    fill_cart(shop)
    page = visitor(card="authenticates_always", approve=approve)
    page.goto("/checkout/")
    page.locator("[data-stripe-card]").scroll_into_view_if_needed()
    page.wait_for_selector(".stand-in")
    page.get_by_role("button", name=re.compile("Place order")).first.click()
    page.wait_for_url("**/stripe/confirm/**")
    assert_accessible(page)
    photograph(page, "stripe-confirm")
    page.get_by_role("button", name="Continue to your bank").click()
    if approve:
        page.wait_for_url("**/receipt/")
        assert placed().paid_minor == placed().owed_minor
    else:
        page.wait_for_url("**/checkout/")
        assert "could not confirm that it was you" in page.inner_text("main")
        assert Order.objects.get().state == "abandoned"


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_team_sees_how_stripe_is_set_up(
    fake: FakeStripe, shop: World, open_context: Callable[..., BrowserContext], live_server: Any, width: int
) -> None:
    new_card(fake)
    StripeGateway().charge(
        token=next(iter(fake.cards)),
        amount=Money(1_00, "USD"),
        idempotency_key="key-1",
        description="",
        return_url="",
    )
    StripeCall.objects.update(made_at=read_clock() - timedelta(hours=2))
    client = Client()
    client.force_login(member_with(Role.OWNER), backend="allauth.account.auth_backends.AuthenticationBackend")
    name, context = settings.SESSION_COOKIE_NAME, open_context(width=width)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto("/winery/settings/payments/", wait_until="networkidle")
    assert "look at the webhook in Stripe" in page.inner_text("main")
    assert_accessible(page)
    photograph(page, f"stripe-settings-{width}")
