"""Mails are queued with the act, sent once, and tell their story."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.notifications import operations, sending
from tirage.notifications.models import MailText, SentMail
from tirage.notifications.states import MailKind
from tirage.notifications.tasks import send_mail
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine


@pytest.fixture
def order(world: World) -> Order:
    """Two Cabernets of Ana's, 268 dollars with shipping."""
    order = Order.objects.create(
        customer=world.ana,
        release=world.release,
        offer=world.premier_offer,
        state="placed",
        currency="USD",
        made_at=world.now,
        placed_at=world.now,
        method=world.ground,
        recipient="Ana Alvarez",
        line1="1 Valencia Street",
        city="San Francisco",
        ship_state="CA",
        postal_code="94110",
        owed_minor=268_00,
    )
    change = OrderChange.objects.create(
        order=order, number=1, kind="placing", at=world.now, actor_label="Ana", difference_minor=268_00
    )
    OrderLine.objects.create(
        order=order, change=change, sku=world.cabernet, quantity=2, unit_price_minor=120_00
    )
    OrderCharge.objects.create(
        order=order, change=change, kind="shipping", amount_minor=28_00, description="Ground"
    )
    return order


def test_queueing_a_receipt_is_one_statement_and_reads_nothing(
    world: World, order: Order, django_assert_num_queries: Any
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)


def test_a_mail_is_forgotten_with_its_transaction(world: World, order: Order) -> None:
    with transaction.atomic():
        operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
        transaction.set_rollback(True)
    assert not SentMail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_a_receipt_gets_its_job_once_from_the_schedule(world: World, order: Order) -> None:
    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    assert not DBTaskResult.objects.exists()
    assert [operations.give_mails_jobs(now=world.now) for _ in range(2)] == [1, 0]
    (job,) = DBTaskResult.objects.all()
    assert job.args_kwargs["args"] == [queued]


def test_a_mail_of_an_unknown_kind_keeps_no_other_waiting(world: World, order: Order) -> None:
    odd, queued = (
        operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
        for _ in range(2)
    )
    SentMail.objects.filter(pk=odd).update(kind="of_another_version")
    assert operations.give_mails_jobs(now=world.now) == 2
    assert sending.send_one(queued, world.now) is None and len(outbox.outbox) == 1


def test_a_receipt_says_what_was_bought(world: World, order: Order) -> None:
    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    assert sending.send_one(queued, world.now) is None
    (message,) = outbox.outbox
    assert message.to == ["ana@example.com"]
    assert message.subject == f"Your order {order.reference} at Halcyon Ridge"
    assert "2 × Estate Cabernet Sauvignon 2023, 750 ml: $240.00" in message.body
    assert "Total: $268.00" in message.body
    assert "We ship when the days are cool." in message.body
    assert isinstance(message, outbox.EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert "<td" in html and "$268.00" in html and world.winery.accent in html
    event = Event.objects.get(name=EventName.MAIL_SENT.value)
    assert event.customer_id == world.ana.pk


def test_sending_twice_sends_once(world: World, order: Order) -> None:
    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    send_mail.call(queued)
    send_mail.call(queued)
    assert len(outbox.outbox) == 1


def test_two_workers_claim_one_try(world: World, order: Order) -> None:
    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    first, second = SentMail.objects.get(pk=queued), SentMail.objects.get(pk=queued)
    assert sending._claim(first)
    assert not sending._claim(second)


def test_a_failing_server_is_tried_again_and_then_given_up(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(sending, "deliver", refuse)
    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    pauses = [sending.send_one(queued, world.now) for _ in range(6)]
    assert pauses == [*sending.PAUSES, None]
    kept = SentMail.objects.get(pk=queued)
    assert kept.sent_at is None
    assert kept.attempts == 6
    assert (kept.problem, kept.ended) == (
        "The mail server localhost:587 can't be reached: OSError.",
        "given_up",
    )
    assert Event.objects.filter(name=EventName.MAIL_FAILED.value, customer_id=world.ana.pk).count() == 1


def test_the_job_comes_back_after_the_pause(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OSError("connection refused")

    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    monkeypatch.setattr(sending, "deliver", refuse)
    monkeypatch.setattr("tirage.notifications.tasks.read_clock", lambda: world.now)
    send_mail.call(queued)
    again = DBTaskResult.objects.get(run_after=world.now + timedelta(minutes=1))
    assert again.args_kwargs["args"] == [queued]


def test_suspended_customers_get_no_mail(world: World) -> None:
    queued = operations.queue_sign_in_code(
        customer_id=world.dora.pk,
        email=world.dora.email,
        code="123456",
        link="https://x.example/",
        now=world.now,
    )
    sending.send_one(queued.pk, world.now)
    assert not outbox.outbox
    assert SentMail.objects.get(pk=queued.pk).problem == "The customer is suspended."


def test_what_signs_somebody_in_is_forgotten_once_sent(world: World) -> None:
    queued = operations.queue_sign_in_code(
        customer_id=world.ana.pk,
        email=world.ana.email,
        code="123456",
        link="https://x.example/s",
        now=world.now,
    )
    sending.send_one(queued.pk, world.now)
    assert "123456" in outbox.outbox[0].body
    assert outbox.outbox[0].subject == "123456 is your code for Halcyon Ridge"
    kept = SentMail.objects.get(pk=queued.pk)
    assert kept.data == {}
    assert "123456" not in kept.subject
    assert "123456" not in Event.objects.get(name=EventName.MAIL_SENT.value).text


def test_a_mail_about_something_gone_is_given_up(world: World) -> None:
    queued = operations.queue_wish_made(wish_id=404, customer_id=world.ana.pk, now=world.now)
    assert sending.send_one(queued.pk, world.now) is None
    assert SentMail.objects.get(pk=queued.pk).problem == "The wish is gone."


def test_the_winerys_own_words_are_used(world: World, order: Order) -> None:
    operations.save_mail_text(
        kind=MailKind.ORDER_RECEIPT,
        subject="Merci",
        body="Chère {{ customer.name }}",
        actor=world.staff,
        now=world.now,
    )
    queued = operations.queue_order_receipt(order_id=order.pk, customer_id=world.ana.pk, now=world.now)
    sending.send_one(queued, world.now)
    assert outbox.outbox[0].subject == "Merci"
    assert outbox.outbox[0].body.startswith("Chère Ana Alvarez")
    operations.restore_mail_text(kind=MailKind.ORDER_RECEIPT, actor=world.staff, now=world.now)
    assert not MailText.objects.exists()


def test_words_with_unknown_placeholders_are_not_saved(world: World) -> None:
    with pytest.raises(DomainError) as refusal:
        operations.save_mail_text(
            kind=MailKind.WISH_MADE, subject="", body="{{ order.lines }}", actor=world.staff, now=world.now
        )
    assert set(refusal.value.fields) == {"subject", "body"}
    assert "{{ order.lines }}" in refusal.value.fields["body"]
    assert not MailText.objects.exists()
    assert not Event.objects.exists()
