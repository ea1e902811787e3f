"""Races for an order's money, on PostgreSQL with real threads: a link paid by many at once, the plan beside staff and
customer, a new card while the old one is tried. Each promise holds, and its control breaks it.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.concurrency.crowd import Results, gather, rush
from tests.concurrency.test_change_races import unlocked
from tests.rooms.changes.journey import confirm, draft_of, key_of, pieces_on
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.payments.owing import OWED, card_that, owing_order
from tests.rooms.payments.test_operations import save
from tests.world import World, build_world
from tirage.changes import collecting
from tirage.changes.collecting import pay_by_link, retry_collection, retry_due_collections
from tirage.changes.operations import confirming as confirming_operations
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core import tries
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.money import Money
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink, Payment, PaymentMethod
from tirage.payments.operations import balances as balance_operations
from tirage.payments.operations import charge_balance, make_pay_link, usable_card
from tirage.payments.operations import links as link_operations
from tirage.payments.operations.links import count_try

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 4


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed; Ben's order has something left to pay."""
    world = build_world(read_clock())
    owing_order(world, world.ben, world.now)
    return world


def link_of(world: World) -> PayLink:
    facts: dict[str, Any] = {
        "purpose": "",
        "amount": Money(OWED, "USD"),
        "actor": world.staff,
        "now": world.now,
    }
    link = make_pay_link(order_id=Order.objects.get().pk, **facts)
    return PayLink.objects.select_related("order__customer").get(pk=link.pk)


def press(world: World, link: PayLink) -> Any:
    return pay_by_link(
        link=link,
        card_reference=world.ben_card.reference,
        expected_minor=OWED,
        actor=customer_actor(world.ben),
        now=world.now,
    )


def attempts() -> int:
    return Payment.objects.filter(amount_minor=OWED).count()


# A link paid by many at once


def many_pay(world: World) -> Results:
    link = link_of(world)
    return rush([partial(press, world, link) for _ in range(CROWD)])


def test_a_link_paid_by_many_at_once_is_charged_once(shared: World) -> None:
    results = many_pay(shared)
    assert [one.status for one in results.answers] == ["paid"]
    codes = {one.code for one in results.refusals if isinstance(one, Conflict)}
    assert len(results.refusals) == CROWD - 1 and codes <= {"already_paying", "nothing_due", "link_over"}
    assert attempts() == 1 and charged_in_all() == Order.objects.get().owed_minor
    assert SentMail.objects.filter(kind="payment_received").count() == 1 and run_checks(shared.now) == []


def unlock_order(monkeypatch: pytest.MonkeyPatch, crowd: int) -> None:
    """Nobody has locked the order, and everybody has decided before anybody writes an attempt."""
    meet = gather(crowd)

    def after_all_have_decided(customer_id: int, card_reference: str) -> PaymentMethod:
        meet()
        return usable_card(customer_id, card_reference)

    monkeypatch.setattr(balance_operations, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(balance_operations, "usable_card", after_all_have_decided)


def test_control_without_the_orders_lock_it_is_charged_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_order(monkeypatch, CROWD)
    many_pay(shared)
    assert attempts() > 1 and charged_in_all() > Order.objects.get().owed_minor


# A change's link paid by many at once


def change_link(world: World) -> PayLink:
    order = Order.objects.get()
    draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 3})
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK, payment_method=None)
    return PayLink.objects.select_related("order__customer").get()


def pay_change(world: World, link: PayLink) -> Any:
    return pay_by_link(
        link=link,
        card_reference=world.ben_card.reference,
        expected_minor=link.amount_minor,
        actor=customer_actor(world.ben),
        now=world.now,
    )


def test_a_changes_link_paid_by_many_at_once_is_charged_once(shared: World) -> None:
    link = change_link(shared)
    results = rush([partial(pay_change, shared, link) for _ in range(CROWD)])
    assert [one.status for one in results.answers] == ["paid"]
    assert all(isinstance(one, Conflict) for one in results.refusals) and len(results.refusals) == CROWD - 1
    assert Payment.objects.filter(purpose=link.purpose).count() == 1
    assert pieces_on(Order.objects.get()) == {"CAB23": 3} and run_checks(shared.now) == []


def test_control_without_its_lock_a_change_is_charged_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody reads the waiting draft before anybody begins to pay for it."""
    link = change_link(shared)
    unlocked(monkeypatch, gather(CROWD))
    monkeypatch.setattr(confirming_operations, "refuse_under_way", lambda draft: None)
    rush([partial(pay_change, shared, link) for _ in range(CROWD)])
    assert Payment.objects.filter(purpose=link.purpose).count() > 1


# The plan beside staff and customer


def failed(world: World) -> Collection:
    """Ben's card had no money, and has some since."""
    card = card_that(world, world.ben, Behaviour.INSUFFICIENT_FUNDS, "9995")
    charge_balance(
        order_id=Order.objects.get().pk,
        card_reference=card.reference,
        return_url="",
        actor=world.staff,
        now=world.now - timedelta(days=2),
    )
    TestCard.objects.filter(customer_reference=world.ben.reference).update(behaviour="succeeds")
    return Collection.objects.get()


def all_at_once(world: World) -> Results:
    collection = failed(world)
    link = PayLink.objects.select_related("order__customer").get()
    retry = partial(
        retry_collection, collection_reference=collection.reference, actor=world.staff, now=world.now
    )
    return rush([partial(retry_due_collections, now=world.now), retry, partial(press, world, link)])


def test_plan_staff_and_customer_at_once_charge_once(shared: World) -> None:
    results = all_at_once(shared)
    assert all(isinstance(one, Conflict) for one in results.refusals)
    settled = Payment.objects.filter(amount_minor=OWED, state="settled")
    assert settled.count() == 1 and charged_in_all() == Order.objects.get().owed_minor
    assert Collection.objects.get().state == "collected" and PayLink.objects.filter(used_at=None).count() == 0
    assert run_checks(shared.now) == []


def test_control_without_the_lock_they_charge_several_times(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(shared)
    unlock_order(monkeypatch, 3)
    link = PayLink.objects.select_related("order__customer").get()
    retry = partial(
        retry_collection,
        collection_reference=Collection.objects.get().reference,
        actor=shared.staff,
        now=shared.now,
    )
    rush([partial(retry_due_collections, now=shared.now), retry, partial(press, shared, link)])
    assert charged_in_all() > Order.objects.get().owed_minor


def test_two_runs_of_the_plan_try_once(shared: World) -> None:
    """Workers that overlap: the second finds the first's attempt, or that it isn't due any more."""
    failed(shared)
    TestCard.objects.filter(customer_reference=shared.ben.reference).update(behaviour="insufficient_funds")
    results = rush([partial(retry_due_collections, now=shared.now) for _ in range(CROWD)])
    assert results.refusals == [] and sum(results.answers) == 1
    assert attempts() == 2 and Collection.objects.get().attempts == 2


def test_control_without_the_claim_each_run_tries(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run has seen what is due before the first begins, and they come one after the other."""
    failed(shared)
    TestCard.objects.filter(customer_reference=shared.ben.reference).update(behaviour="insufficient_funds")
    monkeypatch.setattr(collecting, "_claim", lambda reference, planned, now: True)
    reference, turn = Collection.objects.get().reference, Lock()

    def run() -> bool:
        with turn:
            return collecting._try_due(reference, shared.now)

    results = rush([run for _ in range(CROWD)])
    assert sum(results.answers) > 1


# A new card while the old one is tried


def test_a_new_card_while_the_old_one_is_tried_charges_once(shared: World) -> None:
    failed(shared)
    results = rush([partial(retry_due_collections, now=shared.now), partial(save, shared.ben, shared.now)])
    assert results.refusals == []
    retry_due_collections(now=shared.now)
    assert charged_in_all() == Order.objects.get().owed_minor and run_checks(shared.now) == []


# Tries are counted one by one


def test_tries_at_the_same_moment_cant_share_one(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_operations, "TRIES", 2)
    link, actor = link_of(shared), customer_actor(shared.ben)
    results = rush([partial(count_try, link=link, actor=actor, now=shared.now) for _ in range(CROWD)])
    assert len(results.answers) == 2 and len(results.refusals) == CROWD - 2


def test_control_without_the_links_lock_they_share(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_operations, "TRIES", 1)
    link, actor, meet = link_of(shared), customer_actor(shared.ben), gather(CROWD)

    def after_all_have_counted(*words: Any, **facts: Any) -> Any:
        meet()
        return record_event(*words, **facts)

    monkeypatch.setattr(link_operations, "lock_row", lambda rows: None)
    monkeypatch.setattr(tries, "record_event", after_all_have_counted)
    results = rush([partial(count_try, link=link, actor=actor, now=shared.now) for _ in range(CROWD)])
    assert len(results.answers) == CROWD
