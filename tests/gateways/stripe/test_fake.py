"""The Stripe in memory has no field or state that the real one hasn't, as far as its own library knows."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import stripe

from tests.gateways.contract import new_key, usd
from tests.gateways.stripe.fake import DECLINES, FakeStripe
from tests.gateways.stripe.shop import new_card
from tirage.integrations.stripe.gateway import StripeGateway

pytestmark = pytest.mark.django_db
#: What every object has, whatever the library's types say of it.
_ALWAYS = {"object"}


@pytest.fixture
def used(fake: FakeStripe) -> FakeStripe:
    """A Stripe that has seen one of everything."""
    gateway = StripeGateway()
    for behaviour in ("succeeds", "refund_waits", "authenticates_always", *DECLINES):
        act = gateway.authorise if behaviour == "succeeds" else gateway.charge
        result = act(
            token=new_card(fake, behaviour),
            amount=usd(120_00),
            idempotency_key=new_key(),
            description="",
            return_url="",
        )
        asked: dict[str, Any] = {"gateway_reference": result.gateway_reference, "amount": usd(1)}
        if behaviour == "succeeds":
            gateway.capture(**asked, idempotency_key=new_key())
            gateway.refund(**asked, idempotency_key=new_key())
    return fake


def test_every_field_is_one_of_the_librarys(used: FakeStripe) -> None:
    known: list[tuple[type[Any], list[dict[str, Any]]]] = [
        (stripe.Customer, list(used.customers.values())),
        (stripe.SetupIntent, list(used.setups.values())),
        (stripe.PaymentMethod, [card.shape for card in used.cards.values()]),
        (stripe.PaymentIntent, list(used.intents.values())),
        (stripe.Charge, list(used.charges.values())),
        (stripe.Refund, list(used.refunds.values())),
    ]
    for kind, objects in known:
        assert objects, kind
        for one in objects:
            assert set(one) - set(kind.__annotations__) - _ALWAYS == set(), kind
    errors = [one["last_payment_error"] for one in used.intents.values() if one["last_payment_error"]]
    assert len(errors) > 4
    for error in errors:
        assert set(error) <= set(stripe.PaymentIntent.LastPaymentError.__annotations__)
    for charge in used.charges.values():
        card = stripe.Charge.PaymentMethodDetails.Card.__annotations__
        assert set(charge["payment_method_details"]["card"]) <= set(card)


def test_every_state_is_one_of_the_librarys(used: FakeStripe) -> None:
    for kind, objects in ((stripe.PaymentIntent, used.intents), (stripe.SetupIntent, used.setups)):
        literal, _text = get_args(kind.__annotations__["status"])
        assert {one["status"] for one in objects.values()} <= set(get_args(literal))


def test_a_key_with_other_arguments_is_refused_by_stripe_too(used: FakeStripe) -> None:
    client = stripe.StripeClient("sk_test_x", http_client=used)
    key: Any = {"idempotency_key": "one"}
    first = client.v1.customers.create({"metadata": {"a": "1"}}, key)
    assert client.v1.customers.create({"metadata": {"a": "1"}}, key).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"metadata": {"a": "2"}}, key)


def test_only_what_was_captured_can_be_refunded_at_stripe_too(used: FakeStripe) -> None:
    client = stripe.StripeClient("sk_test_x", http_client=used)
    captured = next(one for one in used.intents.values() if one["capture_method"] == "manual")
    assert captured["amount_received"] == 1
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": captured["id"], "amount": 1})
