"""What people asked for beyond their maximum, and what became of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.demo.loader.books import Books, Purchase
from tirage.demo.loader.buying import Supply
from tirage.demo.loader.context import Load
from tirage.demo.loader.offering import limits_of
from tirage.demo.loader.team import Role
from tirage.notifications.states import MailKind
from tirage.offers.models import OfferItem
from tirage.offers.states import WishKind
from tirage.orders.states import ChangeKind, OrderState
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState

_REASONS = (
    "There were more wishes than bottles this time.",
    "We had to keep the last cases for the library.",
    "Every bottle of this one found a home on the first day.",
)


class Wishing:
    def __init__(self, load: Load, books: Books, team: dict[Role, Actor]) -> None:
        self.load, self.books, self.team = load, books, team

    def wish(self, purchases: Sequence[Purchase], *, keenness: float) -> list[tuple[Wish, Purchase]]:
        """The wishes made with these orders, open still, in the order of time."""
        chance = self.load.chance(f"wishes of {purchases[0].offering.release.name}" if purchases else "")
        made = [
            (wish, purchase)
            for purchase in purchases
            if purchase.order.state == OrderState.PLACED and purchase.changes == 1
            for wish in self._of_order(purchase, keenness, chance)
        ]
        # A second order of the same person wishes for nothing that was wished for already.
        once = {
            (wish.customer.reference, wish.offer_item_id): (wish, purchase)
            for wish, purchase in reversed(made)
        }
        kept = sorted(once.values(), key=lambda pair: (pair[0].made_at, pair[0].offer_item_id))
        for wish, _ in kept:
            wish.reference = self.load.reference("WSH")
            self._record_made(self.load.add(wish))
        return kept

    def _of_order(self, purchase: Purchase, keenness: float, chance: random.Random) -> list[Wish]:
        made = []
        for index, item in enumerate(purchase.offering.items):
            had = purchase.lines.get(item.sku_id, (item, 0))[1]
            full = had >= limits_of(item).cap(bought=0)
            likely = float(index % 3 == 0) if purchase.buyer.is_keen else keenness * (1.0 if full else 0.12)
            if item.wish_maximum and chance.random() < likely:
                made.append(self._wish(purchase, item, chance.randint(1, item.wish_maximum), chance))
        return made

    def _wish(self, purchase: Purchase, item: OfferItem, asked: int, chance: random.Random) -> Wish:
        order = purchase.order
        at = min(order.made_at + timedelta(seconds=chance.randint(40, 400)), self.load.now)
        kind = purchase.offering.release.wish_kind
        return Wish(
            customer=purchase.buyer.customer,
            offer_item=item,
            kind=kind,
            asked=asked,
            agreed_at=at if kind == WishKind.PROMISE else None,
            made_at=at,
            changed_at=at,
        )

    def _record_made(self, wish: Wish) -> None:
        self.load.act(
            EventName.WISH_MADE,
            "wish",
            wish,
            f"wishes for {wish.asked} × {wish.offer_item.sku.name} {wish.offer_item.sku.format_name}",
            by=wish.customer,
            at=wish.made_at,
            customer=wish.customer,
            data={"reference": wish.reference, "asked": wish.asked},
        )
        subject = f"We have your wish for {wish.offer_item.sku.name}"
        self.books.mail(MailKind.WISH_MADE, wish.customer, subject, wish.made_at)

    def answer(self, wishes: Sequence[tuple[Wish, Purchase]], supply: Supply, *, share: float) -> None:
        """Grants by group and age as far as ``share`` of what is left reaches, and declines the others."""
        budget = {code: int(left * share) for code, left in supply.left.items()}
        ranked = sorted(wishes, key=lambda pair: (pair[1].offering.offer.group.rank, pair[0].made_at))
        for wish, purchase in ranked:
            if purchase.buyer.is_keen and wish.kind == WishKind.REQUEST:
                # Granted yesterday, once everything stands (``granting.set_aside_for_named``).
                continue
            code = wish.offer_item.sku.code
            granted = min(wish.asked, budget[code])
            at = purchase.offering.offer.closes_at + timedelta(days=2, minutes=len(code) + wish.asked * 7)
            if granted and purchase.order.state == OrderState.PLACED:
                budget[code] -= granted
                supply.take(code, granted)
                self._grant(wish, purchase, granted, at)
            else:
                self._decline(wish, at)

    def _grant(self, wish: Wish, purchase: Purchase, granted: int, at: datetime) -> None:
        """The bottles go onto the order that the wish was made with, and are charged there."""
        host, item = self.team[Role.MANAGER], wish.offer_item
        reason = f"Granted {granted} of {wish.asked} wished for"
        at += timedelta(seconds=3 * purchase.changes)
        change = self.books.change(
            purchase, ChangeKind.GRANT, at, by=host, lines=[(item, granted)], reason=reason
        )
        self.books.charge(purchase, change.difference_minor, at, by=host)
        wish.state, wish.granted, wish.order, wish.changed_at = (
            WishState.GRANTED.value,
            granted,
            purchase.order,
            at,
        )
        text = f"granted {granted} × {item.sku.name} {item.sku.format_name}"
        for name, kind, subject in (
            (EventName.ORDER_CHANGED, "order", purchase.order),
            (EventName.WISH_GRANTED, "wish", wish),
        ):
            self.load.act(name, kind, subject, text, by=host, at=at, customer=wish.customer)
        self.load.act(
            EventName.PAYMENT_SETTLED,
            "order",
            purchase.order,
            f"charged {Money(change.difference_minor, self.books.currency)}",
            by=host,
            at=at + timedelta(seconds=2),
            customer=wish.customer,
        )

    def _decline(self, wish: Wish, at: datetime) -> None:
        host = self.team[Role.MANAGER]
        wish.state, wish.changed_at = WishState.DECLINED.value, at
        wish.reason = _REASONS[wish.asked % len(_REASONS)]
        self.load.act(
            EventName.WISH_DECLINED,
            "wish",
            wish,
            f"declined the wish for {wish.asked}",
            by=host,
            at=at,
            customer=wish.customer,
            data={"reference": wish.reference, "asked": wish.asked},
        )
        subject = f"Your wish for {wish.offer_item.sku.name}"
        self.books.mail(MailKind.WISH_DECLINED, wish.customer, subject, at)
