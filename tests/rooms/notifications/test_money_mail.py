"""The mails about money to pay, as the worker sends them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail as mailing

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.payments.owing import card_that, owing_order
from tests.world import World
from tirage.changes.collecting import pay_by_link
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink
from tirage.payments.operations import (
    charge_balance,
    find_card_link,
    find_pay_link,
    mail_card_link,
    make_pay_link,
)


@pytest.fixture
def order(world: World) -> Order:
    """Ben's, with something left to pay."""
    return owing_order(world, world.ben, world.now)


def sent(kind: str, now: datetime) -> tuple[str, str]:
    """Subject and text of the mail of this kind."""
    mail = SentMail.objects.get(kind=kind)
    assert send_one(mail.pk, now) is None
    mail.refresh_from_db()
    assert mail.sent_at and not mail.problem
    return str(mailing.outbox[-1].subject), str(mailing.outbox[-1].body)


def token(text: str, place: str) -> str:
    return text.partition(f"/{place}/")[2].partition("/")[0]


def declined(world: World, order: Order, behaviour: Behaviour) -> Collection:
    card = card_that(world, world.ben, behaviour)
    charge_balance(
        order_id=order.pk, card_reference=card.reference, return_url="", actor=world.staff, now=world.now
    )
    return Collection.objects.get()


def test_a_pay_link_for_a_balance(world: World, order: Order) -> None:
    link = make_pay_link(
        order_id=order.pk, purpose="", amount=Money(50_00, "USD"), actor=world.staff, now=world.now
    )
    subject, text = sent("pay_link_balance", world.now)
    assert subject == f"$50.00 to pay for {order.reference}"
    assert "Estate Cabernet Sauvignon 2023" in text and "Tuesday, October 13, 2026, 9:00 AM PDT" in text
    assert find_pay_link(token=token(text, "pay")) == link


def test_a_charge_that_failed_for_now(world: World, order: Order) -> None:
    declined(world, order, Behaviour.INSUFFICIENT_FUNDS)
    subject, text = sent("charge_failed", world.now)
    assert subject == "Your card was declined for $50.00"
    assert "This card doesn't have enough funds." in text
    assert "We try again on Wednesday, October 7, 2026." in text
    assert find_pay_link(token=token(text, "pay")) == PayLink.objects.get()
    found = find_card_link(token=token(text, "card"), now=world.now)
    assert found is not None and found.customer == world.ben


def test_the_last_failure_promises_nothing(world: World, order: Order) -> None:
    collection = declined(world, order, Behaviour.INSUFFICIENT_FUNDS)
    Collection.objects.filter(pk=collection.pk).update(next_at=None)
    _, text = sent("charge_failed", world.now)
    assert "We try again" not in text and "You can pay here:" in text


def test_a_card_that_wont_do(world: World, order: Order) -> None:
    declined(world, order, Behaviour.STOLEN_CARD)
    subject, text = sent("card_needed", world.now)
    assert subject == "We need another card from you"
    assert f"$50.00 for your order {order.reference} wait to be paid." in text
    found = find_card_link(token=token(text, "card"), now=world.now + timedelta(days=6))
    assert found is not None and found.is_live


def test_a_card_that_staff_ask_for_though_nothing_is_owed(world: World) -> None:
    mail_card_link(customer=world.ana, actor=world.staff, now=world.now)
    _, text = sent("card_needed", world.now)
    assert "wait to be paid" not in text and "/card/" in text


def test_a_bank_that_wants_the_customer(world: World, order: Order) -> None:
    declined(world, order, Behaviour.AUTHENTICATES_ALWAYS)
    subject, text = sent("payment_needs_customer", world.now)
    assert subject == "Your bank asks you to confirm $50.00"
    assert find_pay_link(token=token(text, "pay")) == PayLink.objects.get()


def pay_asked(world: World, order: Order) -> None:
    """Ben pays by the link what he is asked for."""
    make_pay_link(order_id=order.pk, purpose="", amount=Money(50_00, "USD"), actor=world.staff, now=world.now)
    pay_by_link(
        link=PayLink.objects.select_related("order__customer").get(),
        card_reference=world.ben_card.reference,
        expected_minor=50_00,
        actor=customer_actor(world.ben),
        now=world.now,
    )


def test_thanks_for_what_was_asked_for(world: World, order: Order) -> None:
    pay_asked(world, order)
    subject, text = sent("payment_received", world.now)
    assert subject == "Thank you: $50.00 received"
    assert f"$50.00 for your order {order.reference} by Visa 4242." in text


def test_what_is_only_set_aside_is_not_called_taken(world: World, order: Order) -> None:
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    pay_asked(world, order)
    _, text = sent("payment_received", world.now)
    assert "by Visa 4242, where it is set aside and taken when your wine ships." in text
