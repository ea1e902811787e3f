"""Money that is still to be collected: what was added to an order later, and cards that said no."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tirage.core.actors import Actor, system
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.demo.loader.books import ANSWER, Books, Purchase
from tirage.demo.loader.context import Load
from tirage.notifications.states import MailKind
from tirage.orders.states import ChargeKind, OrderState
from tirage.payments.models import Collection, PayLink, Payment, PaymentMethod
from tirage.payments.protocol import customer_words
from tirage.payments.rules import RETRY_AFTER, is_hard_decline, next_attempt, say_decline
from tirage.payments.states import CollectionState, PaymentState

LINK_DAYS = timedelta(days=7)
#: What customers ask for after they have paid: what it is, its words, and what it costs.
_ADDED = (
    (ChargeKind.INSURANCE, "Insured at full value, as asked", 38_00),
    (ChargeKind.EXPEDITE, "Delivery on a Saturday, as asked", 24_00),
    (ChargeKind.PACKAGING, "Cold packs for the summer, as asked", 18_50),
    (ChargeKind.INSURANCE, "Insured at full value, as asked", 62_00),
)


@dataclass(frozen=True, slots=True)
class _Story:
    """How often a card said no and why, how long ago for the last time, and how it ended."""

    code: str
    tries: int
    ago: timedelta
    end: CollectionState = CollectionState.OPEN
    reason: str = ""


_STORIES = (
    _Story("insufficient_funds", 1, timedelta(hours=5)),
    _Story("card_declined", 2, timedelta(days=1, hours=9)),
    _Story("insufficient_funds", 3, timedelta(days=2, hours=3)),
    _Story("expired_card", 1, timedelta(days=3, hours=2)),
    _Story("stolen_card", 1, timedelta(days=9, hours=6)),
    _Story("authentication_failed", 1, timedelta(hours=20)),
    #: Asked for by a link; no card was tried.
    _Story("", 0, timedelta(days=1, hours=2)),
    _Story("card_velocity_exceeded", 1, timedelta(days=2), CollectionState.COLLECTED),
    _Story("insufficient_funds", 2, timedelta(days=4), CollectionState.COLLECTED),
    _Story("card_declined", 3, timedelta(days=6), CollectionState.LET_GO, "A regular; we make it a gift"),
)


class Owing:
    """Tells the stories on orders that wait to be shipped."""

    def __init__(self, load: Load, books: Books, host: Actor) -> None:
        self.load, self.books, self.host = load, books, host
        self.chance: random.Random = load.chance("money to collect")

    def tell(self, purchases: Sequence[Purchase]) -> None:
        """One story an order, as far as there are orders old enough."""
        for story in _STORIES:
            begun = self.load.now - story.ago - sum(RETRY_AFTER[: max(story.tries - 1, 0)], timedelta())
            fit = [one for one in purchases if self._fits(one, begun - timedelta(hours=2))]
            if fit:
                purchase = fit[self.chance.randrange(len(fit))]
                purchases = [one for one in purchases if one is not purchase]
                self._tell(story, purchase, begun)

    @staticmethod
    def _fits(purchase: Purchase, at: datetime) -> bool:
        order, buyer = purchase.order, purchase.buyer
        is_ready = order.state == OrderState.PLACED and order.placed_at is not None and order.placed_at < at
        return is_ready and bool(buyer.cards) and not buyer.is_keen and order.owed_minor == order.paid_minor

    def _tell(self, story: _Story, purchase: Purchase, begun: datetime) -> None:
        kind, words, minor = self.chance.choice(_ADDED)
        difference = self.books.surcharge(
            purchase, kind, minor, words, begun - timedelta(minutes=6), by=self.host
        )
        amount = Money(difference, self.books.currency)
        card = purchase.buyer.cards[0]
        if story.code == "expired_card":
            self._let_expire(card)
        collection = self._open(story, purchase, amount, card, begun)
        at = begun
        for number in range(story.tries):
            at = begun + sum(RETRY_AFTER[:number], timedelta())
            self._refuse(story, purchase, amount, at, first=number == 0)
        if story.tries:
            collection.next_at = next_attempt(story.tries, story.code, at)
        self._end(story, purchase, amount, collection, self._link(purchase, amount, begun))

    def _open(
        self, story: _Story, purchase: Purchase, amount: Money, card: PaymentMethod, at: datetime
    ) -> Collection:
        return self.load.add(
            Collection(
                reference=self.load.reference("COL"),
                order=purchase.order,
                payment_method=card if story.tries else None,
                amount_minor=amount.minor,
                currency=amount.currency,
                attempts=story.tries,
                decline_code=story.code,
                message=customer_words(story.code) if story.code else "",
                opened_at=at + ANSWER if story.tries else at,
            )
        )

    def _link(self, purchase: Purchase, amount: Money, at: datetime) -> PayLink:
        self._act(
            EventName.PAY_LINK_MADE, purchase, f"made a pay link for {amount}", at + ANSWER, by=self.host
        )
        return self.load.add(
            PayLink(
                reference=self.load.reference("LNK"),
                order=purchase.order,
                amount_minor=amount.minor,
                currency=amount.currency,
                made_at=at + ANSWER,
                expires_at=at + ANSWER + LINK_DAYS,
                actor_label=self.host.label,
            )
        )

    def _refuse(
        self, story: _Story, purchase: Purchase, amount: Money, at: datetime, *, first: bool
    ) -> Payment:
        """One declined attempt and its mail: by the host the first time, by the plan afterwards."""
        by = self.host if first else system("Retry plan")
        payment = self.books.charge(
            purchase,
            amount.minor,
            at,
            by=by,
            state=PaymentState.DECLINED,
            decline_code=story.code,
            message=customer_words(story.code),
        )
        said = f"asked the bank for {amount}, which said no: {payment.message}"
        self._act(EventName.PAYMENT_FAILED, purchase, said, at + ANSWER, by=by)
        if first:
            reason = say_decline(story.code, "")
            text = f"noted {amount} to collect: {reason[:1].lower()}{reason[1:]}"
            self._act(EventName.COLLECTION_OPENED, purchase, text, at + ANSWER, by=by)
        is_hard = is_hard_decline(story.code)
        kind = MailKind.CARD_NEEDED if is_hard else MailKind.CHARGE_FAILED
        subject = "We need another card from you" if is_hard else "Your card was declined"
        self.books.mail(kind, purchase.buyer.customer, subject, at + ANSWER)
        return payment

    def _end(
        self, story: _Story, purchase: Purchase, amount: Money, collection: Collection, link: PayLink
    ) -> None:
        if story.end is CollectionState.OPEN:
            return
        at = self.load.now - story.ago + timedelta(hours=20)
        collection.state, collection.closed_at, collection.next_at = story.end.value, at, None
        if story.end is CollectionState.COLLECTED:
            customer = purchase.buyer.customer
            self.books.charge(purchase, amount.minor, at - ANSWER, by=customer)
            link.used_at = at
            self._act(EventName.PAYMENT_SETTLED, purchase, f"charged {amount}", at, by=customer)
            self._act(EventName.COLLECTION_COLLECTED, purchase, f"collected {amount}", at, by=customer)
            self.books.mail(MailKind.PAYMENT_RECEIVED, customer, "Thank you: your payment is received", at)
        else:
            link.revoked_at = at
            text = f"no longer collects {amount} ({story.reason})"
            self._act(EventName.COLLECTION_LET_GO, purchase, text, at, by=self.host)

    def _let_expire(self, card: PaymentMethod) -> None:
        """The card's last month was the one before this, in our books and the bank's."""
        last = self.load.today.replace(day=1) - timedelta(days=1)
        card.exp_month, card.exp_year = last.month, last.year
        self.load.cards = [
            replace(one, exp_month=last.month, exp_year=last.year) if one.token == card.token else one
            for one in self.load.cards
        ]

    def _act(
        self, name: EventName, purchase: Purchase, text: str, at: datetime, *, by: Actor | Customer
    ) -> None:
        self.load.act(name, "order", purchase.order, text, by=by, at=at, customer=purchase.buyer.customer)
