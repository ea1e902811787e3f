"""The books beside Stripe's own list: what else uses the account, and what a restored database has forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.test_webhooks import card_of, order, the_intent
from tests.rooms.payments.comparing import compare, the_finding
from tests.rooms.payments.owing import owe_more
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.stripe.models import StripeCall
from tirage.orders.models import Order
from tirage.payments.models import Finding, Payment
from tirage.payments.operations import attach_found, give_back_found, refund_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(world_today: World, fake: FakeStripe) -> World:
    return world_today


def till_charge(fake: FakeStripe, minor: int = 45_00, number: int = 1) -> dict[str, Any]:
    """A bare charge of another program on the same account, without a PaymentIntent."""
    charge = {
        "id": f"ch_till_{number}",
        "object": "charge",
        "created": 1_791_302_400,
        "amount": minor,
        "amount_captured": minor,
        "amount_refunded": 0,
        "captured": True,
        "currency": "usd",
        "description": "Tasting for four",
        "metadata": {},
        "payment_intent": None,
        "payment_method": None,
        "refunded": False,
        "status": "succeeded",
    }
    fake.charges[str(charge["id"])] = charge
    return charge


def forget(payment: Payment) -> None:
    """The database is of a time before the payment."""
    order_id = payment.order_id
    Payment.objects.all().delete()
    StripeCall.objects.all().delete()
    Order.objects.filter(pk=order_id).update(paid_minor=0)


def test_books_that_agree_find_nothing(shop: World, fake: FakeStripe) -> None:
    placing = order(shop, fake)
    order(shop, fake, "card_declined")
    refund_payment(
        payment_reference=placing.payment_reference,
        amount_minor=10_00,
        reason="Corked",
        actor=shop.staff,
        now=read_clock(),
    )
    run = compare(read_clock())
    assert (run.found, run.listed, run.unread) == (0, 2, 0)


def test_a_charge_that_was_forgotten_is_attached_and_can_be_refunded_again(
    shop: World, fake: FakeStripe
) -> None:
    placing = order(shop, fake)
    payment = Payment.objects.get(reference=placing.payment_reference)
    forget(payment)
    now = read_clock()
    assert compare(now).found == 1
    found = the_finding()
    assert (found.description, found.idempotency_key) == (placing.order_reference, payment.reference)
    again = attach_found(
        finding_reference=found.reference,
        order_reference=placing.order_reference,
        actor=shop.staff,
        now=now,
    )
    assert (again.reference, again.gateway_reference) == (payment.reference, the_intent(fake)["id"])
    refund_payment(
        payment_reference=again.reference, amount_minor=5_00, reason="Late", actor=shop.staff, now=now
    )
    assert fake.taken(payment.reference) == payment.amount_minor - 5_00
    assert compare(read_clock()).found == 0 and run_checks(now) == []


@pytest.mark.parametrize("of", ["the till", "the shop"])
def test_what_nobody_knows_is_given_back_once(shop: World, fake: FakeStripe, of: str) -> None:
    if of == "the till":
        till_charge(fake)
    else:
        forget(Payment.objects.get(reference=order(shop, fake).payment_reference))
    compare(read_clock())
    found = the_finding()
    # The answer is lost; the worker's next look finds that it went back.
    fake.silent.append(("post", "refunds"))
    fake.silent.append(("post", "refunds"))
    asked: dict[str, Any] = {"finding_reference": found.reference, "actor": shop.staff, "now": read_clock()}
    assert give_back_found(**asked, reason="Nobody's").state == "giving"
    compare(read_clock())
    assert the_finding().resolution == "given_back" and len(fake.refunds) == 1
    charge = list(fake.charges.values())[-1]
    assert charge["amount_refunded"] == charge["amount_captured"]
    compare(read_clock())
    assert Finding.objects.count() == 1


def test_every_page_is_read_whatever_else_uses_the_account(shop: World, fake: FakeStripe) -> None:
    for number in range(205):
        till_charge(fake, number=number)
    run = compare(read_clock())
    assert (run.listed, run.found) == (205, 205)
    assert len([one for one in fake.asked if one == ("get", "charges")]) == 3


def test_lines_that_cant_be_read_are_counted_and_keep_nobody_else_away(shop: World, fake: FakeStripe) -> None:
    oddities: tuple[dict[str, Any], ...] = (
        {"amount": "much"},
        {"currency": None},
        {"amount_captured": None},
        {"status": 1},
    )
    for number, odd in enumerate(oddities):
        fake.charges[f"ch_odd_{number}"] = {**till_charge(fake), **odd, "id": f"ch_odd_{number}"}
        del fake.charges["ch_till_1"]
    till_charge(fake)
    run = compare(read_clock())
    assert (run.listed, run.unread, run.found) == (5, 4, 1)


def test_money_given_back_in_stripes_own_pages_is_found(shop: World, fake: FakeStripe) -> None:
    order(shop, fake)
    intent = the_intent(fake)
    fake._refund({"payment_intent": intent["id"], "amount": "2500"})
    compare(read_clock())
    assert (the_finding().kind, the_finding().theirs_minor) == ("stray_refund", 25_00)


def test_a_payment_of_another_account_is_unknown_there(shop: World, fake: FakeStripe) -> None:
    order(shop, fake)
    fake.intents.clear()
    fake.charges.clear()
    compare(read_clock())
    assert the_finding().kind == "missing"


def test_what_else_the_customer_owes_is_never_charged_by_comparing(shop: World, fake: FakeStripe) -> None:
    placing = order(shop, fake)
    owe_more(Order.objects.get(reference=placing.order_reference), 10_00, read_clock())
    card_of(shop, fake)
    posts = [one for one in fake.asked if one[0] == "post"]
    compare(read_clock())
    assert [one for one in fake.asked if one[0] == "post"] == posts
