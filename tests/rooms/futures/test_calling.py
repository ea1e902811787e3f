"""Instalments: never without a mail before, on their day, once, and collected like any money that is owed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.bank import charged_in_all
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.world import World
from tirage.changes.collecting import retry_due_collections
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.futures.calling import call_balance, call_instalments
from tirage.futures.models import Instalment
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.notifications.models import SentMail
from tirage.offers.states import PlanKind
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink, PaymentMethod

FEBRUARY, MARCH, SEPTEMBER = (
    datetime(2027, 2, 23, 18, tzinfo=UTC),
    datetime(2027, 3, 1, 18, tzinfo=UTC),
    datetime(2027, 9, 2, 18, tzinfo=UTC),
)


@pytest.fixture
def sold(world: World) -> Futures:
    """Ben pays 360 now, 360 in March, 480 in September."""
    futures = begin(world)
    plan(futures)
    order_of(buy(futures, world.ben, 12))
    return futures


def mails(kind: str) -> int:
    return SentMail.objects.filter(kind=kind).count()


def work(now: datetime) -> None:
    """As the worker does, by its schedule."""
    call_instalments(now=now)
    retry_due_collections(now=now)


def test_announced_a_week_before_and_charged_on_its_day(sold: Futures) -> None:
    work(FEBRUARY - timedelta(days=2))
    assert mails("instalment_coming") == 0
    work(FEBRUARY)
    work(FEBRUARY + timedelta(hours=1))
    assert mails("instalment_coming") == 1 and Order.objects.get().paid_minor == 360_00
    work(MARCH)
    order = Order.objects.get()
    assert (order.paid_minor, order.later_minor) == (720_00, 480_00) and charged_in_all() == 720_00
    assert [one.state for one in Collection.objects.all()] == ["collected"]
    assert mails("payment_received") == 1 and run_checks(MARCH) == []
    work(SEPTEMBER - timedelta(days=6))
    work(SEPTEMBER)
    order.refresh_from_db()
    assert (order.balance_minor, order.later_minor) == (0, 0) and charged_in_all() == 1200_00


def test_nothing_is_charged_of_which_nobody_was_told_in_time(sold: Futures) -> None:
    """The worker was away for the whole of February."""
    work(MARCH)
    assert mails("instalment_coming") == 1 and charged_in_all() == 360_00
    work(MARCH + timedelta(days=3, minutes=1))
    assert charged_in_all() == 720_00


def test_a_declined_instalment_is_tried_again_and_mailed_a_link(sold: Futures) -> None:
    work(FEBRUARY)
    TestCard.objects.update(behaviour=Behaviour.INSUFFICIENT_FUNDS.value)
    work(MARCH)
    collection = Collection.objects.get()
    assert collection.attempts == 1 and collection.next_at == MARCH + timedelta(days=1)
    assert mails("charge_failed") == 1 and PayLink.objects.get().amount_minor == 360_00
    TestCard.objects.update(behaviour=Behaviour.SUCCEEDS.value)
    work(MARCH + timedelta(days=1))
    order = Order.objects.get()
    assert (order.paid_minor, order.later_minor) == (720_00, 480_00)
    assert run_checks(MARCH + timedelta(days=1)) == []


def test_a_bank_that_wants_the_customer_gets_a_link_there(sold: Futures) -> None:
    work(FEBRUARY)
    TestCard.objects.update(behaviour=Behaviour.AUTHENTICATES_ALWAYS.value)
    work(MARCH)
    assert PayLink.objects.get().amount_minor == 360_00
    assert mails("payment_needs_customer") + mails("charge_failed") == 1


def test_without_a_card_the_customer_is_mailed_a_link(sold: Futures) -> None:
    work(FEBRUARY)
    PaymentMethod.objects.update(removed_at=FEBRUARY)
    work(MARCH)
    assert (
        PayLink.objects.get().amount_minor == 360_00
        and mails("pay_link_balance") + mails("pay_link_order") == 1
    )


def test_an_order_that_was_cancelled_is_asked_for_nothing(sold: Futures) -> None:
    Order.objects.update(state="cancelled", owed_minor=0, later_minor=0)
    work(FEBRUARY)
    work(MARCH)
    assert mails("instalment_coming") == 0 and not Collection.objects.exists()


def test_the_balance_waits_until_the_winery_says_its_day(world: World) -> None:
    futures = begin(world)
    plan(futures, PlanKind.AT_RELEASE)
    order_of(buy(futures, world.ben, 12))
    work(SEPTEMBER)
    assert mails("instalment_coming") == 0
    soon = {"release": futures.release, "actor": world.staff, "now": MARCH}
    with pytest.raises(DomainError, match="at least 3 days"):
        call_balance(due_on=date(2027, 3, 2), **soon)  # type: ignore[arg-type]
    assert call_balance(due_on=date(2027, 3, 20), **soon) == 1  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="waits for its day"):
        call_balance(due_on=date(2027, 3, 20), **soon)  # type: ignore[arg-type]
    work(MARCH + timedelta(days=13))
    work(MARCH + timedelta(days=19))
    order = Order.objects.get()
    assert (order.balance_minor, charged_in_all()) == (0, 1200_00)
    assert Instalment.objects.get().called_at is not None
