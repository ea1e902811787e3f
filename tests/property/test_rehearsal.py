"""Rehearsals keep to the rules of the shop: the same people with the same wishes at the same moments, told to the real
operations and to the simulation, hold and buy the same bottles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import hypothesis.strategies as st
import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from tests.world import World, save_test_card
from tirage.checkout.operations import place_order, set_cart
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import DomainError
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer, Membership
from tirage.inventory.models import Hold, Stock
from tirage.inventory.operations import sweep_lapsed_holds
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.offers.rules import CheckoutRules, Limits
from tirage.orders.models import OrderLine
from tirage.planning.simulation.crowd import gather_crowd
from tirage.planning.simulation.curve import USUAL
from tirage.planning.simulation.engine import NEVER, Played, Visits, play
from tirage.planning.simulation.plan import (
    MINUTE,
    OwnAllowances,
    Plan,
    PlannedGroup,
    PlannedItem,
    PlannedWine,
)

WINES = ("cabernet", "magnum", "chardonnay", "syrah_pack")
PRICES = (120_00, 260_00, 65_00, 210_00)
BOTTLES = (1, 1, 1, 3)
#: In each group the first person may have an allowance of their own.
GROUPS = ("premier", "estate")
EACH = 3
PEOPLE = EACH * len(GROUPS)
LENGTH = 120 * MINUTE
#: A script that fails is told as it is: making it smaller would take minutes of shops.
PHASES = (Phase.explicit, Phase.generate)


@dataclass(frozen=True)
class Script:
    """A small release and what six people do: when they come, what they want, how long after that they pay."""

    plan: Plan
    at: tuple[int, ...]
    pays: tuple[int, ...]
    wanted: tuple[tuple[int, ...], ...]
    #: Whether lapsed holds are tidied before each act, which nothing depends on.
    sweeps: tuple[bool, ...]


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    multiple = draw(st.sampled_from((1, 1, 1, 2, 3)))
    maximum = draw(st.integers(0, 6))
    return Limits(draw(st.integers(0, min(maximum, 3))), maximum, 0, multiple)


@st.composite
def planned_groups(draw: st.DrawFn, place: int) -> PlannedGroup:
    items = tuple(
        PlannedItem(wine, found, PRICES[wine], found.maximum, 0.5, 0.3)
        for wine in range(len(WINES))
        if (found := draw(limits())).maximum or draw(st.booleans())
    )
    own: tuple[OwnAllowances, ...] = ()
    if draw(st.booleans()) and items:
        most = draw(st.integers(0, 8))
        own = (OwnAllowances(1, {items[0].wine: (draw(st.integers(0, min(most, 2))), most)}),)
    rules = CheckoutRules(
        draw(st.sampled_from((0, 0, 3, 6))),
        draw(st.sampled_from((None, None, 6, 9))),
        draw(st.sampled_from((0, 0, 400_00))),
    )
    opens = draw(st.sampled_from((0, 20 * MINUTE)))
    closes = draw(st.sampled_from((60 * MINUTE, LENGTH)))
    return PlannedGroup(
        place,
        GROUPS[place],
        place,
        EACH,
        opens,
        closes,
        opens,
        1.0,
        USUAL,
        rules,
        1000 * (1 - place),
        items,
        own,
    )


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    groups = tuple(draw(planned_groups(place)) for place in range(len(GROUPS)))
    wines = tuple(
        PlannedWine(wine, WINES[wine], draw(st.integers(0, 12)), BOTTLES[wine]) for wine in range(len(WINES))
    )
    cart = draw(st.sampled_from((5, 10, 30))) * MINUTE
    plan = Plan("", cart, 0.1, MINUTE, wines, groups, (0, LENGTH), (0, LENGTH))
    crowd = gather_crowd(plan)
    # No two at the same moment: what happens at once has no order in the shop either.
    moments = draw(st.lists(st.integers(0, 118), min_size=2 * PEOPLE, max_size=2 * PEOPLE, unique=True))
    at, pays, wanted = [], [], []
    for person, kind in enumerate(crowd.kind):
        comes, later = sorted(moments[2 * person : 2 * person + 2])
        comes = max(comes * MINUTE, int(crowd.opens[kind]) + comes * 1000) + person
        leaves = draw(st.integers(0, 3)) == 0
        soon = draw(st.booleans())
        paying = (1 + later % 4) * MINUTE if soon else later * MINUTE
        at.append(comes)
        pays.append(NEVER if leaves else paying + 7 * person + 13)
        rows = []
        for wine in range(len(WINES)):
            multiple, least = int(crowd.multiple[kind, wine]), int(crowd.least[kind, wine])
            most = int(crowd.cap[kind, wine])
            allowed = [0, *(pieces for pieces in range(multiple, most + 1, multiple) if pieces >= least)]
            rows.append(draw(st.sampled_from(allowed)) if draw(st.integers(0, 3)) else allowed[-1])
        wanted.append(tuple(rows))
    sweeps = tuple(draw(st.lists(st.booleans(), min_size=2 * PEOPLE, max_size=2 * PEOPLE)))
    return Script(plan, tuple(at), tuple(pays), tuple(wanted), sweeps)


def rehearsed(script: Script) -> Played:
    """The script as a simulation: one day of its own, and between two others of the same portion."""
    crowd = gather_crowd(script.plan)
    stock = np.array([wine.stock for wine in script.plan.wines])
    others = np.array(script.at)[::-1]
    at = np.array([others, script.at, np.array(script.at) + MINUTE])
    pays = np.array([script.pays, script.pays, script.pays])
    return play(crowd, stock, script.plan.cart, Visits(at, pays, np.array([script.wanted] * 3, np.uint8)))


class Shop:
    """The same script in the shop."""

    def __init__(self, world: World, people: list[Customer], script: Script) -> None:
        self.people, self.script = people, script
        self.start = world.now
        self.method = world.pickup.reference
        self.skus = [getattr(world, wine) for wine in WINES]
        self.items: dict[tuple[int, int], int] = {}
        world.winery.cart_minutes = script.plan.cart // MINUTE
        world.winery.save()
        forget_winery()
        for wine, sku in zip(script.plan.wines, self.skus, strict=True):
            Stock.objects.filter(sku=sku).update(on_hand=wine.stock)
        for place, group in enumerate(script.plan.groups):
            self._offer(getattr(world, f"{group.name}_offer"), place, group)

    def _offer(self, offer: Offer, place: int, group: PlannedGroup) -> None:
        Offer.objects.filter(pk=offer.pk).update(
            opens_at=self.moment(group.opens),
            closes_at=self.moment(group.closes),
            bottles_minimum=group.rules.bottles_minimum,
            bottles_maximum=group.rules.bottles_maximum,
            spend_minimum_minor=group.rules.spend_minimum_minor,
        )
        OfferItem.objects.filter(offer=offer).delete()
        for item in group.items:
            made = OfferItem.objects.create(
                offer=offer,
                sku=self.skus[item.wine],
                position=item.wine,
                purchase_minimum=item.limits.minimum,
                purchase_maximum=item.limits.maximum,
                multiple=item.limits.multiple,
            )
            self.items[place, item.wine] = made.pk
            for own in group.own:
                if item.wine in own.limits:
                    least, most = own.limits[item.wine]
                    CustomAllowance.objects.create(
                        offer_item=made,
                        customer=self.people[place * EACH],
                        purchase_minimum=least,
                        purchase_maximum=most,
                    )

    def moment(self, since: int) -> datetime:
        return self.start + timedelta(milliseconds=since)

    def live(self) -> tuple[np.ndarray, np.ndarray]:
        """What each held at first, and what each bought."""
        script = self.script
        acts = [(at, "come", person) for person, at in enumerate(script.at) if any(script.wanted[person])]
        acts += [
            (at + pays, "pay", person)
            for person, (at, pays) in enumerate(zip(script.at, script.pays, strict=True))
            if pays != NEVER and any(script.wanted[person])
        ]
        held = np.zeros((PEOPLE, len(WINES)), int)
        for number, (at, act, person) in enumerate(sorted(acts)):
            now = self.moment(at)
            if script.sweeps[number]:
                sweep_lapsed_holds(now=now)
            if act == "come":
                held[person] = self.come(person, now)
            else:
                self.pay(person, now)
        bought = np.zeros_like(held)
        for customer, sku, pieces in OrderLine.objects.filter(order__state="placed").values_list(
            "order__customer", "sku", "quantity"
        ):
            place = [one.pk for one in self.people].index(customer)
            bought[place, [one.pk for one in self.skus].index(sku)] += pieces
        return held, bought

    def come(self, person: int, now: datetime) -> list[int]:
        customer, group = self.people[person], person // EACH
        asked = {
            self.items[group, wine]: pieces
            for wine, pieces in enumerate(self.script.wanted[person])
            if pieces
        }
        try:
            cart = set_cart(customer=customer, quantities=asked, actor=acting(customer), now=now)
        except DomainError:
            return [0] * len(WINES)
        holds = dict(Hold.objects.filter(holder=cart.reference).values_list("stock__sku", "quantity"))
        return [holds.get(sku.pk, 0) for sku in self.skus]

    def pay(self, person: int, now: datetime) -> None:
        """Places the order; who is told that bottles are gone takes what is left and orders that."""
        customer = self.people[person]
        refused = self._place(customer, now)
        if refused == "hold_lost":
            set_cart(customer=customer, quantities={}, actor=acting(customer), now=now)
            refused = self._place(customer, now)
        assert refused in ("", "cart_empty", "rules_not_met", "offer_closed")

    def _place(self, customer: Customer, now: datetime) -> str:
        page = load_offer_page(customer, now)
        if page.cart is None or not page.cart.lines:
            return "cart_empty"
        quote = quote_checkout(page, country="", state="", method_reference=self.method)
        try:
            place_order(
                customer=customer,
                attempt=page.cart.attempt,
                address_reference="",
                method_reference=self.method,
                card_reference=customer.payment_methods.get().reference,
                expected_total_minor=quote.total.minor,
                adult_confirmed=True,
                actor=acting(customer),
                now=now,
            )
        except DomainError as refused:
            return refused.code
        return ""


def acting(customer: Customer) -> Actor:
    return Actor(ActorKind.CUSTOMER, customer.pk, customer.name)


@pytest.fixture
def people(world: World) -> list[Customer]:
    """Three of Premier, three of Estate, each with a card that works."""
    found = [world.ana]
    for place, group in enumerate((world.premier, world.premier, world.estate, world.estate)):
        customer = Customer.objects.create(
            email=f"guest{place}@example.com",
            first_name=f"Guest{place}",
            last_name="Gray",
            adult_confirmed_at=world.now,
            signed_up_at=world.now,
        )
        Membership.objects.create(customer=customer, group=group, kind=group.kind, since=world.now)
        save_test_card(customer, world.now)
        found.append(customer)
    return [*found[:3], world.ben, *found[3:]]


@pytest.mark.chance
@pytest.mark.once
def test_a_rehearsal_holds_and_sells_what_the_shop_does(world: World, people: list[Customer]) -> None:
    thorough = settings().max_examples > 100

    @settings(max_examples=300 if thorough else 12, suppress_health_check=list(HealthCheck), phases=PHASES)
    @given(script=scripts())
    def told(script: Script) -> None:
        books = transaction.atomic()
        # The example is rolled back as a test case is, and like a test case's it is nobody's own transaction.
        vars(books)["_from_testcase"] = True
        with books:
            held, bought = Shop(world, people, script).live()
            transaction.set_rollback(True)
        forget_winery()
        played = rehearsed(script)
        assert played.got[1].tolist() == held.tolist()
        assert played.sold()[1].tolist() == bought.tolist()

    told()
