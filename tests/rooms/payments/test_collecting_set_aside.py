"""Money that was set aside until the wine ships and no longer is: asked for, set aside again, or taken."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.payments.shipment import make_card, set_aside, taken_at_the_bank
from tests.world import OPENING_DAY, World
from tirage.changes.collecting import pay_by_link, retry_due_collections
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.operations import (
    capture_order,
    due_minor,
    reconcile_payments,
    renew_authorisations,
)


class BankClock:
    """The test gateway's clock, which goes with the test's."""

    now: datetime = OPENING_DAY


@pytest.fixture(autouse=True)
def _bank_clock(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    BankClock.now = read_clock()
    monkeypatch.setattr(gateway_for("test"), "_clock", lambda: BankClock.now)


@pytest.fixture
def order(world_today: World) -> Order:
    """Ben's order, set aside just now."""
    return set_aside(world_today, world_today.ben, {"CAB23": 2}, world_today.now)


def refused(order: Order, behaviour: str = "insufficient_funds") -> datetime:
    """The renewal of what is set aside is refused in its last day; when."""
    make_card(behaviour)
    end = Payment.objects.get(kind="authorise").expires_at
    assert end is not None
    BankClock.now = end - timedelta(hours=20)
    renew_authorisations(now=BankClock.now)
    return BankClock.now


def test_what_is_set_aside_isnt_due_until_it_is_about_to_end(world_today: World, order: Order) -> None:
    end = Payment.objects.get().expires_at
    assert end is not None
    assert due_minor(order, end - timedelta(hours=25)) == 0
    assert due_minor(order, end - timedelta(hours=24)) == order.owed_minor


def test_a_refused_renewal_is_collected_and_mailed(world_today: World, order: Order) -> None:
    now = refused(order)
    collection = Collection.objects.get()
    assert (collection.amount_minor, collection.attempts, collection.next_at) == (
        order.owed_minor,
        1,
        now + timedelta(days=1),
    )
    assert SentMail.objects.filter(kind="charge_failed").count() == 1 and PayLink.objects.count() == 1
    assert run_checks(now) == []


def test_the_plan_sets_it_aside_again_and_takes_nothing(world_today: World, order: Order) -> None:
    now = refused(order)
    make_card("succeeds")
    BankClock.now = now + timedelta(days=1)
    assert retry_due_collections(now=BankClock.now) == 1
    order.refresh_from_db()
    assert Collection.objects.get().state == "collected" and order.paid_minor == 0 == taken_at_the_bank()
    assert due_minor(order, BankClock.now) == 0 and order.attention == ""
    capture_order(order_reference=order.reference, actor=world_today.staff, now=BankClock.now)
    order.refresh_from_db()
    assert (order.balance_minor, taken_at_the_bank()) == (0, order.owed_minor)


def test_a_link_sets_it_aside_while_the_old_one_lasts_and_it_is_taken_once(
    world_today: World, order: Order
) -> None:
    now = refused(order)
    make_card("succeeds")
    link = PayLink.objects.select_related("order__customer").get()
    attempt = pay_by_link(
        link=link,
        card_reference=world_today.ben_card.reference,
        expected_minor=order.owed_minor,
        actor=customer_actor(world_today.ben),
        now=now,
    )
    assert attempt.status == "paid" and Collection.objects.get().state == "collected"
    capture_order(order_reference=order.reference, actor=world_today.staff, now=now)
    order.refresh_from_db()
    assert order.balance_minor == 0 and taken_at_the_bank() == order.owed_minor


def test_a_renewal_that_wants_the_customer_is_mailed_once(world_today: World, order: Order) -> None:
    now = refused(order, "authenticates_always")
    collection = Collection.objects.get()
    assert (collection.decline_code, collection.next_at) == ("authentication_required", None)
    reconcile_payments(now=now + timedelta(minutes=31))
    assert SentMail.objects.filter(kind="payment_needs_customer").count() == 1


def test_a_renewal_that_the_customer_confirms_is_collected(world_today: World, order: Order) -> None:
    now = refused(order, "authenticates_always")
    renewal = Payment.objects.get(parent__isnull=False)
    answer_authentication(gateway_reference=renewal.gateway_reference, approve=True, now=now)
    reconcile_payments(now=now + timedelta(minutes=31))
    assert Collection.objects.get().state == "collected"


def test_a_refused_capture_is_collected(world_today: World, order: Order) -> None:
    end = Payment.objects.get().expires_at
    assert end is not None
    BankClock.now = end + timedelta(minutes=1)
    Payment.objects.update(expires_at=end + timedelta(days=3))
    capture_order(order_reference=order.reference, actor=world_today.staff, now=BankClock.now)
    collection = Collection.objects.get()
    assert (collection.amount_minor, collection.state) == (order.owed_minor, "open")
    soon = BankClock.now + timedelta(hours=1)
    assert (collection.decline_code, collection.next_at) == ("authorization_expired", soon)
    assert not SentMail.objects.filter(kind="charge_failed").exists(), "no bank has said no"
    assert retry_due_collections(now=soon) == 1 and Collection.objects.get().state == "collected"
