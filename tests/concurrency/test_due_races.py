"""What comes due is told of once, whoever looks, and whoever dies."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from tests.concurrency.crowd import gather, rush
from tests.concurrency.test_grant_kills import in_a_child
from tests.concurrency.test_kills import after_restart
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.world import build_world
from tirage.core.clock import read_clock
from tirage.futures import arrears as arrears_module
from tirage.futures import cards
from tirage.futures.arrears import watch_arrears
from tirage.futures.cards import tell_of_ending_cards
from tirage.futures.models import Arrears, CardNotice, Instalment
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Collection, PaymentMethod
from tirage.payments.operations.balances import due_minor

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sold(transactional_db: None) -> Futures:
    """Ben's instalment is due in fifty days, and his card ends before."""
    world = build_world(read_clock())
    futures = begin(world)
    due = world.now.date() + timedelta(days=50)
    plan(futures, instalments=((due, 7000),))
    order_of(buy(futures, world.ben, 12))
    last = due.replace(day=1) - timedelta(days=1)
    PaymentMethod.objects.filter(customer=world.ben).update(exp_year=last.year, exp_month=last.month)
    return futures


def look(now: datetime) -> int:
    return tell_of_ending_cards(now=now)


def mails() -> int:
    return SentMail.objects.filter(kind="card_ending").count()


def meet_before_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    """All have read whom to tell before the first tells."""
    meet, found = gather(4), cards.ending_cards

    def together(*facts: Any, **more: Any) -> Any:
        read = found(*facts, **more)
        meet()
        return read

    monkeypatch.setattr(cards, "ending_cards", together)


def test_two_workers_ask_for_a_card_once(sold: Futures, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before_telling(monkeypatch)
    results = rush([partial(look, sold.world.now) for _ in range(4)])
    assert results.refusals == [] and sum(results.answers) == 1
    assert mails() == 1 and CardNotice.objects.count() == 1


def test_control_without_the_row_both_ask(sold: Futures, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before_telling(monkeypatch)
    monkeypatch.setattr(CardNotice.objects, "get_or_create", lambda **facts: (None, True))
    rush([partial(look, sold.world.now) for _ in range(4)])
    assert mails() > 1


def test_a_worker_that_died_before_it_committed_asks_again(
    sold: Futures, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*ignored: object, **also: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(cards, "react", die)
        assert in_a_child(partial(look, sold.world.now)) == signal.SIGKILL
    after_restart()
    assert (mails(), CardNotice.objects.count()) == (0, 0)
    look(read_clock())
    look(datetime.now(UTC))
    assert (mails(), CardNotice.objects.count()) == (1, 1)


def owed_no_more(sold: Futures, now: datetime) -> None:
    """Ben's instalment was called ten days ago, and his card refused for good."""
    order = Order.objects.get()
    Instalment.objects.update(announced_at=now, called_at=now)
    Order.objects.update(later_minor=0)
    Collection.objects.create(
        order=order,
        amount_minor=order.balance_minor,
        currency=order.currency,
        decline_code="expired_card",
        opened_at=now - timedelta(days=10),
    )


def arrears() -> tuple[int, int]:
    return Arrears.objects.count(), SentMail.objects.filter(kind="in_arrears").count()


def watch(now: datetime) -> int:
    return watch_arrears(now=now)


def test_two_workers_begin_arrears_once(sold: Futures) -> None:
    owed_no_more(sold, sold.world.now)
    results = rush([partial(watch, sold.world.now) for _ in range(4)])
    assert results.refusals == [] and sum(results.answers) == 1 and arrears() == (1, 1)


def test_control_without_the_lock_only_the_wall_refuses_the_second(
    sold: Futures, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed_no_more(sold, sold.world.now)
    meet, owes = gather(4), due_minor

    def together(order: Order, now: datetime) -> int:
        meet()
        return owes(order, now)

    def watch_it(now: datetime) -> bool:
        try:
            return bool(watch_arrears(now=now))
        except IntegrityError:
            return False

    monkeypatch.setattr(arrears_module, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(arrears_module, "due_minor", together)
    results = rush([partial(watch_it, sold.world.now) for _ in range(4)])
    assert False in results.answers and arrears() == (1, 1)


def test_a_worker_that_died_before_the_mail_begins_arrears_again(
    sold: Futures, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed_no_more(sold, sold.world.now)

    def die(*ignored: object, **also: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(arrears_module, "react", die)
        assert in_a_child(partial(watch, sold.world.now)) == signal.SIGKILL
    after_restart()
    assert arrears() == (0, 0)
    watch(read_clock())
    watch(read_clock())
    assert arrears() == (1, 1)
