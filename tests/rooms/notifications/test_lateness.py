"""A mail that waited says nothing that isn't true any more: it is let go, and the activity says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail as outbox

from tests.rooms.payments.owing import OWED, owing_order
from tests.world import World
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Customer, Membership
from tirage.customers.sign_in import request_sign_in, sign_in_with_code
from tirage.inventory.models import Stock
from tirage.notifications import operations
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.offers.models import Offer
from tirage.payments.models import PayLink
from tirage.payments.operations import make_pay_link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ben_agrees(world: World) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(marketing_consent_at=world.now)


def code(world: World) -> SentMail:
    asked = request_sign_in(email=world.ben.email, next_path="", ip="", actor=world.staff, now=world.now)
    return operations.queue_sign_in_code(
        customer_id=world.ben.pk,
        email=asked.email,
        code=asked.code,
        link="https://x.example/",
        request_id=asked.request_id,
        now=world.now,
    )


def code_used(world: World) -> SentMail:
    """The link of the mail before was pressed meanwhile, on another device."""
    asked = request_sign_in(email=world.ben.email, next_path="", ip="", actor=world.staff, now=world.now)
    mail = operations.queue_sign_in_code(
        customer_id=world.ben.pk,
        email=asked.email,
        code=asked.code,
        link="https://x.example/",
        request_id=asked.request_id,
        now=world.now,
    )
    sign_in_with_code(email=asked.email, code=asked.code, actor=world.staff, now=world.now)
    return mail


def invitation(world: World) -> SentMail:
    return operations.queue_offer_invitation(
        offer_id=world.estate_offer.pk, customer_id=world.ben.pk, now=world.now
    )


def invitation_deactivated(world: World) -> SentMail:
    mail = invitation(world)
    Offer.objects.filter(pk=world.estate_offer.pk).update(is_active=False)
    return mail


def invitation_out_of_the_group(world: World) -> SentMail:
    mail = invitation(world)
    Membership.objects.filter(customer=world.ben).delete()
    return mail


def pay_link(world: World) -> SentMail:
    order = owing_order(world, world.ben, world.now)
    link = make_pay_link(
        order_id=order.pk,
        purpose="",
        amount=Money(OWED, "USD"),
        mail=False,
        actor=world.staff,
        now=world.now,
    )
    return operations.queue_pay_link(
        pay_link_id=link.pk, order_id=order.pk, customer_id=world.ben.pk, purpose="", now=world.now
    )


def pay_link_paid(world: World) -> SentMail:
    mail = pay_link(world)
    PayLink.objects.update(used_at=world.now)
    return mail


def bottles(world: World) -> SentMail:
    return operations.queue_bottles_back(
        customer_id=world.ben.pk, sku_ids=[world.cabernet.pk, world.magnum.pk], now=world.now
    )


def bottles_gone(world: World) -> SentMail:
    mail = bottles(world)
    Stock.objects.update(on_hand=0)
    return mail


def card(world: World) -> SentMail:
    return operations.queue_card_needed(customer_id=world.ben.pk, now=world.now)


def password(world: World) -> SentMail:
    return operations.queue_staff_password(
        email="hugo@example.com", name="Hugo", url="https://x.example/", now=world.now
    )


NOW, LATER = timedelta(), timedelta(days=8)
#: What is mailed, how late, and what the activity says of why it isn't.
UNTRUE: list[tuple[Callable[[World], SentMail], timedelta, str]] = [
    (code, timedelta(minutes=15), "It had run out before it could be sent."),
    (code_used, NOW, "Its code had been used, or had ended, before it could be sent."),
    (invitation, LATER, "The offer has closed meanwhile."),
    (invitation_deactivated, NOW, "The offer has closed meanwhile."),
    (invitation_out_of_the_group, NOW, "The customer isn't in the offer's group any more."),
    (pay_link, LATER, "The link to pay had run out before it could be sent. Make a new one."),
    (pay_link_paid, NOW, "It has been paid meanwhile."),
    (bottles, LATER, "The bottles are gone again, or their offer has closed."),
    (bottles_gone, NOW, "The bottles are gone again, or their offer has closed."),
    (card, LATER, "The link for another card had run out before it could be sent."),
    (password, LATER, "It had run out before it could be sent."),
]


@pytest.mark.parametrize(("queue", "late", "why"), UNTRUE, ids=lambda one: getattr(one, "__name__", ""))
def test_what_stopped_being_true_is_not_mailed(
    world: World, queue: Callable[[World], SentMail], late: timedelta, why: str
) -> None:
    mail = queue(world)
    outbox.outbox.clear()
    assert send_one(mail.pk, world.now + late) is None
    mail.refresh_from_db()
    assert outbox.outbox == [] and mail.problem == why and mail.sent_at is None
    assert why in Event.objects.filter(name="mail.failed").latest("pk").text


@pytest.mark.parametrize("queue", [code, invitation, pay_link, bottles, card, password])
def test_in_time_it_is(world: World, queue: Callable[[World], SentMail]) -> None:
    send_one(queue(world).pk, soon(world))
    assert len(outbox.outbox) == 1


def soon(world: World) -> datetime:
    return world.now + timedelta(minutes=5)


def test_of_several_wines_those_are_named_that_are_still_there(world: World) -> None:
    mail = bottles(world)
    Stock.objects.filter(sku=world.magnum).update(on_hand=0)
    send_one(mail.pk, soon(world))
    words = str(outbox.outbox[0].body)
    assert world.cabernet.name in words and world.magnum.format_name not in words
