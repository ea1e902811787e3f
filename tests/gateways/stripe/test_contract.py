"""Stripe keeps to what every gateway keeps to."""

from __future__ import annotations

import pytest

from tests.gateways.contract import Wanted
from tests.gateways.listing import ListingContract
from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import filled_form, question_of
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.models import StripeCall
from tirage.payments.protocol import Gateway, GatewayResult


@pytest.fixture
def gateway(db: None, fake: FakeStripe) -> Gateway:
    return StripeGateway()


class TestContract(ListingContract):
    """Every demand on a gateway."""

    fake: FakeStripe

    @pytest.fixture(autouse=True)
    def _bank(self, fake: FakeStripe) -> None:
        self.fake = fake

    def details(self, wanted: Wanted) -> dict[str, str]:
        return filled_form(self.fake, "CUS-1", wanted.value)

    def answer_bank(self, gateway: Gateway, result: GatewayResult, *, approve: bool) -> None:
        asked = question_of(result.action_url)
        # A page that was opened before the payment was let go still has its secret.
        call = StripeCall.objects.get(stripe_id=result.gateway_reference, slug__isnull=False)
        secret = asked.get("secret") or self.fake.intents[call.stripe_id]["client_secret"]
        took = self.fake.answer_bank(secret, asked.get("card") or call.card_token, approve=approve)
        assert took is bool(asked)

    def forget(self, gateway: Gateway) -> None:
        StripeCall.objects.all().delete()

    def taken(self, gateway: Gateway, key: str) -> int:
        return self.fake.taken(key)
