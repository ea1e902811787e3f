"""The process dies at every step of a payment with Stripe: nothing is lost, and nobody pays twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import filled_form
from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.world import World, build_world
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.stripe import books
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payments, refund_payment, save_card
from tirage.payments.states import PaymentState

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """Nothing catches it, as nothing catches the end of the power supply."""


@pytest.fixture
def shop(transactional_db: None, fake: FakeStripe) -> World:
    return build_world(read_clock())


def kill_at(monkeypatch: pytest.MonkeyPatch, fake: FakeStripe, call: int, after: bool) -> None:
    """Dies at the n-th call from now: before it leaves, or when Stripe has done it and we haven't heard."""
    real, seen = fake.request, iter(range(1_000))

    def dying(*asked: Any, **more: Any) -> Any:
        is_it = next(seen) == call
        if is_it and not after:
            raise Killed
        answer = real(*asked, **more)
        if is_it:
            raise Killed
        return answer

    monkeypatch.setattr(fake, "request", dying)


def pay(shop: World, fake: FakeStripe, behaviour: str, monkeypatch: pytest.MonkeyPatch, **kill: Any) -> None:
    """Ana saves a card and orders; the process dies in between."""
    card = save_card(
        customer=shop.ana,
        details=filled_form(fake, shop.ana.reference, behaviour),
        make_default=True,
        actor=customer_actor(shop.ana),
        now=read_clock(),
    )
    now = read_clock()
    hold(shop.ana, {"CAB23": 2}, now)
    arguments = checkout_arguments(shop, shop.ana, now, card_reference=card.reference)
    with monkeypatch.context() as patch:
        kill_at(patch, fake, **kill)
        with pytest.raises(Killed):
            place_order(**arguments)


def later() -> None:
    """The reconciler comes by, a minute, ten minutes and a day later."""
    for minutes in (1, 10, 24 * 60):
        reconcile_payments(now=read_clock() + timedelta(minutes=minutes))


def money_at_stripe(fake: FakeStripe) -> int:
    return sum(charge["amount_captured"] - charge["amount_refunded"] for charge in fake.charges.values())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", [0, 1])
@pytest.mark.parametrize("behaviour", ["succeeds", "insufficient_funds", "authenticates_always"])
def test_a_charge_dies_at_each_call(
    shop: World,
    fake: FakeStripe,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: str,
    call: int,
    after: bool,
) -> None:
    pay(shop, fake, behaviour, monkeypatch, call=call, after=after)
    later()
    order, payment = Order.objects.get(), Payment.objects.get()
    was_confirmed = call == 1 and after
    is_placed = was_confirmed and behaviour == "succeeds"
    assert order.state == ("placed" if is_placed else "abandoned")
    assert money_at_stripe(fake) == order.paid_minor == (order.owed_minor if is_placed else 0)
    assert payment.state in {PaymentState.SETTLED, PaymentState.DECLINED, PaymentState.VOIDED}
    assert not run_checks(read_clock() + timedelta(days=2))


@pytest.mark.parametrize("after", [False, True])
def test_a_refund_dies_at_its_call(
    shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    pay(shop, fake, "succeeds", monkeypatch, call=1, after=True)
    later()
    order = Order.objects.get()
    paid = Payment.objects.get()
    with monkeypatch.context() as patch:
        kill_at(patch, fake, call=0, after=after)
        with pytest.raises(Killed):
            refund_payment(
                payment_reference=paid.reference,
                amount_minor=10_00,
                reason="Corked",
                actor=customer_actor(shop.ana),
                now=read_clock(),
            )
    later()
    order.refresh_from_db()
    assert money_at_stripe(fake) == order.paid_minor
    # What never reached Stripe is sent again under the same key.
    assert [refund["amount"] for refund in fake.refunds.values()] == [10_00]


def test_control_without_its_name_written_down_a_paid_order_is_lost(
    shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_in_memory(call: Any, stripe_id: str) -> None:
        call.stripe_id = stripe_id

    monkeypatch.setattr(books, "keep_stripe_id", keep_in_memory)
    pay(shop, fake, "succeeds", monkeypatch, call=1, after=True)
    later()
    order = Order.objects.get()
    assert (order.state, order.paid_minor) == ("abandoned", 0)
    assert money_at_stripe(fake) == order.owed_minor
