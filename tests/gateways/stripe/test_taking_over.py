"""Cards that Stripe keeps for customers of a former system."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateways.contract import new_key, usd
from tests.gateways.stripe.fake import Card, FakeStripe
from tests.gateways.stripe.shop import new_card
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.models import StripeCard, StripeCustomer
from tirage.payments.protocol import CardRefused, GatewayTimeout, Outcome

pytestmark = pytest.mark.django_db

TOKEN, FORMER = "pm_former1", "cus_former1"


@pytest.fixture
def former(fake: FakeStripe) -> dict[str, Any]:
    shape = {
        "id": TOKEN,
        "object": "payment_method",
        "type": "card",
        "customer": FORMER,
        "card": {"brand": "mastercard", "last4": "4444", "exp_month": 7, "exp_year": 2031},
    }
    fake.cards[TOKEN] = Card(shape, "succeeds")
    return shape


def take_over(customer: str = "CUS-1", former_customer: str = FORMER, token: str = TOKEN) -> Any:
    return StripeGateway().take_over(
        customer_reference=customer, former_customer=former_customer, token=token
    )


def test_the_card_is_as_stripe_says_and_is_charged_under_its_own_customer(
    fake: FakeStripe, former: dict[str, Any]
) -> None:
    card = take_over()
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("Mastercard", "4444", 7, 2031)
    assert fake.asked == [("get", f"payment_methods/{TOKEN}")]
    assert take_over() == card
    paid = StripeGateway().charge(
        token=card.token, amount=usd(50_00), idempotency_key=new_key(), description="", return_url=""
    )
    assert paid.outcome is Outcome.SETTLED
    assert [one["customer"] for one in fake.intents.values()] == [FORMER]


def test_who_has_saved_a_card_here_has_both(fake: FakeStripe, former: dict[str, Any]) -> None:
    own = new_card(fake)
    take_over()
    under = {one.token: one.customer.stripe_id for one in StripeCard.objects.select_related("customer")}
    assert under[TOKEN] == FORMER and under[own] != FORMER
    # The next card that they save here goes where the first did.
    assert StripeCard.objects.get(token=new_card(fake)).customer == StripeCard.objects.get(token=own).customer


@pytest.mark.parametrize(
    "asked",
    [
        {"former_customer": "cus_other"},
        {"token": "pm_unknown"},
        {"former_customer": "4711"},
        {"token": "../customers/cus_1"},
    ],
)
def test_what_is_not_theirs_is_refused(
    fake: FakeStripe, former: dict[str, Any], asked: dict[str, str]
) -> None:
    with pytest.raises(CardRefused):
        take_over(**asked)
    assert not StripeCard.objects.exists() and not StripeCustomer.objects.exists()


def test_a_bank_account_and_an_answer_of_another_shape_are_refused(
    fake: FakeStripe, former: dict[str, Any]
) -> None:
    former["type"] = "us_bank_account"
    with pytest.raises(CardRefused):
        take_over()
    former |= {"type": "card", "card": {"brand": "visa"}}
    with pytest.raises(CardRefused, match="read"):
        take_over()


def test_another_customers_is_refused(fake: FakeStripe, former: dict[str, Any]) -> None:
    take_over()
    with pytest.raises(CardRefused, match="another customer"):
        take_over("CUS-2")


def test_silence_is_no_answer(fake: FakeStripe, former: dict[str, Any]) -> None:
    fake.down = True
    with pytest.raises(GatewayTimeout):
        take_over()


def test_let_go_it_stays_at_stripe_and_can_be_taken_over_again(
    fake: FakeStripe, former: dict[str, Any]
) -> None:
    take_over()
    StripeGateway().let_go(token=TOKEN)
    assert not StripeCard.objects.exists() and ("post", f"payment_methods/{TOKEN}/detach") not in fake.asked
    assert take_over().last4 == "4444"
