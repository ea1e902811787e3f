"""Orders that were changed after they were placed, and changes that are being prepared or wait for money today."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta

from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.changes.states import DraftState, Maker, SettleBy
from tirage.core.actors import Actor, system
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.demo.loader.books import ANSWER, Books, Purchase
from tirage.demo.loader.buying import Supply
from tirage.demo.loader.context import Load
from tirage.demo.loader.offering import limits_of, price_of
from tirage.demo.loader.owing import LINK_DAYS
from tirage.inventory.models import Hold, Stock
from tirage.notifications.states import MailKind
from tirage.offers.models import OfferItem
from tirage.offers.rules import measure_rules
from tirage.orders.models import OrderChange
from tirage.orders.states import ChangeKind, OrderState
from tirage.payments.models import Collection, PayLink, PaymentMethod
from tirage.payments.protocol import customer_words
from tirage.payments.rules import next_attempt
from tirage.payments.states import PaymentState

#: How long the bottles of a change by staff are held.
HELD = timedelta(hours=24)
_REFUSED = "insufficient_funds"
_PICKUP = "pickup"
Line = tuple[OfferItem, int]


class Changing:
    """Tells the stories on orders of the open release that are paid and wait to be shipped."""

    def __init__(
        self, load: Load, books: Books, host: Actor, supply: Supply, stocks: Mapping[str, Stock]
    ) -> None:
        self.load, self.books, self.host, self.supply, self.stocks = load, books, host, supply, stocks
        self.chance: random.Random = load.chance("changes of orders")

    def tell(self, purchases: Sequence[Purchase]) -> None:
        """One story an order, as far as there are orders that it fits."""
        once = Counter(one.buyer.person.number for one in purchases)
        asked = {id(row.order) for row in self.load.rows[Collection]}
        free = [
            one
            for one in purchases
            if self._is_quiet(one) and once[one.buyer.person.number] == 1 and id(one.order) not in asked
        ]
        stories: list[Callable[[Purchase], bool]] = [
            self._added,
            self._added,
            self._taken_off,
            self._moved,
            self._prepared,
            self._asked_by_link,
            self._declined,
            self._wants_to_fetch,
        ]
        for story in stories:
            self.chance.shuffle(free)
            told = next((one for one in free if story(one)), None)
            free = [one for one in free if one is not told]

    def _is_quiet(self, purchase: Purchase) -> bool:
        order, buyer = purchase.order, purchase.buyer
        is_old = order.placed_at is not None and order.placed_at < self.load.now - timedelta(hours=8)
        paid = order.state == OrderState.PLACED and order.owed_minor == order.paid_minor
        today = self.load.today
        valid = any((card.exp_year, card.exp_month) >= (today.year, today.month) for card in buyer.cards[:1])
        return is_old and paid and valid and not buyer.is_keen and not buyer.waits

    # What was changed

    def _added(self, purchase: Purchase) -> bool:
        """The customer asked for more, and the card was charged."""
        line = self._more(purchase)
        if line is None:
            return False
        item, pieces = line
        self.supply.take(item.sku.code, pieces)
        at = self.load.now - timedelta(hours=self.chance.uniform(1.5, 6))
        change = self._change(purchase, at, [line], "Asked for more by telephone")
        payment = self.books.charge(purchase, change.difference_minor, at - ANSWER, by=self.host)
        card = payment.payment_method.label if payment.payment_method else ""
        self._tell(
            purchase, f"added {_say(line)}; {self._money(change.difference_minor)} charged to {card}", at
        )
        return True

    def _taken_off(self, purchase: Purchase) -> bool:
        line = self._less(purchase)
        if line is None:
            return False
        item, pieces = line
        self.supply.take(item.sku.code, -pieces)
        at = self.load.now - timedelta(hours=self.chance.uniform(1, 5))
        change = self._change(purchase, at, [(item, -pieces)], "No room in the cellar")
        back = -change.difference_minor
        self.books.give_back(purchase, back, change.reason, at, by=self.host)
        self._tell(purchase, f"took off {_say(line)}; {self._money(back)} refunded", at)
        return True

    def _moved(self, purchase: Purchase) -> bool:
        """To another address of the same state, so that nothing costs more or less."""
        order, buyer = purchase.order, purchase.buyer
        other = next(
            (
                one
                for one in buyer.addresses
                if order.line1 and one.state == order.ship_state and one.line1 != order.line1
            ),
            None,
        )
        if other is None:
            return False
        before = f"{order.recipient}, {order.one_line_address}"
        order.recipient, order.company, order.phone = other.recipient, other.company, other.phone
        order.line1, order.line2, order.city = other.line1, other.line2, other.city
        order.postal_code = other.postal_code
        purchase.address = other
        at = self.load.now - timedelta(hours=self.chance.uniform(1, 7))
        change = self._change(purchase, at, [], "Away for the holidays")
        change.details = {"address": [before, f"{order.recipient}, {order.one_line_address}"]}
        self._tell(purchase, f"changed the address to {order.recipient}, {order.one_line_address}", at)
        return True

    def _change(self, purchase: Purchase, at: datetime, lines: Sequence[Line], reason: str) -> OrderChange:
        return self.books.change(purchase, ChangeKind.CHANGE, at, by=self.host, lines=lines, reason=reason)

    # What is being prepared

    def _prepared(self, purchase: Purchase) -> bool:
        """The host has begun, and will ring back."""
        line = self._more(purchase)
        if line is None:
            return False
        made_at = self.load.now - timedelta(hours=3)
        draft = self._draft(
            purchase, made_at, made_at + HELD, self.host, reason="Rings back in the afternoon"
        )
        self._hold(draft, line)
        return True

    def _asked_by_link(self, purchase: Purchase) -> bool:
        """The customer has a link to pay the difference by."""
        line = self._more(purchase)
        if line is None:
            return False
        made_at = self.load.now - timedelta(hours=5)
        amount = Money(self._difference(purchase, [line]), self.books.currency)
        until = made_at + LINK_DAYS
        draft = self._draft(purchase, made_at, until, self.host, amount=amount, settle_by=SettleBy.LINK)
        draft.waiting_code = "pay_link"
        draft.waiting_for = f"The customer pays {amount} by a link."
        self._hold(draft, line)
        self.load.add(
            PayLink(
                reference=self.load.reference("LNK"),
                order=purchase.order,
                purpose=draft.reference,
                amount_minor=amount.minor,
                currency=amount.currency,
                made_at=made_at,
                expires_at=until,
                actor_label=self.host.label,
            )
        )
        for name, text in (
            (EventName.PAY_LINK_MADE, f"made a pay link for {amount}"),
            (
                EventName.CHANGE_WAITING,
                f"prepared a change that waits: the customer pays {amount} by a link.",
            ),
        ):
            self._act(name, purchase, text, made_at, by=self.host)
        self.books.mail(
            MailKind.PAY_LINK_CHANGE,
            purchase.buyer.customer,
            f"Your order {purchase.order.reference}",
            made_at,
        )
        return True

    def _declined(self, purchase: Purchase) -> bool:
        """The card said no this morning; the order is as it was."""
        line = self._more(purchase)
        if line is None:
            return False
        made_at = self.load.now - timedelta(hours=2)
        tried_at, card = made_at + timedelta(minutes=9), purchase.buyer.cards[0]
        amount = Money(self._difference(purchase, [line]), self.books.currency)
        draft = self._draft(purchase, made_at, made_at + HELD, self.host, amount=amount, card=card)
        draft.waiting_code, draft.waiting_for = _REFUSED, customer_words(_REFUSED)
        self._hold(draft, line)
        payment = self.books.charge(
            purchase,
            amount.minor,
            tried_at,
            by=self.host,
            state=PaymentState.DECLINED,
            decline_code=_REFUSED,
            message=customer_words(_REFUSED),
        )
        payment.purpose = draft.reference
        self.load.add(
            Collection(
                reference=self.load.reference("COL"),
                order=purchase.order,
                purpose=draft.reference,
                payment_method=card,
                amount_minor=amount.minor,
                currency=amount.currency,
                attempts=1,
                decline_code=_REFUSED,
                message=payment.message,
                opened_at=tried_at + ANSWER,
                next_at=next_attempt(1, _REFUSED, tried_at),
            )
        )
        at = tried_at + ANSWER
        amount = Money(payment.amount_minor, payment.currency)
        said = f"asked the bank for {amount}, which said no: {payment.message}"
        self._act(EventName.PAYMENT_FAILED, purchase, said, at, by=self.host)
        said = f"lets a change by {self.host.label} wait: {draft.waiting_for}"
        self._act(EventName.CHANGE_WAITING, purchase, said, at, by=system("Payment check"))
        return True

    def _wants_to_fetch(self, purchase: Purchase) -> bool:
        """The customer is about to choose to pick it up."""
        if purchase.method_key == _PICKUP or _PICKUP not in self.books.ways.methods:
            return False
        made_at = self.load.now - timedelta(minutes=20)
        customer = purchase.buyer.customer
        draft = self._draft(purchase, made_at, made_at + HELD, customer)
        draft.delivery = {"method": self.books.ways.methods[_PICKUP].reference}
        return True

    def _draft(
        self,
        purchase: Purchase,
        made_at: datetime,
        expires_at: datetime,
        by: Actor | Customer,
        *,
        amount: Money | None = None,
        settle_by: SettleBy = SettleBy.CARD,
        card: PaymentMethod | None = None,
        reason: str = "",
    ) -> ChangeDraft:
        """``amount`` is what was agreed on: the draft waits for it. Customers have no key yet: see ``name_makers``."""
        by_customer = isinstance(by, Customer)
        return self.load.add(
            ChangeDraft(
                reference=self.load.reference("CHG"),
                order=purchase.order,
                state=(DraftState.WAITING if amount else DraftState.OPEN).value,
                maker=(Maker.CUSTOMER if by_customer else Maker.STAFF).value,
                actor_id=None if isinstance(by, Customer) else by.id,
                actor_label=by.name if isinstance(by, Customer) else by.label,
                base_number=purchase.changes,
                made_at=made_at,
                expires_at=expires_at,
                settle_by=settle_by.value,
                payment_method=card,
                confirmed_minor=amount.minor if amount else None,
                reason=reason,
            )
        )

    def _hold(self, draft: ChangeDraft, line: Line) -> None:
        item, pieces = line
        self.supply.take(item.sku.code, pieces)
        self.load.add(
            ChangeDraftLine(
                draft=draft,
                sku=item.sku,
                offer_item=item,
                quantity=pieces,
                unit_price_minor=price_of(item),
            )
        )
        stock = self.stocks[item.sku.code]
        stock.held += pieces
        self.load.add(Hold(stock=stock, holder=draft.reference, quantity=pieces, expires_at=draft.expires_at))

    def _difference(self, purchase: Purchase, lines: Sequence[Line]) -> int:
        """What the order would owe more, reckoned as a change of it is."""
        tried = copy(purchase)
        tried.lines = dict(purchase.lines)
        for item, pieces in lines:
            tried.lines[item.sku_id] = (item, purchase.lines.get(item.sku_id, (item, 0))[1] + pieces)
        charges = sum(amount for amount, _ in self.books.repriced(tried).values())
        wine = sum(price_of(item) * pieces for item, pieces in lines)
        return wine + charges - sum(purchase.charges.values())

    # What there is to choose from

    def _more(self, purchase: Purchase) -> Line | None:
        """A wine of the order of which the offer lets more come."""
        for item, had in purchase.lines.values():
            room = limits_of(item).cap(bought=had)
            pieces = item.multiple if item.multiple > 1 else min(2, room)
            fits = 0 < pieces <= room and self.supply.free(item.sku.code) >= pieces
            if fits and self._keeps_rules(purchase, item, pieces):
                return item, pieces
        return None

    def _less(self, purchase: Purchase) -> Line | None:
        """A wine of the order of which some can go."""
        for item, had in purchase.lines.values():
            left = had - item.multiple
            if left >= max(item.purchase_minimum, item.multiple) and self._keeps_rules(
                purchase, item, -item.multiple
            ):
                return item, item.multiple
        return None

    @staticmethod
    def _keeps_rules(purchase: Purchase, item: OfferItem, pieces: int) -> bool:
        counts = {one.sku_id: (one, had) for one, had in purchase.lines.values()}
        counts[item.sku_id] = (item, counts[item.sku_id][1] + pieces)
        bottles = sum(one.sku.units * had for one, had in counts.values())
        wine_minor = sum(price_of(one) * had for one, had in counts.values())
        rules = measure_rules(purchase.offering.rules, bottles=bottles, subtotal_minor=wine_minor)
        return all(rule.met for rule in rules)

    # Telling

    def _money(self, minor: int) -> Money:
        return Money(minor, self.books.currency)

    def _tell(self, purchase: Purchase, text: str, at: datetime) -> None:
        data = {"number": purchase.changes}
        self.load.act(
            EventName.ORDER_CHANGED,
            "order",
            purchase.order,
            text,
            by=self.host,
            at=at,
            customer=purchase.buyer.customer,
            data=data,
        )

    def _act(self, name: EventName, purchase: Purchase, text: str, at: datetime, *, by: Actor) -> None:
        self.load.act(name, "order", purchase.order, text, by=by, at=at, customer=purchase.buyer.customer)


def name_makers(load: Load) -> None:
    """Customers who prepare a change, once they have their keys."""
    for draft in load.rows[ChangeDraft]:
        if draft.maker == Maker.CUSTOMER:
            draft.actor_id = draft.order.customer.pk


def _say(line: Line) -> str:
    item, pieces = line
    return f"{pieces} × {item.sku.name}"
