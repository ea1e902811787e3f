"""Orders stay changeable until they ship, by chance: customers, a team, banks that answer late or never, crashes.

After every step the winery's books are compared with plain ones (``order_books.Books``), the money at the test gateway
with both, and the doctor finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from types import ModuleType
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from tests.property.change_acts import picks, wines
from tests.property.change_bench import PEOPLE, WINES, WORKING, furnish
from tests.property.change_team import TeamActs
from tests.property.order_books import CART, OPEN, Draft
from tests.world import World, acting
from tirage.changes.collecting import retry_due_collections
from tirage.changes.operations import (
    drafting,
    lapse_drafts,
    let_stray_authorisations_go,
)
from tirage.checkout.operations import set_cart
from tirage.cli.doctor import run_checks
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.operations import sweep_lapsed_holds
from tirage.payments.models import Collection, Payment
from tirage.payments.operations import (
    reconcile_payments,
    refunding,
    renew_authorisations,
)

working = st.sampled_from(WORKING)
people = st.sampled_from(PEOPLE)


class ChangingOrders(TeamActs):
    @initialize(
        at_shipment=st.booleans(),
        credit=st.sampled_from((0, 100_00)),
        cards=st.tuples(working, working),
        pieces=st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(1, 3)),
    )
    def begin_the_day(
        self,
        at_shipment: bool,
        credit: int,
        cards: tuple[Behaviour, Behaviour],
        pieces: tuple[int, int, int],
    ) -> None:
        """Ana and Ben have bought through the checkout; since then prices have changed."""
        self.set_charging(at_shipment=at_shipment)
        self.set_prices(today=False)
        for name in PEOPLE:
            self.give(name, credit)
        cabernet, chardonnay, magnums = pieces[0], pieces[1], pieces[2] % 2
        self.buy(
            "ana", {"cabernet": cabernet, "magnum": magnums}, cards[0], use_credit=bool(credit), today=False
        )
        self.buy("ben", {"cabernet": 2, "chardonnay": chardonnay}, cards[1], use_credit=False, today=False)
        self.set_prices(today=True)

    # Other people

    @rule(name=people, wine=wines, pieces=st.integers(1, 3), behaviour=working, use_credit=st.booleans())
    def buy_more(self, name: str, wine: str, pieces: int, behaviour: Behaviour, use_credit: bool) -> None:
        if sum(order.customer == name for order in self.books.orders.values()) < 2:
            self.buy(name, {wine: pieces}, behaviour, use_credit=use_credit, today=True)

    @rule(asked=st.fixed_dictionaries(dict.fromkeys(WINES, st.integers(0, 4))))
    def fill_a_strangers_cart(self, asked: dict[str, int]) -> None:
        """Clara wants the same bottles."""
        books, world = self.books, self.world
        asked["magnum"] = min(asked["magnum"], 2)
        items = {world.item(world.estate_offer, self.sku(wine)).pk: n for wine, n in asked.items()}
        set_cart(customer=world.clara, quantities=items, actor=acting(world.clara), now=books.now)
        until = self.cart_until if self.cart_until > books.now else books.now + CART
        books.fill_cart("clara", asked, until)
        self.cart_until = until if any(holder == "clara" for holder, _ in books.holds) else books.now

    # Banks, the clock, the worker

    @precondition(lambda self: self.asleep)
    @rule(pick=picks, minutes=st.sampled_from((0, 3, 40)), found_out=st.booleans())
    def wake_up(self, pick: int, minutes: int, found_out: bool) -> None:
        """A process goes on after all, after a while in which others may have found out what it left behind."""
        self.books.now += timedelta(minutes=minutes)
        if found_out:
            self.reconcile()
        self.asleep.pop(pick % len(self.asleep))()

    @precondition(lambda self: self.asleep)
    @rule(pick=picks, minutes=st.sampled_from((0, 3, 40)), found_out=st.booleans())
    def wake_up_late(self, pick: int, minutes: int, found_out: bool) -> None:
        self.wake_up(pick, minutes, found_out)

    @rule(minutes=st.sampled_from((1, 1, 4, 16, 31, 70, 1_500, 4_500)))
    def wait(self, minutes: int) -> None:
        self.books.now += timedelta(minutes=minutes)

    @rule(
        what=st.sampled_from(
            (
                "reconcile",
                "lapse",
                "sweep",
                "let_strays_go",
                "collect",
                "renew",
                "a_worker_comes",
            )
        )
    )
    def work(self, what: str) -> None:
        """A worker does what the clock asks for."""
        getattr(self, what)()

    @rule(minutes=st.sampled_from((1, 3)))
    def minutes_pass(self, minutes: int) -> None:
        """As they do where a worker runs."""
        self.books.now += timedelta(minutes=minutes)
        self.reconcile()

    @rule(minutes=st.sampled_from((1, 3)))
    def more_minutes_pass(self, minutes: int) -> None:
        self.minutes_pass(minutes)

    def reconcile(self) -> None:
        reconcile_payments(now=self.books.now)
        self.books.reconcile()

    def lapse(self) -> None:
        lapse_drafts(now=self.books.now)
        self.books.lapse()

    def sweep(self) -> None:
        sweep_lapsed_holds(now=self.books.now)

    def let_strays_go(self) -> None:
        let_stray_authorisations_go(now=self.books.now)
        self.books.let_strays_go()

    def collect(self) -> None:
        """The plan tries what is due: each a payment of its own, of a change that waits for just so much."""
        retry_due_collections(now=self.books.now)
        for attempt in self.notice_payments():
            draft = self.books.drafts.get(attempt.purpose)
            if draft is None:
                continue
            assert self.why_not_retried(draft) == "" and attempt.minor == draft.confirmed
            self.books.agree(draft, draft.difference)
            self.books.pay(draft, attempt)
            self.books.settle(attempt, self.books.ask(attempt))
            self.send_strays_back(attempt, draft)

    def why_not_retried(self, draft: Draft) -> str:
        """The same as of any payment, but for the attempt itself."""
        rows = [one for one in self.books.attempts.values() if one.purpose == draft.reference]
        newest = max(rows, key=lambda one: one.row)
        newest.state = "stored"
        code = self.books.why_not_confirm(draft, is_empty=False, else_against=False)
        newest.state = "pending"
        return code or ("" if draft.state == "waiting" else "not_waiting")

    @precondition(lambda self: self.is_any_draft("waiting"))
    @rule()
    def collect_when_due(self) -> None:
        """At the moment for which the plan has the next try."""
        due = Collection.objects.filter(state="open", next_at__gt=self.books.now)
        if moment := due.values_list("next_at", flat=True).order_by("next_at").first():
            self.books.now = moment
        self.collect()

    @precondition(lambda self: self.books.at_shipment)
    @rule()
    def renew_when_due(self) -> None:
        """In the last day of what is set aside first."""
        ends = [
            one.asked_at
            for one in self.books.attempts.values()
            if one.asked_at is not None and self.books.is_set_aside(one)
        ]
        if ends:
            self.books.now = max(self.books.now, min(ends) + timedelta(days=6, hours=5))
        self.renew()

    def renew(self) -> None:
        """What lapses is renewed, and no order is covered less than before."""
        books = self.books
        before = {reference: books.uncovered(reference) for reference in books.orders}
        renew_authorisations(now=books.now)
        for attempt in self.notice_payments():
            assert attempt.parent is not None and attempt.minor <= attempt.parent.minor
            books.settle(attempt, books.ask(attempt))
        released = Payment.objects.filter(kind="authorise", released_at__isnull=False)
        for reference in released.values_list("reference", flat=True):
            books.release(books.attempts[reference])
        for reference, order in books.orders.items():
            if order.state == "placed":
                assert books.uncovered(reference) <= max(before[reference], 0)

    def a_worker_comes(self) -> None:
        """It has had its time: nothing is open, and everything that was promised of hours holds too."""
        for minutes in (31, 1, 1, 1):
            self.books.now += timedelta(minutes=minutes)
            for act in (self.reconcile, self.lapse, self.let_strays_go, self.renew):
                act()
        assert not Payment.objects.filter(state__in=OPEN).exclude(parent__kind="authorise").exists()
        assert not any(one.state == "paying" for one in self.books.drafts.values())
        found = {finding.check.name for finding in run_checks(self.books.now)}
        assert found <= self.for_people()


def try_days(
    world: World, *, examples: int, steps: int, phases: Sequence[Phase] = tuple(Phase), by_chance: bool = True
) -> None:
    class TheseDays(ChangingOrders):
        def __init__(self) -> None:
            super().__init__(world)

    tried = settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        phases=phases,
        derandomize=settings().derandomize or not by_chance,
        database=None,
    )
    run_state_machine_as_test(TheseDays, settings=tried)
    connection.check_constraints()


@pytest.mark.chance
def test_orders_are_changed_by_chance(world: World) -> None:
    """The books don't depend on the engine: there are fewer days where each takes longer."""
    usual = 30 if connection.vendor == "sqlite" else 12
    thorough = settings().max_examples > 100
    try_days(furnish(world), examples=400 if thorough else usual, steps=50 if thorough else 40)


@pytest.mark.once
@pytest.mark.parametrize(
    ("module", "guard", "without"),
    [
        pytest.param(drafting, "refuse_closed", lambda draft: None, id="a change that was made is altered"),
        pytest.param(
            refunding, "overpaid_minor", lambda order: 0, id="what is owed falls by what was overpaid"
        ),
    ],
)
def test_control_without_a_guard_the_books_disagree(
    world: World, monkeypatch: pytest.MonkeyPatch, module: ModuleType, guard: str, without: Callable[..., Any]
) -> None:
    """Guards that nearly every day needs; the same days as always, so that it is found each time."""
    monkeypatch.setattr(module, guard, without)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        try_days(furnish(world), examples=100, steps=40, phases=[Phase.generate], by_chance=False)
