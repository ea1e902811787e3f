"""A release from its first visit to what became of its orders."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.core.money import Money, rate_of
from tirage.customers.models import Address
from tirage.demo.loader.books import Books, Delivery, Purchase
from tirage.demo.loader.buying import Basket, Supply, Visit, visits
from tirage.demo.loader.cellar import Ways
from tirage.demo.loader.context import Load
from tirage.demo.loader.crowd import Buyer
from tirage.demo.loader.leaning import breaks_more
from tirage.demo.loader.offering import Offering, price_of
from tirage.demo.loader.team import Role
from tirage.offers.models import OfferItem
from tirage.orders.states import Channel, OrderState
from tirage.payments.states import PaymentState

_CANCELLED = (
    "Moving abroad in June, asked us to keep the bottles.",
    "Ordered twice by mistake.",
    "No longer drinks white wine, asked for the money back.",
    "Could not be reached for delivery.",
)
_BROKEN = ("One bottle arrived broken", "One bottle was corked", "The label was torn, asked for a credit")
_DECLINES = (
    ("insufficient_funds", "This card doesn't have enough funds. Try another card."),
    ("card_declined", "Your bank declined this card. Try another card."),
)
_GIFTS = (
    "Happy birthday, Papa. Save one for me.",
    "For the two of you and the new house.",
    "Thank you for a wonderful year. With love from all of us.",
    "Congratulations. Open it tonight, not in ten years.",
)
Shipments = dict[tuple[str, datetime], int]


class Season:
    """Sells one release. ``supply`` is what is left after the releases before."""

    def __init__(self, load: Load, books: Books, ways: Ways, team: dict[Role, Actor], supply: Supply) -> None:
        self.load, self.books, self.ways, self.team, self.supply = load, books, ways, team, supply
        self.shipments: Shipments = defaultdict(int)

    def sell(self, offerings: Sequence[Offering], buyers: Sequence[Buyer]) -> list[Purchase]:
        """All orders of a release so far, in the order of time."""
        chance = self.load.chance(f"sales of {offerings[0].release.name}")
        basket = Basket(self.supply, chance)
        # Nobody ordered in the last minutes: those belong to the carts.
        until = self.load.now - timedelta(minutes=12)
        coming = visits(offerings, buyers, chance=chance, zone=self.load.zone, until=until)
        return [purchase for visit in coming if (purchase := self._sell(visit, basket, chance))]

    def _sell(self, visit: Visit, basket: Basket, chance: random.Random) -> Purchase | None:
        if (visit.buyer.waits or visit.buyer.comes_last) and visit.offering.offer.closes_at > self.load.now:
            return None
        delivery = self.delivery(visit.buyer, chance)
        lines = basket.buy(visit) if delivery else []
        if delivery is None or not lines:
            return None
        by_staff = chance.random() < 0.03
        by = self.team[Role.HOSPITALITY] if by_staff else visit.buyer.customer
        at = visit.at
        if not by_staff and chance.random() < 0.035:
            self.decline(visit, lines, delivery, at, chance)
            at += timedelta(minutes=chance.randint(1, 4))
        purchase = self.books.start(
            visit.buyer,
            visit.offering,
            lines,
            delivery,
            at,
            by=by,
            channel=Channel.STAFF if by_staff else Channel.OFFER,
            gift_note=chance.choice(_GIFTS) if chance.random() < 0.03 else "",
        )
        self.books.settle(purchase, at, by=by)
        return purchase

    def decline(
        self,
        visit: Visit,
        lines: Sequence[tuple[OfferItem, int]],
        delivery: Delivery,
        at: datetime,
        chance: random.Random,
    ) -> Purchase:
        """An attempt that the bank refused: the order was abandoned, the bottles went back to the cart."""
        customer = visit.buyer.customer
        purchase = self.books.start(visit.buyer, visit.offering, lines, delivery, at, by=customer)
        code, message = chance.choice(_DECLINES)
        self.books.charge(
            purchase,
            purchase.order.owed_minor,
            at,
            by=customer,
            state=PaymentState.DECLINED,
            decline_code=code,
            message=message,
        )
        purchase.order.state = OrderState.ABANDONED.value
        owed = Money(purchase.order.owed_minor, purchase.order.currency)
        for name, text in (
            (EventName.PAYMENT_FAILED, f"asked the bank for {owed}, which said no: {message}"),
            (EventName.ORDER_ABANDONED, f"{purchase.pieces} bottles went back to the cart"),
        ):
            self.load.act(
                name,
                "order",
                purchase.order,
                text,
                by=customer,
                at=at + timedelta(seconds=2),
                customer=customer,
            )
        return purchase

    def delivery(self, buyer: Buyer, chance: random.Random) -> Delivery | None:
        """How and where to; None for the few whom no way reaches and who don't come by."""
        address = self._address(buyer, chance)
        open_ways = self.ways.reach(address)
        ships = [key for key in open_ways if key not in ("pickup", "storage")]
        near = bool(address and address.postal_code.startswith(("95", "940", "941")))
        draw = chance.random()
        if draw < 0.04 or (not ships and draw < 0.5):
            return Delivery("storage", address)
        if near and draw < 0.34:
            return Delivery("pickup", address)
        if not ships:
            return None
        quick = chance.random() < 0.13 and "two-day" in ships
        return Delivery("two-day" if quick else ships[0], address)

    @staticmethod
    def _address(buyer: Buyer, chance: random.Random) -> Address | None:
        if not buyer.addresses:
            return None
        usual = next(address for address in buyer.addresses if address.is_default)
        return chance.choice(buyer.addresses) if chance.random() < 0.15 else usual

    def ship(self, purchases: Sequence[Purchase], share: float) -> None:
        """What leaves: on three Mondays after the end, most of the orders."""
        if not purchases:
            return
        chance = self.load.chance(f"shipping of {purchases[0].offering.release.name}")
        numbers = self.load.chance(f"tracking of {purchases[0].offering.release.name}")
        for purchase in purchases:
            stays = purchase.method_key == "storage" and share < 1
            if purchase.order.state != OrderState.PLACED or stays or chance.random() >= share:
                continue
            day = _monday(purchase.offering.offer.closes_at, chance.choice((1, 1, 2, 3)))
            leaves_at = day + timedelta(hours=chance.uniform(0, 6))
            purchase.order.state = OrderState.SHIPPED.value
            purchase.order.shipped_at = leaves_at
            if purchase.method_key not in ("pickup", "storage"):
                # UPS's own example of a sender, which no parcel has.
                purchase.order.tracking = f"1Z999AA1{numbers.randrange(10**10):010d}"
            for item, pieces in purchase.lines.values():
                self.shipments[item.sku.code, day] += pieces
            self.load.act(
                EventName.ORDER_SHIPPED,
                "order",
                purchase.order,
                "handed over" if purchase.method_key in ("pickup", "storage") else "shipped the order",
                by=self.team[Role.FULFILMENT],
                at=leaves_at,
                customer=purchase.buyer.customer,
            )

    def regret(self, purchases: Sequence[Purchase], *, cancelled: float, waiting: int) -> None:
        """Orders that were cancelled before they left, at least one; the newest ``waiting`` still have money coming."""
        chance = self.load.chance(f"regrets of {purchases[0].offering.release.name}" if purchases else "")
        host = self.team[Role.HOSPITALITY]
        regrets = self._regrets(purchases, cancelled, chance)
        for index, (at, purchase) in enumerate(regrets):
            paid_back = index < len(regrets) - waiting
            self._cancel(purchase, chance.choice(_CANCELLED), at, host, money_back=paid_back)

    def _regrets(
        self, purchases: Sequence[Purchase], share: float, chance: random.Random
    ) -> list[tuple[datetime, Purchase]]:
        """Who cancels and when, in that order. The keen keep theirs; if nobody is drawn by lot, the middle one is."""
        could = [
            (placed_at, latest, purchase)
            for purchase in purchases
            if (placed_at := purchase.order.placed_at) and not purchase.buyer.is_keen
            if placed_at < (latest := self._last_regret(purchase))
        ]
        drawn = [one for one in could if chance.random() < share] or could[len(could) // 2 :][:1]
        regrets = [
            (at + (latest - at) * chance.uniform(0.2, 0.9), purchase) for at, latest, purchase in drawn
        ]
        return sorted(regrets, key=lambda regret: regret[0])

    def _last_regret(self, purchase: Purchase) -> datetime:
        return min(self.load.now, purchase.offering.offer.closes_at) - timedelta(minutes=30)

    def _cancel(self, purchase: Purchase, reason: str, at: datetime, by: Actor, *, money_back: bool) -> None:
        paid = purchase.order.paid_minor
        lines = [(item, -pieces) for item, pieces in purchase.lines.values()]
        for item, pieces in purchase.lines.values():
            self.supply.take(item.sku.code, -pieces)
        self.books.undo(purchase, lines, reason, at, by=by)
        purchase.order.state = OrderState.CANCELLED.value
        self.load.act(
            EventName.ORDER_CANCELLED,
            "order",
            purchase.order,
            f"canceled the order ({reason}); bottles back in stock",
            by=by,
            at=at,
            customer=purchase.buyer.customer,
            data={"restock": True},
        )
        if money_back:
            self.books.give_back(purchase, paid, reason, at + timedelta(minutes=1), by=by)

    def console(self, purchases: Sequence[Purchase], share: float) -> None:
        """Parts of payments given back for bottles that arrived broken or corked."""
        chance = self.load.chance(f"broken of {purchases[0].offering.release.name}" if purchases else "")
        host = self.team[Role.HOSPITALITY]
        for purchase in purchases:
            if purchase.order.state != OrderState.SHIPPED or chance.random() >= share * breaks_more(
                purchase.buyer
            ):
                continue
            item, _ = chance.choice(list(purchase.lines.values()))
            at = _monday(purchase.offering.offer.closes_at, 4) + timedelta(days=chance.uniform(0, 12))
            at = min(at, self.load.now - timedelta(hours=chance.uniform(2, 40)))
            reason = f"{chance.choice(_BROKEN)}: {item.sku.name}"
            minor = self.books.credit(purchase, self._after_discount(purchase, item), reason, at, by=host)
            self.books.give_back(purchase, minor, reason, at, by=host)

    @staticmethod
    def _after_discount(purchase: Purchase, item: OfferItem) -> int:
        price = price_of(item)
        return price - rate_of(price, purchase.buyer.discount_bp * 100)


def _monday(after: datetime, which: int) -> datetime:
    """The first, second, … Monday at least five days after a moment, at its hour."""
    earliest = after + timedelta(days=5)
    return earliest + timedelta(days=(7 - earliest.weekday()) % 7 + 7 * (which - 1))
