"""A shop that is paid through Stripe: test orders go the whole way, and Stripe hears nothing of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.test_pages import enter
from tests.rooms.changes.journey import confirm, draft_of
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.checkout.testing import make_test
from tests.web.storefront.pages import form_of, take, words_of
from tests.world import World, build_world
from tirage.changes.operations.cancelling import cancel_order
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.stripe.models import StripeCall
from tirage.integrations.test_gateway.models import TestCharge
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import reconcile_payments
from tirage.payments.operations.comparing import compare_daily
from tirage.payments.states import TRIAL

pytestmark = pytest.mark.django_db(transaction=True)
CARD = {"card": "new", "card_expiry": "12 / 39", "card_cvc": "123", "card_name": "Ben Baker", "adult": "1"}


@pytest.fixture
def shop(transactional_db: None) -> World:
    world = build_world(read_clock())
    make_test(world.estate)
    return world


def place(client: Any, world: World, number: str) -> Any:
    take(client, world, world.estate_offer, cabernet=2)
    fields = form_of(client.get("/checkout/"), "/checkout/place/")
    return client.post("/checkout/place/", {**fields, **CARD, "card_number": number})


def test_stripe_is_asked_nothing(fake: FakeStripe, shop: World) -> None:
    ben, now = enter(shop.ben), read_clock()
    page = words_of(ben.get("/offer/"))
    assert "no wine and no money moves" in page
    take(ben, shop, shop.estate_offer, cabernet=2)
    page = words_of(ben.get("/checkout/"))
    assert "Test gateway" in page and "4242 4242 4242 4242" in page and "Keep this card" not in page
    assert shop.ben_card.last4 not in page.replace("4242 4242 4242 4242", "")
    asked = place(ben, shop, "4000002760003184")
    payment = Payment.objects.get()
    assert payment.gateway == TRIAL
    ben.post(asked.headers["location"], {"answer": "approve"})
    ben.get(f"/checkout/return/{payment.reference}/")
    order = Order.objects.get()
    assert (order.state, order.balance_minor) == ("test", 0)
    card = PaymentMethod.objects.get(gateway=TRIAL)
    draft = draft_of(shop, order, customer_actor(shop.ben), now, add={shop.chardonnay: 1})
    # This card has the bank ask each time; what isn't answered is given up with the order.
    assert confirm(shop, draft, customer_actor(shop.ben), now, payment_method=card).status == "needs_customer"
    reconcile_payments(now=now)
    reason, _ = CancelReason.objects.get_or_create(name="Tried enough")
    cancel_order(
        order_reference=order.reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason=reason.name,
        actor=shop.staff,
        now=now,
    )
    compare_daily(now=now)
    assert TestCharge.objects.exists() and not StripeCall.objects.exists()
    assert run_checks(now) == []


def test_the_page_of_the_bank_is_there_for_tests_only(fake: FakeStripe, shop: World) -> None:
    charge = TestCharge.objects.create(
        gateway_reference="tch_of_before",
        idempotency_key="PAY-BEFORE",
        fingerprint="f",
        card_token="t",
        behaviour="authenticates_always",
        kind="charge",
        state="needs_customer",
        first_outcome="needs_customer",
        amount_minor=1_00,
        currency="USD",
        description="",
        return_url="",
        made_at=read_clock(),
    )
    ben = enter(shop.ben)
    assert ben.get(f"/test-gateway/authenticate/{charge.gateway_reference}/").status_code == 404
    TestCharge.objects.update(gateway_reference="ttr_of_now")
    assert ben.get("/test-gateway/authenticate/ttr_of_now/").status_code == 200
