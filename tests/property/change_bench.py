"""The house that changes of orders are tried in: real operations on one side, plain books on the other, compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.bank import bank_totals
from tests.property.order_books import AT_ONCE, OPEN, Attempt, Books, Draft, Line, Order
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.world import World, acting, save_test_card
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import ChangeQuote, line_key
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import DomainError
from tirage.core.models import Winery
from tirage.core.states import ChargeWhen
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.customers.operations.groups import add_to_group
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCharge
from tirage.inventory.models import Hold, Movement, Stock
from tirage.inventory.queries import stock_figures
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order as RealOrder
from tirage.orders.queries import order_lines
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment, PaymentMethod

#: Wine to the bottles that there are, and to its prices when the orders were made and today.
WINES = {"cabernet": 12, "magnum": 4, "chardonnay": 9}
PRICES = {"cabernet": (120_00, 131_00), "magnum": (260_00, 260_00), "chardonnay": (65_00, 61_50)}
PEOPLE = ("ana", "ben")
#: The most that each may buy.
ALLOWED = {"cabernet": 6, "magnum": 2, "chardonnay": 5}
#: Every behaviour that a saved card of the test gateway may have, by its last digits.
CARDS = {f"{number:04d}": behaviour for number, behaviour in enumerate(Behaviour) if "save" not in behaviour}
WORKING = (Behaviour.SUCCEEDS, Behaviour.REFUND_DECLINED, Behaviour.REFUND_TIMES_OUT)
#: True of minutes, not of hours without a worker; ``a_worker_comes`` looks at them.
ONLY_WITH_A_WORKER = {"payments_are_not_forgotten", "authorisations_are_let_go", "authorisations_are_renewed"}
#: Money for a change that wasn't made, which the bank doesn't take back, is for people.
FOR_PEOPLE = "money_for_changes_is_used_or_back"
_MONEY_IN = ("charge", "authorise", "capture")


class Killed(Exception):
    """The process died here."""


class ChangeBench(RuleBasedStateMachine):
    """Orders of two customers, and the books to compare them with."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.books_of_django = transaction.atomic()
        # The example is rolled back as a test case is, and like a test case's it is nobody's own transaction.
        vars(self.books_of_django)["_from_testcase"] = True
        self.books_of_django.__enter__()
        forget_winery()
        self.world = world
        allowed = {(name, wine): most for name in PEOPLE for wine, most in ALLOWED.items()}
        self.books = Books(world.now, dict(WINES), allowed, self.is_kept, credit=dict.fromkeys(PEOPLE, 0))
        self.cart_until = world.now
        #: Steps so far: orders end late in their lives.
        self.age = 0
        #: Processes that stand still before they ask a bank, and what they do when they go on.
        self.asleep: list[Callable[[], None]] = []
        self.bank_clock = pytest.MonkeyPatch()
        self.bank_clock.setattr(gateway_for("test"), "_clock", lambda: self.books.now)

    def teardown(self) -> None:
        self.bank_clock.undo()
        transaction.set_rollback(True)
        self.books_of_django.__exit__(None, None, None)
        forget_winery()

    # Names

    def customer(self, name: str) -> Customer:
        return cast(Customer, getattr(self.world, name))

    def sku(self, wine: str) -> Sku:
        return cast(Sku, getattr(self.world, wine))

    def wine(self, sku_id: int) -> str:
        return next(wine for wine in WINES if self.sku(wine).pk == sku_id)

    def key(self, line: Line) -> str:
        return line_key(self.sku(line[0]).pk, line[1])

    def actor_of(self, maker: str, order: str) -> Actor:
        """The order's customer, or one of two colleagues."""
        if maker == "customer":
            return acting(self.customer(self.books.orders[order].customer))
        return self.world.staff if maker == "olive" else Actor(ActorKind.STAFF, 9_999, "Oscar")

    def draft_actor(self, draft: Draft) -> Actor:
        return self.actor_of(draft.maker, draft.order)

    @property
    def by_staff(self) -> dict[str, Any]:
        return {"actor": self.world.staff, "now": self.books.now}

    def card(self, order: str, behaviour: Behaviour) -> PaymentMethod:
        last4 = next(last4 for last4, kind in CARDS.items() if kind is behaviour)
        customer = self.customer(self.books.orders[order].customer)
        return PaymentMethod.objects.get(customer=customer, last4=last4)

    def pick_order(self, pick: int, *states: str) -> str | None:
        fitting = [ref for ref, order in self.books.orders.items() if not states or order.state in states]
        return fitting[pick % len(fitting)] if fitting else None

    def pick_draft(self, pick: int, *states: str) -> Draft | None:
        """The newest first: what has just been begun is gone on with."""
        fitting = [one for one in self.books.drafts.values() if not states or one.state in states]
        return fitting[-1 - pick % len(fitting)] if fitting else None

    def is_any_draft(self, state: str) -> bool:
        return any(draft.state == state for draft in self.books.drafts.values())

    def pick_attempt(self, pick: int, fits: Callable[[Attempt], bool]) -> tuple[str, Attempt] | None:
        fitting = [(ref, one) for ref, one in self.books.attempts.items() if fits(one)]
        return fitting[-1 - pick % len(fitting)] if fitting else None

    def refused(self, expected: str, act: Callable[[], object]) -> None:
        """The act is refused for this reason; that nothing has changed is compared after every step."""
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == expected, f"{refusal.value.code} instead of {expected}"

    def is_kept(self, holder: str, wine: str) -> bool:
        return Hold.objects.filter(holder=holder, stock__sku=self.sku(wine)).exists()

    # Orders

    def set_charging(self, *, at_shipment: bool) -> None:
        when = ChargeWhen.AT_SHIPMENT if at_shipment else ChargeWhen.AT_ORDER
        Winery.objects.update(charge_when=when.value, customers_cancel_orders=True)
        forget_winery()
        self.books.at_shipment = at_shipment

    def set_prices(self, today: bool) -> None:
        for wine, prices in PRICES.items():
            Sku.objects.filter(pk=self.sku(wine).pk).update(price_minor=prices[today])

    def buy(
        self, name: str, wanted: dict[str, int], behaviour: Behaviour, *, use_credit: bool, today: bool
    ) -> None:
        """Through the real checkout, as much as allowance and stock let come."""
        books = self.books
        fitting = {
            wine: min(pieces, books.most_more(name, wine), max(books.free_for(name, wine), 0))
            for wine, pieces in wanted.items()
        }
        fitting = {wine: pieces for wine, pieces in fitting.items() if pieces > 0}
        if not fitting:
            return
        customer = self.customer(name)
        hold(customer, {self.sku(wine).code: pieces for wine, pieces in fitting.items()}, books.now)
        form = checkout_arguments(self.world, customer, books.now)
        total = form["expected_total_minor"]
        credit = min(books.credit[name], total) if use_credit else 0
        card = PaymentMethod.objects.get(customer=customer, last4=self.last4(behaviour))
        form |= {
            "card_reference": card.reference,
            "use_credit": use_credit,
            "expected_total_minor": total - credit,
        }
        reference = place_order(**form).order_reference
        lines = {(wine, PRICES[wine][today]): pieces for wine, pieces in fitting.items()}
        books.orders[reference] = Order(name, lines, total)
        books.credit[name] -= credit
        self.notice_payments()
        assert books.paid(reference) + books.set_aside(reference) == total

    @staticmethod
    def last4(behaviour: Behaviour) -> str:
        return next(last4 for last4, kind in CARDS.items() if kind is behaviour)

    # Payments

    def notice_payments(self) -> list[Attempt]:
        """New attempts are written into the books; their outcomes follow from card and bank."""
        known = self.books.attempts
        rows = Payment.objects.filter(kind__in=_MONEY_IN).exclude(reference__in=known).order_by("id")
        found = []
        for row in rows.select_related("order", "payment_method", "parent"):
            known[row.reference] = attempt = self.attempt_of(row)
            found.append(attempt)
            if attempt.card in AT_ONCE:
                self.books.settle(attempt, "settled")
            elif not attempt.purpose and attempt.parent is None:
                self.books.settle(attempt, self.books.ask(attempt))
        return found

    def attempt_of(self, row: Payment) -> Attempt:
        card = "gift" if row.offline_kind == "comp" else row.gateway
        if row.payment_method:
            card = CARDS[row.payment_method.last4].value
        return Attempt(
            row=row.pk,
            order=row.order.reference,
            kind=row.kind,
            minor=row.amount_minor,
            made_at=row.made_at,
            card=card,
            purpose=row.purpose,
            parent=self.books.attempts[row.parent.reference] if row.parent else None,
        )

    # Drafts

    def quote(self, draft: Draft) -> ChangeQuote:
        """Its page, which says the same as the books."""
        quote = quote_draft(find_draft(draft.reference, self.draft_actor(draft)), self.books.now)
        order, after = self.books.orders[draft.order], self.books.after(draft)
        assert quote.before.wine.minor == sum(pieces * price for (_, price), pieces in order.lines.items())
        assert quote.after.wine.minor == sum(max(pieces, 0) * price for (_, price), pieces in after.items())
        assert quote.before.owed.minor == order.owed
        assert quote.difference.minor == quote.after.owed.minor - order.owed
        assert quote.settlement.minor == self.books.settlement(draft.order, quote.difference.minor)
        assert bool(quote.moved_on) == (draft.base != order.number)
        if order.state == "placed":
            ours = {"line_too_short", "nothing_left", "beyond_allowance"}
            assert {one.code for one in quote.blocking} & ours == self.books.problems(draft)
        return quote

    # After every step

    @invariant()
    def everything_agrees(self) -> None:
        self.age += 1
        self.bottles_agree()
        self.orders_agree()
        self.changes_agree()
        self.payments_agree()
        self.bank_agrees()
        self.credit_agrees()
        self.a_change_is_paid_once()
        self.the_doctor_finds_nothing()

    def bottles_agree(self) -> None:
        figures = stock_figures([self.sku(wine).pk for wine in WINES], self.books.now)
        for wine in WINES:
            there = figures[self.sku(wine).pk]
            should = (self.books.on_hand[wine], self.books.sold(wine), self.books.live(wine))
            assert (there.on_hand, there.sold, there.held) == should, wine
            assert there.available >= 0

    def orders_agree(self) -> None:
        for order in RealOrder.objects.all():
            mine = self.books.orders[order.reference]
            there = {
                (self.wine(one.sku_id), one.unit_price.minor): one.quantity for one in order_lines(order)
            }
            assert there == {line: pieces for line, pieces in mine.lines.items() if pieces}
            assert (order.state, order.owed_minor, order.changes.count()) == (
                mine.state,
                mine.owed,
                mine.number,
            )
            assert order.paid_minor == self.books.paid(order.reference)

    def changes_agree(self) -> None:
        for real in ChangeDraft.objects.select_related("change__order"):
            mine = self.books.drafts[real.reference]
            assert (real.state, real.base_number) == (mine.state, mine.base)
            assert real.state not in ("open", "waiting") or real.expires_at == mine.until
            assert (real.change is not None) == (mine.made == 1) and mine.made <= 1
            if real.change:
                assert (real.change.order.reference, real.change.difference_minor) == (
                    mine.order,
                    mine.difference,
                )

    def payments_agree(self) -> None:
        """Nobody is charged but by the attempts that are known, each once."""
        rows = Payment.objects.select_related("parent").order_by("id")
        attempts = {row.reference: row for row in rows if row.kind != "refund"}
        assert set(attempts) == set(self.books.attempts)
        for reference, mine in self.books.attempts.items():
            real = attempts[reference]
            is_released = real.released_at is not None
            assert (real.state, real.amount_minor, is_released) == (mine.state, mine.minor, mine.released)
            back = [
                (row.amount_minor, row.state) for row in rows if row.parent == real and row.kind == "refund"
            ]
            assert back == [(refund.minor, refund.state) for refund in mine.refunds]
            assert mine.left >= 0 or mine.kind == "authorise"

    def bank_agrees(self) -> None:
        totals = bank_totals()
        assert sum(amount.minor for amount in totals.values()) == self.books.at_bank()
        aside = TestCharge.objects.filter(kind="authorise", state="settled", captured_minor=0)
        assert sum(aside.values_list("amount_minor", flat=True)) == self.books.aside_at_bank()
        if not Payment.objects.filter(state__in=OPEN).exists():
            settled = Payment.objects.filter(state="settled", gateway="test")
            taken = sum(settled.filter(kind__in=["charge", "capture"]).values_list("amount_minor", flat=True))
            back = sum(settled.filter(kind="refund").values_list("amount_minor", flat=True))
            late = sum(one.at_bank for one in self.books.attempts.values() if one.state == "voided")
            assert self.books.at_bank() - late == taken - back

    def credit_agrees(self) -> None:
        for name in PEOPLE:
            there = Customer.objects.values_list("credit_minor", flat=True).get(pk=self.customer(name).pk)
            assert there == self.books.credit[name] >= 0

    def a_change_is_paid_once(self) -> None:
        """What came for a change and stays is what was agreed on, or nothing; what the bank won't take back is said."""
        for draft in self.books.drafts.values():
            mine = [one for one in self.books.attempts.values() if one.purpose == draft.reference]
            stuck = sum(refund.minor for one in mine for refund in one.refunds if refund.state == "declined")
            kept = sum(one.left for one in mine) - stuck
            agreed = max(draft.confirmed or 0, 0) if draft.state == "applied" else 0
            assert kept <= agreed, draft

    def the_doctor_finds_nothing(self) -> None:
        found = {finding.check.name for finding in run_checks(self.books.now)}
        assert found <= ONLY_WITH_A_WORKER | self.for_people()

    def for_people(self) -> set[str]:
        stray = [one for one in self.books.attempts.values() if one.purpose and one.refunds]
        return {FOR_PEOPLE} if any(one.back("declined") for one in stray) else set()


def furnish(world: World) -> World:
    """The world with few bottles, a long offer for everybody, and a card of every kind."""
    later = world.now + timedelta(days=400)
    Offer.objects.update(closes_at=later)
    world.premier_offer.items.filter(sku=world.syrah_pack).delete()
    add_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=world.now)
    for wine, pieces in WINES.items():
        Stock.objects.filter(sku=getattr(world, wine)).update(on_hand=pieces)
        Movement.objects.filter(stock__sku=getattr(world, wine)).update(quantity=pieces)
        items = OfferItem.objects.filter(sku=getattr(world, wine))
        items.update(purchase_minimum=0, default_quantity=0, purchase_maximum=ALLOWED[wine], multiple=1)
    for name in (*PEOPLE, "clara"):
        for last4, behaviour in CARDS.items():
            save_test_card(
                getattr(world, name), world.now, behaviour=behaviour, last4=last4, is_default=False
            )
    return world
