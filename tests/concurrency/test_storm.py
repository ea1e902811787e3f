"""A storm at one order: everybody who may touch its money and bottles does so at once, for a while.

What a race of two proves for one pair of acts, this proves for all of them together: nobody waits for somebody who
waits for them (PostgreSQL ends a deadlock with an error), nothing fails but with words for people, and the books agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, transaction

from tests.concurrency.crowd import Results, rush
from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, key_of
from tests.rooms.delivery.limiting import limited
from tests.world import World, build_world, save_test_card
from tirage.changes.collecting import pay_by_link, payable_minor, retry_due_collections
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    confirming,
    drop_draft,
    lapse_drafts,
    let_stray_authorisations_go,
    quote_line_refund,
    refund_lines,
    retry_draft,
    returning,
)
from tirage.changes.rules import Bottles, OfflineMoney, line_key
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.locks import lock_row
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.orders.operations import apply_change
from tirage.orders.queries import order_lines
from tirage.orders.statements import NewCharge
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    ask_for_balance,
    capture_order,
    give_credit,
    lock_payments_of,
    reconcile_payments,
    refund_payment,
    refund_to_credit,
    renew_authorisations,
    take_offline_payment,
)
from tirage.payments.states import OfflineKind

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD, ACTS_EACH = 6, 30


class Storm:
    """The acts; each picks by ``chance`` what it is about."""

    def __init__(self, world: World, order: Order, cards: list[PaymentMethod], chance: random.Random) -> None:
        self.world, self.order, self.cards, self.chance = world, order, cards, chance
        self.facts: dict[str, Any] = {"actor": world.staff}

    @property
    def acts(self) -> list[Callable[[], object]]:
        ben, colleague = customer_actor(self.world.ben), Actor(ActorKind.STAFF, 777, "Colin")
        makers = [partial(self.change, one) for one in (ben, self.world.staff, colleague)]
        return [*makers, *makers, self.drop, self.retry, self.give_back, self.give_back_lines, self.link, self.owe,
                self.capture, self.cheque, self.worker]  # fmt: skip

    def change(self, actor: Actor) -> None:
        now, order = read_clock(), Order.objects.get(pk=self.order.pk)
        wine, pieces = (
            self.chance.choice([self.world.cabernet, self.world.chardonnay]),
            self.chance.choice([1, 2, 3]),
        )
        edits: dict[str, Any] = {"add": {wine: pieces}}
        if wine.pk in {line.sku_id for line in order_lines(order)}:  # two who each took some off leave none
            edits = {"pieces": {key_of(order, wine): pieces}}
        draft = draft_of(self.world, order, actor, now, **edits)
        ways = [SettleBy.CARD, SettleBy.CREDIT] if actor.is_customer else list(SettleBy)
        how = {"settle_by": self.chance.choice(ways), "payment_method": self.chance.choice(self.cards)}
        confirm(self.world, draft, actor, now, offline=OfflineMoney("cheque"), **how)

    def drop(self) -> None:
        if draft := self._draft("open", "waiting"):
            drop_draft(draft_reference=draft.reference, now=read_clock(), **self.facts)

    def retry(self) -> None:
        if draft := self._draft("waiting"):
            card = self.chance.choice(self.cards)
            retry_draft(draft_reference=draft.reference, payment_method=card, now=read_clock(), **self.facts)

    def _draft(self, *states: str) -> ChangeDraft | None:
        drafts = list(ChangeDraft.objects.filter(order=self.order, state__in=states))
        return self.chance.choice(drafts) if drafts else None

    def give_back(self) -> None:
        paid = Payment.objects.filter(order=self.order, state="settled", kind__in=["charge", "capture"])
        payment, facts = (
            self.chance.choice(list(paid)),
            {"reason": "Corked", "now": read_clock(), **self.facts},
        )
        if self.chance.random() < 0.5:
            refund_payment(payment_reference=payment.reference, amount_minor=1_00, **facts)
        else:
            refund_to_credit(payment_id=payment.pk, amount=Money(1_00, "USD"), **facts)

    def give_back_lines(self) -> None:
        order = Order.objects.get(pk=self.order.pk)
        line = self.chance.choice(order_lines(order))
        key = line_key(line.sku_id, line.unit_price.minor)
        about: dict[str, Any] = {"pieces": {key: 1}, "bottles": Bottles.KEPT}
        seen = quote_line_refund(order=order, **about).total.minor
        facts = {"expected_minor": seen, "reason": "Corked", "now": read_clock(), **self.facts}
        refund_lines(order_reference=order.reference, **about, **facts)

    def link(self) -> None:
        now, card = read_clock(), self.chance.choice(self.cards).reference
        link = ask_for_balance(order_reference=self.order.reference, now=now, **self.facts)
        seen = payable_minor(link, now)
        pay_by_link(link=link, card_reference=card, expected_minor=seen, now=now, **self.facts)

    def owe(self) -> None:
        with transaction.atomic():
            order = lock_row(Order.objects.filter(pk=self.order.pk))
            assert order is not None
            charges = [NewCharge("duty", 5_00, "Duty")]
            facts = {"reason": "Forgotten", "text": "added the duty", "now": read_clock(), **self.facts}
            apply_change(order=order, lines=[], charges=charges, **facts)

    def capture(self) -> None:
        capture_order(order_reference=self.order.reference, now=read_clock(), **self.facts)

    def cheque(self) -> None:
        facts = {"amount_minor": 1_00, "offline_kind": OfflineKind.CHEQUE, "note": "", **self.facts}
        take_offline_payment(order_reference=self.order.reference, now=read_clock(), **facts)

    def worker(self) -> None:
        by_the_clock = [
            lapse_drafts,
            let_stray_authorisations_go,
            reconcile_payments,
            renew_authorisations,
            retry_due_collections,
        ]
        later = read_clock() + timedelta(minutes=self.chance.choice([0, 3]))
        self.chance.choice(by_the_clock)(now=later)


def blow(world: World, order: Order, cards: list[PaymentMethod], seed: int) -> list[str]:
    """One of the crowd acts for a while; how often it was refused with words."""
    storm, refused = Storm(world, order, cards, random.Random(seed)), []
    for _ in range(ACTS_EACH):
        try:
            storm.chance.choice(storm.acts)()
        except DomainError as refusal:
            refused.append(refusal.code)
    return refused


def storm(charge_when: str) -> tuple[Order, Results]:
    """Ben's order while it storms."""
    world = build_world(read_clock())
    # Never reached: its place is locked all the same.
    limited(world.new_york, 10_000, "household", "year")
    Winery.objects.update(charge_when=charge_when)
    forget_winery()
    lost, no = (
        save_test_card(world.ben, world.now, behaviour=behaviour, last4=last4, is_default=False)
        for behaviour, last4 in (
            (Behaviour.TIMES_OUT_CHARGED, "1007"),
            (Behaviour.INSUFFICIENT_FUNDS, "9995"),
        )
    )
    give_credit(
        customer=world.ben, amount=Money(1_000_00, "USD"), reason="A friend", actor=world.staff, now=world.now
    )
    order = bought(world, world.ben, {"CAB23": 1, "CHA24": 1})
    cards = [world.ben_card, world.ben_card, lost, no]
    return order, rush([partial(blow, world, order, cards, seed) for seed in range(CROWD)])


@pytest.mark.parametrize("charge_when", ["at_order", "at_shipment"])
def test_nothing_but_refusals_with_words_and_the_books_agree(
    transactional_db: None, charge_when: str
) -> None:
    order, results = storm(charge_when)
    assert results.refusals == []
    for minutes in (3, 4, 5):
        reconcile_payments(now=read_clock() + timedelta(minutes=minutes))
        let_stray_authorisations_go(now=read_clock())
    assert run_checks(read_clock()) == []
    assert order.changes.count() > 5, "it was a storm"


def test_control_with_locks_in_another_order_some_wait_for_each_other(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def order_first(order_id: int) -> list[Payment]:
        lock_row(Order.objects.filter(pk=order_id))
        return lock_payments_of(order_id)

    monkeypatch.setattr(confirming, "lock_payments_of", order_first)
    monkeypatch.setattr(returning, "lock_payments_of", order_first)
    _, results = storm("at_order")
    assert any(isinstance(problem, OperationalError) for problem in results.refusals)
