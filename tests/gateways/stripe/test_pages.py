"""The card form, the bank's question, and a content policy that opens for Stripe only where Stripe is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import question_of
from tests.web.storefront.pages import form_of, take, words_of
from tests.world import World, acting, build_world
from tirage.core.clock import read_clock
from tirage.core.models import Try
from tirage.customers.models import Customer
from tirage.integrations.stripe import people
from tirage.integrations.stripe.models import StripeCall
from tirage.integrations.stripe.people import sign_form
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import save_card
from tirage.storefront.frame import identity

pytestmark = pytest.mark.django_db(transaction=True)
STRIPES = ("https://js.stripe.com", "https://api.stripe.com", "https://hooks.stripe.com")


def enter(customer: Customer) -> Client:
    """A browser in which the customer is signed in."""
    response, client = HttpResponse(), Client()
    identity.sign_in(response, customer, now=read_clock())
    client.cookies[identity.COOKIE] = response.cookies[identity.COOKIE].value
    return client


@pytest.fixture
def shop(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def ana(shop: World) -> Client:
    return enter(shop.ana)


def policy(answer: Any) -> dict[str, set[str]]:
    """The page's content policy by directive."""
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return {part.split()[0]: set(part.split()[1:]) for part in parts}


def begun(client: Client, path: str) -> dict[str, str]:
    """What the form's script would know."""
    page = client.get(path).content.decode()
    found = re.search(r"<fieldset[^>]*data-stripe-card[^>]*>", page)
    assert found, "no card form"
    return dict(re.findall(r'data-(key|setup|proof|currency)="([^"]*)"', found[0]))


def card_setup(fake: FakeStripe, client: Client, path: str, behaviour: str = "succeeds") -> str:
    """The script's part: asks for a setup, lets Stripe's fields take the card."""
    facts = begun(client, path)
    answer = client.post(facts["setup"], {"proof": facts["proof"]})
    assert answer.status_code == 200, answer.content
    return str(fake.fill_card(answer.json()["client_secret"], behaviour)["id"])


class TestContentPolicy:
    def test_without_stripe_no_page_knows_of_it(self, shop: World, ana: Client) -> None:
        take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
        for path in ("/account/cards/new/", "/checkout/", "/offer/"):
            answer = ana.get(path)
            assert answer.status_code == 200
            assert "stripe" not in answer.headers["Content-Security-Policy"]
            assert b"stripe" not in answer.content.lower()

    def test_with_stripe_the_pages_with_a_card_form_open_for_exactly_what_it_needs(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
        for path in ("/account/cards/new/", "/checkout/"):
            found = policy(ana.get(path))
            assert found["script-src"] == {"'self'", "https://js.stripe.com", "https://*.js.stripe.com"}
            assert found["frame-src"] == {
                "https://js.stripe.com",
                "https://*.js.stripe.com",
                "https://hooks.stripe.com",
            }
            assert found["connect-src"] == {"'self'", "https://api.stripe.com"}
            rest = {name: found[name] for name in set(found) - {"script-src", "frame-src", "connect-src"}}
            assert not any("stripe" in source for sources in rest.values() for source in sources)
            assert "'unsafe-inline'" not in str(found) and "'unsafe-eval'" not in str(found)

    def test_with_stripe_every_other_page_stays_shut(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        for path in ("/offer/", "/account/", "/account/cards/", "/orders/", "/sign-in/"):
            answer = ana.get(path)
            assert "stripe" not in answer.headers["Content-Security-Policy"], path

    def test_no_script_is_written_into_a_page(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        page = ana.get("/account/cards/new/").content.decode()
        scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.DOTALL)
        assert scripts and all("src=" in attributes and not body for attributes, body in scripts)
        assert not re.search(r"\son\w+=", page) and " style=" not in page
        assert "js.stripe.com" not in page  # our module fetches it, when the fields are to be seen


class TestCardForm:
    def test_looking_at_a_form_asks_stripe_nothing(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        facts = begun(ana, "/account/cards/new/")
        assert (facts["key"], facts["currency"]) == ("pk_test_tirage", "usd")
        assert fake.asked == []
        assert "sk_test" not in ana.get("/account/cards/new/").content.decode()

    def test_without_javascript_the_form_says_so(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        page = ana.get("/account/cards/new/").content.decode()
        assert "they need JavaScript" in re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)[0]
        answer = ana.post("/account/cards/new/", {"key": "k1"})
        assert answer.status_code == 422
        assert "Allow JavaScript for this page" in words_of(answer)

    def test_a_card_is_saved_from_the_account(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        fields = form_of(ana.get("/account/cards/new/"), "")
        fields["card_setup"] = card_setup(fake, ana, "/account/cards/new/")
        answers = [ana.post("/account/cards/new/", fields) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        saved = PaymentMethod.objects.get(gateway="stripe")
        assert (saved.customer_id, saved.label) == (shop.ana.pk, "Visa 4242")
        assert "Visa ending in 4242" in words_of(ana.get("/account/cards/"))

    def test_a_card_that_the_bank_declines_says_why(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        setup = card_setup(fake, ana, "/account/cards/new/", "save_declined")
        answer = ana.post("/account/cards/new/", {"key": "k1", "card_setup": setup})
        assert answer.status_code == 422
        assert "Your bank declined this card." in words_of(answer)
        assert not PaymentMethod.objects.filter(gateway="stripe").exists()

    def test_an_order_is_paid_with_a_new_card(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
        setup = card_setup(fake, ana, "/checkout/")
        fields = form_of(ana.get("/checkout/"), "/checkout/place/")
        answer = ana.post("/checkout/place/", {**fields, "card": "new", "card_setup": setup, "adult": "1"})
        found = Order.objects.get()
        assert answer.headers["location"] == f"/orders/{found.reference}/receipt/"
        assert (found.state, found.paid_minor) == ("placed", found.owed_minor)
        assert [intent["status"] for intent in fake.intents.values()] == ["succeeded"]

    def test_a_declined_card_leaves_the_bottles_where_they_are(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
        setup = card_setup(fake, ana, "/checkout/", "insufficient_funds")
        fields = form_of(ana.get("/checkout/"), "/checkout/place/")
        answer = ana.post("/checkout/place/", {**fields, "card": "new", "card_setup": setup, "adult": "1"})
        assert answer.status_code == 402
        assert "doesn't have enough funds" in words_of(answer)
        assert "https://js.stripe.com" in answer.headers["Content-Security-Policy"]

    def test_saved_cards_of_another_gateway_buy_nothing(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
        fields = form_of(ana.get("/checkout/"), "/checkout/place/")
        answer = ana.post("/checkout/place/", {**fields, "card": shop.ana_card.reference, "adult": "1"})
        assert answer.status_code == 422
        assert fake.asked == []


class TestSetup:
    @pytest.mark.parametrize("proof", ["", "CUS-1", "CUS-1:1abc:forged"])
    def test_a_form_that_isnt_ours_begins_nothing(self, fake: FakeStripe, shop: World, proof: str) -> None:
        answer = Client().post("/stripe/setup/", {"proof": proof})
        assert answer.status_code == 403
        assert "Load it again" in answer.json()["problem"] and fake.asked == []

    def test_a_form_that_was_open_for_days_begins_nothing(self, fake: FakeStripe, shop: World) -> None:
        proof = sign_form(shop.ana.reference)
        with time_machine.travel(read_clock() + timedelta(hours=25)):
            assert Client().post("/stripe/setup/", {"proof": proof}).status_code == 403

    def test_when_stripe_is_silent_the_customer_is_told(self, fake: FakeStripe, shop: World) -> None:
        fake.down = True
        answer = Client().post("/stripe/setup/", {"proof": sign_form(shop.ana.reference)})
        assert answer.status_code == 503
        assert "Nothing was charged" in answer.json()["problem"]

    def test_a_form_begins_only_so_many_cards_an_hour(self, fake: FakeStripe, shop: World) -> None:
        """Thieves test stolen numbers with each of them; another customer, elsewhere, isn't held up."""

        def begin(customer: Customer, address: str = "203.0.113.7") -> Any:
            proof = {"proof": sign_form(customer.reference)}
            return Client(REMOTE_ADDR=address).post("/stripe/setup/", proof)

        asks = [begin(shop.ana) for _ in range(11)]
        assert [answer.status_code for answer in asks] == [200] * 10 + [429]
        assert "try in" in asks[10].json()["problem"] and "client_secret" not in asks[10].json()
        assert [begin(shop.ben).status_code for _ in range(10)] == [200] * 10
        assert begin(shop.clara).status_code == 429, "twenty from one address came to nothing"
        assert begin(shop.clara, "198.51.100.1").status_code == 200
        with time_machine.travel(read_clock() + timedelta(minutes=61)):
            assert begin(shop.ana).status_code == 200

    def test_what_was_begun_and_went_well_counts_once_and_as_passed(
        self, fake: FakeStripe, shop: World
    ) -> None:
        secret = people.start_setup(customer_reference=shop.ana.reference, now=read_clock())
        details = {"card_setup": fake.fill_card(secret)["id"]}
        facts: dict[str, Any] = {"make_default": True, "actor": acting(shop.ana), "now": read_clock()}
        card = save_card(customer=shop.ana, details=details, **facts)
        assert list(Try.objects.values_list("outcome", "card_reference")) == [("passed", card.reference)]

    def test_looking_begins_nothing(self, fake: FakeStripe, shop: World) -> None:
        assert Client().get("/stripe/setup/").status_code == 405


class TestTheBanksQuestion:
    def asked(self, fake: FakeStripe, shop: World, ana: Client) -> str:
        """The address of the question that Ana's bank asks about her order."""
        take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
        setup = card_setup(fake, ana, "/checkout/", "authenticates_always")
        fields = form_of(ana.get("/checkout/"), "/checkout/place/")
        answer = ana.post("/checkout/place/", {**fields, "card": "new", "card_setup": setup, "adult": "1"})
        assert answer.status_code == 302
        return str(answer.headers["location"])

    def test_it_can_be_answered_signed_out_and_says_what_is_asked(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        address = self.asked(fake, shop, ana)
        answer = Client().get(address)
        words = words_of(answer)
        assert "Your bank needs to confirm it’s you" in words and "Visa 3184" in words
        assert "no-store" in answer.headers["Cache-Control"]
        assert "needs JavaScript" in answer.content.decode()
        assert {"https://js.stripe.com", "'self'"} <= policy(answer)["script-src"]
        assert set(question_of(address)) == {"key", "secret", "card", "back"}

    def test_the_whole_way(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        address = self.asked(fake, shop, ana)
        question = question_of(address)
        assert fake.answer_bank(question["secret"], question["card"], approve=True)
        path = question["back"].partition("testserver")[2] or re.sub(r"^https?://[^/]+", "", question["back"])
        answer = ana.get(path)
        assert answer.headers["location"].endswith("/receipt/")
        assert "needs no answer any more" in words_of(Client().get(address))
        assert "stripe" not in Client().get(address).headers["Content-Security-Policy"]

    def test_going_to_the_page_from_a_mail_asks_the_bank_nothing(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        address = self.asked(fake, shop, ana)
        before = dict(next(iter(fake.intents.values())))
        for _ in range(3):
            Client().get(address)
        assert next(iter(fake.intents.values())) == before

    def test_a_bank_with_a_page_of_its_own_is_linked_to(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        address = self.asked(fake, shop, ana)
        next(iter(fake.intents.values())).update(
            status="requires_action",
            next_action={
                "type": "redirect_to_url",
                "redirect_to_url": {"url": "https://hooks.stripe.com/3d_secure/1", "return_url": None},
            },
        )
        answer = Client().get(address)
        page = answer.content.decode()
        assert "stripe" not in answer.headers["Content-Security-Policy"]
        assert 'href="https://hooks.stripe.com/3d_secure/1"' in page and "data-stripe-confirm" not in page

    def test_while_stripe_is_silent_it_can_be_tried_again(
        self, fake: FakeStripe, shop: World, ana: Client
    ) -> None:
        address = self.asked(fake, shop, ana)
        fake.down = True
        answer = Client().get(address)
        assert answer.status_code == 503 and "Try again" in words_of(answer)

    def test_it_leads_nowhere_but_back_to_the_shop(self, fake: FakeStripe, shop: World, ana: Client) -> None:
        address = self.asked(fake, shop, ana)
        StripeCall.objects.update(return_url="https://elsewhere.example.com/")
        assert question_of(address)["back"] == "/"

    @pytest.mark.parametrize("path", ["nothing", "pi_1"])
    def test_a_guess_is_not_found(self, fake: FakeStripe, shop: World, path: str) -> None:
        assert Client().get(f"/stripe/confirm/{path}/").status_code == 404


def test_without_a_key_there_are_no_addresses_of_stripes(stripe_settings: LazySettings, db: None) -> None:
    stripe_settings.ROOT_URLCONF = "tirage.config.urls"
    for path in ("/stripe/webhook/", "/stripe/setup/"):
        assert Client().post(path).status_code == 404
