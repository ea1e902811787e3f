"""The bench of the chance machine of release day: the world, the plain books, and what is compared after every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.bank import bank_totals
from tests.property.release_day import House, Limit
from tests.world import World, save_test_card
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.customers.models import Customer, Group
from tirage.customers.operations.groups import add_to_group
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Movement, Stock
from tirage.inventory.queries import stock_figures
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order
from tirage.payments.models import Payment

PEOPLE = ("ana", "ben", "clara")
WINES = {"cabernet": 7, "magnum": 2, "chardonnay": 10}
#: In cents, before what a group takes off (hundredths of a percent).
PRICES = {"cabernet": 120_00, "magnum": 260_00, "chardonnay": 65_00}
DISCOUNTS = {"premier": 10_00, "estate": 0}
#: What California takes of wine that is picked up there.
TAX_PPM = 72_500
#: Group and wine to minimum, maximum, multiple and default.
LIMITS = {
    ("premier", "cabernet"): (0, 6, 1, 3),
    ("premier", "magnum"): (0, 2, 1, 0),
    ("premier", "chardonnay"): (0, 12, 3, 6),
    ("estate", "cabernet"): (2, 3, 1, 0),
    ("estate", "magnum"): (0, 1, 1, 0),
    ("estate", "chardonnay"): (0, 6, 1, 6),
}
#: What becomes of a charge with each card: at the bank, and as far as we know.
CARDS = {
    Behaviour.SUCCEEDS: ("taken", "settled"),
    Behaviour.CARD_DECLINED: ("declined", "declined"),
    Behaviour.AUTHENTICATES_ALWAYS: ("waiting", "needs_customer"),
    Behaviour.TIMES_OUT_CHARGED: ("taken", "unknown"),
    Behaviour.TIMES_OUT_LOST: ("nothing", "unknown"),
    Behaviour.TIMES_OUT_AUTHENTICATES: ("waiting", "unknown"),
    Behaviour.REFUND_DECLINED: ("taken", "settled"),
    Behaviour.REFUND_TIMES_OUT: ("taken", "settled"),
}
CARD_ENDINGS = {behaviour: f"{number:04d}" for number, behaviour in enumerate(CARDS)}
#: Cards whose charge goes through at once, for checkouts that die on the way.
WORKING = (Behaviour.SUCCEEDS, Behaviour.REFUND_DECLINED, Behaviour.REFUND_TIMES_OUT)
OPEN = ("pending", "unknown", "needs_customer")
#: True of minutes, not of hours without a worker; ``end_of_hour`` looks at them.
ONLY_WITH_A_WORKER = {"payments_are_not_forgotten", "abandoned_orders_keep_no_money"}

people = st.sampled_from(PEOPLE)
wines = st.sampled_from(tuple(WINES))
picks = st.integers(0, 20)


class Killed(Exception):
    """The process died here."""


class ReleaseBench(RuleBasedStateMachine):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.books = transaction.atomic()
        # The example is rolled back as a test case is, and like a test case's it is nobody's own transaction.
        vars(self.books)["_from_testcase"] = True
        self.books.__enter__()
        self.world = world
        self.house = House(
            now=world.now,
            on_hand=dict(WINES),
            limits={key: Limit(*limit[:3]) for key, limit in LIMITS.items()},
            group={"ana": "premier", "ben": "estate", "clara": "estate"},
        )
        #: Charges that were stored and never sent, by order.
        self.unsent: dict[str, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.books.__exit__(None, None, None)

    # Names

    def customer(self, name: str) -> Customer:
        return cast(Customer, getattr(self.world, name))

    def sku_id(self, wine: str) -> int:
        return int(getattr(self.world, wine).pk)

    def group(self, name: str) -> Group:
        return cast(Group, getattr(self.world, name))

    def item_id(self, group: str, wine: str) -> int:
        offer: Offer = getattr(self.world, f"{group}_offer")
        return OfferItem.objects.get(offer=offer, sku_id=self.sku_id(wine)).pk

    def payment(self, reference: str) -> Payment:
        """The order's card payment."""
        return Payment.objects.get(order__reference=reference, kind="charge", gateway="test")

    def pick(self, pick: int, *states: str) -> str | None:
        fitting = [
            ref for ref, one in self.house.orders.items() if one.state in states or one.payment in states
        ]
        return fitting[pick % len(fitting)] if fitting else None

    def is_any(self, *states: str) -> bool:
        return any(one.state in states for one in self.house.orders.values())

    def refused(self, expected: str, act: Callable[[], object]) -> None:
        """The act is refused for this reason."""
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == expected

    # After every step

    @invariant()
    def bottles_agree(self) -> None:
        figures = stock_figures([self.sku_id(wine) for wine in WINES], self.house.now)
        for wine in WINES:
            there = figures[self.sku_id(wine)]
            assert (there.on_hand, there.sold, there.held) == (
                self.house.on_hand[wine],
                self.house.sold(wine),
                self.house.live(wine),
            )
            assert there.available >= 0

    @invariant()
    def pages_tell_the_truth(self) -> None:
        house = self.house
        names = {self.sku_id(wine): wine for wine in WINES}
        for name in PEOPLE:
            page = load_offer_page(self.customer(name), house.now)
            assert bool(page.items) == bool(house.group[name])
            for item in page.items:
                wine = names[item.sku_id]
                hold = house.holds.get((name, wine))
                assert item.free == house.free_for(name, wine)
                assert item.in_cart == house.cart(name).get(wine, 0)
                assert item.bought == house.bought(name, wine)
                assert item.is_held == (hold is not None and hold.until > house.now)

    @invariant()
    def money_agrees(self) -> None:
        totals = bank_totals()
        assert sum(amount.minor for amount in totals.values()) == self.house.at_bank()
        for order in Order.objects.prefetch_related("payments"):
            one = self.house.orders[order.reference]
            assert (order.state, order.paid_minor, order.owed_minor) == (one.state, one.paid, one.owed)
            taken = sum(
                totals[p.idempotency_key].minor for p in order.payments.all() if p.idempotency_key in totals
            )
            if not any(payment.state in OPEN for payment in order.payments.all()):
                assert taken == one.card

    @invariant()
    def credit_agrees(self) -> None:
        for name in PEOPLE:
            customer = Customer.objects.get(pk=self.customer(name).pk)
            assert customer.credit_minor == self.house.credit.get(name, 0) >= 0

    @invariant()
    def the_doctor_finds_nothing(self) -> None:
        found = {finding.check.name for finding in run_checks(self.house.now)}
        assert found <= ONLY_WITH_A_WORKER


def make_scarce(world: World) -> World:
    """The world with three scarce wines, Clara in Estate, and a card of every kind for each."""
    world.premier_offer.items.filter(sku=world.syrah_pack).delete()
    add_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=world.now)
    for wine, pieces in WINES.items():
        Stock.objects.filter(sku=getattr(world, wine)).update(on_hand=pieces)
        Movement.objects.filter(stock__sku=getattr(world, wine)).update(quantity=pieces)
    for (group, wine), (minimum, maximum, multiple, default) in LIMITS.items():
        OfferItem.objects.filter(offer=getattr(world, f"{group}_offer"), sku=getattr(world, wine)).update(
            purchase_minimum=minimum, purchase_maximum=maximum, multiple=multiple, default_quantity=default
        )
    for name in PEOPLE:
        for behaviour in CARDS:
            save_test_card(
                getattr(world, name),
                world.now,
                behaviour=behaviour,
                last4=CARD_ENDINGS[behaviour],
                is_default=False,
            )
    return world
