"""The hour before the load: carts that hold bottles, carts that lapsed, payments that wait for the bank."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from tirage.checkout.models import Cart, CartLine, RestockRequest
from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.demo.loader.books import Books, Purchase
from tirage.demo.loader.buying import Basket, Supply, Visit
from tirage.demo.loader.cellar import CART_MINUTES
from tirage.demo.loader.context import Load
from tirage.demo.loader.crowd import Buyer
from tirage.demo.loader.offering import Offering
from tirage.demo.loader.season import Season
from tirage.demo.people import Tier
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import CustomAllowance, OfferItem
from tirage.orders.states import OrderState
from tirage.payments.states import PaymentState

#: The magnums that are gone, the large bottles that are nearly gone, and the packs that sit in others' carts.
SOLD_OUT = "EK-LB-23-1500"
NEARLY = "EK-CS-23-3000"
HELD = "EK-LB-23-3PK"
KEPT = {NEARLY: 3, HELD: 6}
#: Checkouts in the middle of paying.
PAYING = 2
Lines = Sequence[tuple[OfferItem, int]]


def let_some_come_last(buyers: Sequence[Buyer], now: datetime) -> None:
    """Of Ridge as many as fill their carts with the last packs, whatever the day has sold until then."""
    free = (
        buyer
        for buyer in buyers
        if buyer.tier is Tier.RIDGE and buyer.addresses and buyer.may_buy(now)
        if not (buyer.waits or buyer.is_keen)
    )
    for buyer in islice(free, PAYING + KEPT[HELD]):
        buyer.comes_last = True


class Today:
    """Carts of the open release. Stock rows are there, unsaved, so that holds can hang on them."""

    def __init__(
        self,
        load: Load,
        books: Books,
        season: Season,
        stocks: dict[str, Stock],
        purchases: Sequence[Purchase],
    ) -> None:
        self.load, self.books, self.season, self.stocks = load, books, season, stocks
        self.attempts: dict[int, int] = {}
        for purchase in purchases:
            number = purchase.buyer.person.number
            self.attempts[number] = self.attempts.get(number, 0) + 1

    def fill(self, offerings: Sequence[Offering], buyers: Sequence[Buyer], supply: Supply) -> None:
        open_ones = {one.tier: one for one in offerings if one.offer.opens_at <= self.load.now}
        chance = self.load.chance("carts of today")
        basket = Basket(supply, chance)
        guests = self._guests(open_ones, buyers)
        live, lapsed = self.load.scaled(16, 9), self.load.scaled(28, 5)
        for index, buyer in enumerate(guests[: PAYING + live + lapsed]):
            visit = Visit(self.load.now, buyer, open_ones[buyer.offer_tier], 0.7)
            if index < PAYING:
                self._pay(visit, basket, chance, waits_for_bank=index == 0)
            elif index < PAYING + live:
                self._hold(visit, basket, chance)
            else:
                self._lapse(visit, basket, chance, swept=index > live + 6)
        self._close_carts(offerings[0], buyers)
        regulars = [buyer for buyer in buyers if buyer.tier is Tier.RIDGE and buyer.may_buy(self.load.now)]
        self._ask_to_be_told([buyer for buyer in regulars if not buyer.waits][-6:], open_ones)

    def _guests(self, open_ones: dict[Tier, Offering], buyers: Sequence[Buyer]) -> list[Buyer]:
        """Members who could buy, have not, and are nobody in particular; Ridge first, for the packs."""
        free = [
            buyer
            for buyer in buyers
            if buyer.offer_tier in open_ones
            and buyer.tier is not Tier.TEST
            and not buyer.waits
            and buyer.addresses
            and buyer.may_buy(self.load.now)
            and buyer.person.number not in self.attempts
        ]
        return sorted(free, key=lambda buyer: (buyer.tier is not Tier.RIDGE, buyer.person.number))

    def _pay(self, visit: Visit, basket: Basket, chance: random.Random, *, waits_for_bank: bool) -> None:
        """A checkout in the middle: the order is pending, its bottles promised, the payment open."""
        delivery = self.season.delivery(visit.buyer, chance)
        lines = basket.buy(visit) if delivery else []
        if delivery is None or not lines:
            return
        customer = visit.buyer.customer
        at = self.load.now - (timedelta(minutes=3) if waits_for_bank else timedelta(seconds=50))
        purchase = self.books.start(visit.buyer, visit.offering, lines, delivery, at, by=customer)
        state = PaymentState.NEEDS_CUSTOMER if waits_for_bank else PaymentState.UNKNOWN
        self.books.charge(purchase, purchase.order.owed_minor, at, by=customer, state=state)
        name = EventName.PAYMENT_NEEDS_CUSTOMER if waits_for_bank else EventName.PAYMENT_UNKNOWN
        self.load.act(
            name,
            "order",
            purchase.order,
            f"charge: {state.value.replace('_', ' ')}",
            by=customer,
            at=at + timedelta(seconds=2),
            customer=customer,
        )
        cart = self._cart(visit, at, lines, expires_at=at + timedelta(minutes=CART_MINUTES - 2))
        cart.pending_order = purchase.order

    def _hold(self, visit: Visit, basket: Basket, chance: random.Random) -> None:
        """A cart that is live; packs of the held wine go into those of Ridge first."""
        lines = self._with_held(visit, basket, basket.buy(visit))
        left = timedelta(minutes=chance.uniform(CART_MINUTES * 0.4, CART_MINUTES - 0.5))
        if lines:
            self._cart(
                visit,
                self.load.now + left - timedelta(minutes=CART_MINUTES),
                lines,
                expires_at=self.load.now + left,
            )
            self._keep(lines, self.load.rows[Cart][-1], self.load.now + left)

    @staticmethod
    def _with_held(visit: Visit, basket: Basket, lines: Lines) -> Lines:
        item = next((item for item in visit.offering.items if item.sku.code == HELD), None)
        left = basket.supply.left[HELD]
        if item is None or not left or any(one.sku.code == HELD for one, _ in lines):
            return lines
        pieces = min(item.purchase_maximum, left)
        basket.supply.take(HELD, pieces)
        return [*lines, (item, pieces)]

    def _lapse(self, visit: Visit, basket: Basket, chance: random.Random, *, swept: bool) -> None:
        """A cart whose time is over. Its lines stay; its holds are gone once somebody tidied them."""
        ago = (
            timedelta(minutes=chance.uniform(40, 1_500))
            if swept
            else timedelta(seconds=chance.uniform(5, 55))
        )
        started = max(self.load.now - ago - timedelta(minutes=CART_MINUTES), visit.offering.offer.opens_at)
        lines = basket.fill(visit) if swept else basket.buy(visit)
        if lines:
            cart = self._cart(visit, started, lines, expires_at=self.load.now - ago)
            if not swept:
                self._keep(lines, cart, self.load.now - ago)

    def _cart(self, visit: Visit, changed_at: datetime, lines: Lines, *, expires_at: datetime | None) -> Cart:
        cart = self.load.add(
            Cart(
                reference=self.load.reference("CRT"),
                customer=visit.buyer.customer,
                release=visit.offering.release,
                expires_at=expires_at,
                attempt=1,
                changed_at=changed_at,
            )
        )
        for item, pieces in lines:
            self.load.add(CartLine(cart=cart, offer_item=item, quantity=pieces))
        return cart

    def _keep(self, lines: Lines, cart: Cart, expires_at: datetime) -> None:
        for item, pieces in lines:
            stock = self.stocks[item.sku.code]
            stock.held += pieces
            self.load.add(Hold(stock=stock, holder=cart.reference, quantity=pieces, expires_at=expires_at))

    def _close_carts(self, offering: Offering, buyers: Sequence[Buyer]) -> None:
        """The empty carts that orders leave behind, with their count of attempts."""
        for buyer in buyers:
            attempts = self.attempts.get(buyer.person.number)
            if attempts:
                cart = Cart(
                    reference=self.load.reference("CRT"),
                    customer=buyer.customer,
                    release=offering.release,
                    attempt=attempts + 1,
                    changed_at=self.load.now - timedelta(hours=1),
                )
                self.load.add(cart)

    def _ask_to_be_told(self, guests: Sequence[Buyer], open_ones: dict[Tier, Offering]) -> None:
        for index, buyer in enumerate(guests):
            offering = open_ones[buyer.offer_tier]
            scarce = [item for item in offering.items if item.sku.code in (SOLD_OUT, HELD)]
            if not scarce:
                continue
            item, at = scarce[index % len(scarce)], self.load.now - timedelta(minutes=4 + index * 13)
            self.load.add(
                RestockRequest(customer=buyer.customer, release=offering.release, sku=item.sku, asked_at=at)
            )
            self.load.act(
                EventName.RESTOCK_ASKED,
                "customer",
                buyer.customer,
                f"asked to be told when {item.sku.name} comes back",
                by=buyer.customer,
                at=at,
                customer=buyer.customer,
            )


def build_allowances(
    load: Load, offerings: Sequence[Offering], buyers: Sequence[Buyer], manager: Actor
) -> None:
    """A few people may take more of a wine than their group, written down by the manager."""
    ridge = next(one for one in offerings if one.tier is Tier.RIDGE)
    item = next(item for item in ridge.items if item.sku.code == "EK-LB-23-750")
    chosen = [buyer for buyer in buyers if buyer.tier is Tier.RIDGE and buyer.may_buy(load.now)]
    for buyer in chosen[: load.scaled(7, 3)]:
        load.add(
            CustomAllowance(
                offer_item=item,
                customer=buyer.customer,
                purchase_minimum=0,
                purchase_maximum=item.purchase_maximum * 3,
                wish_maximum=item.wish_maximum,
            )
        )
        load.act(
            EventName.ALLOWANCE_SAVED,
            "offer",
            ridge.offer,
            f"gave {buyer.customer.name} up to {item.purchase_maximum * 3} × {item.sku.name}",
            by=manager,
            at=ridge.offer.opens_at - timedelta(days=1),
            customer=buyer.customer,
        )


def promised(purchases: Sequence[Purchase]) -> dict[str, int]:
    """Pieces of orders pending or placed, by sku code: what the stock counts as sold."""
    sums: dict[str, int] = {}
    for purchase in purchases:
        if purchase.order.state in (OrderState.PENDING, OrderState.PLACED):
            for item, pieces in purchase.lines.values():
                sums[item.sku.code] = sums.get(item.sku.code, 0) + pieces
    return sums
