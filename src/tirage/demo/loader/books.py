"""The ledgers: orders with their changes, lines, charges and payments, and the gateway's side of each payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from tirage.checkout.rules import discount_minor
from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.core.money import Money, rate_of
from tirage.customers.models import Address, Customer
from tirage.delivery.rules import Freight, Terms
from tirage.delivery.states import MethodKind
from tirage.demo.loader.cellar import Ways
from tirage.demo.loader.context import Load, acting
from tirage.demo.loader.crowd import Buyer
from tirage.demo.loader.offering import Offering, price_of
from tirage.demo.words import Stage
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.offers.models import OfferItem
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.orders.states import ChangeKind, Channel, ChargeKind, OrderState
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.protocol import Outcome, PastCharge, PastRefund
from tirage.payments.states import PaymentKind, PaymentState

#: What a bank takes to answer.
ANSWER = timedelta(seconds=2)
_OUTCOMES = {
    PaymentState.SETTLED: Outcome.SETTLED,
    PaymentState.DECLINED: Outcome.DECLINED,
    PaymentState.NEEDS_CUSTOMER: Outcome.NEEDS_CUSTOMER,
    #: The answer was lost; the money has moved.
    PaymentState.UNKNOWN: Outcome.SETTLED,
}


@dataclass(slots=True)
class Purchase:
    """One order as it stands, with the sums that its next change needs."""

    order: Order
    buyer: Buyer
    offering: Offering
    method_key: str
    address: Address | None
    lines: dict[int, tuple[OfferItem, int]] = field(default_factory=dict)
    charges: dict[str, int] = field(default_factory=dict)
    #: Each entry of the ledger of charges is known by its kind and words, so that it can be taken back.
    entries: dict[tuple[str, str], int] = field(default_factory=dict)
    changes: int = 0
    payments: list[Payment] = field(default_factory=list)

    @property
    def wine_minor(self) -> int:
        """The wine after discounts, what counts as a customer's spend."""
        wine = sum(price_of(item) * pieces for item, pieces in self.lines.values())
        return wine + self.charges.get(ChargeKind.DISCOUNT.value, 0)

    @property
    def equivalents_milli(self) -> int:
        return sum(item.sku.equivalents_milli * pieces for item, pieces in self.lines.values())

    @property
    def pieces(self) -> int:
        return sum(pieces for _, pieces in self.lines.values())


@dataclass(frozen=True, slots=True)
class Delivery:
    method_key: str
    address: Address | None


class Books:
    """Writes purchases and what becomes of them; rows wait in ``load``."""

    def __init__(self, load: Load, ways: Ways, currency: str) -> None:
        self.load, self.ways, self.currency = load, ways, currency
        self.purchases: list[Purchase] = []

    def start(
        self,
        buyer: Buyer,
        offering: Offering,
        lines: Sequence[tuple[OfferItem, int]],
        delivery: Delivery,
        at: datetime,
        *,
        by: Actor | Customer,
        channel: Channel = Channel.OFFER,
        gift_note: str = "",
    ) -> Purchase:
        """A pending order with its placing as change number 1."""
        order = self.load.add(self._order(buyer, offering, delivery, at, channel, gift_note))
        purchase = Purchase(order, buyer, offering, delivery.method_key, delivery.address)
        self.purchases.append(purchase)
        self.change(purchase, ChangeKind.PLACING, at, by=by, lines=lines)
        if offering.stage is Stage.OPEN:
            order.terms = self.terms(purchase).as_json()
        return purchase

    def terms(self, purchase: Purchase) -> Terms:
        """What the order is priced by; kept with those that may still change."""
        return self.ways.terms(
            purchase.method_key,
            purchase.address,
            discount_bp=purchase.buyer.discount_bp,
            free_shipping=purchase.buyer.free_shipping,
        )

    def _order(
        self,
        buyer: Buyer,
        offering: Offering,
        delivery: Delivery,
        at: datetime,
        channel: Channel,
        gift_note: str,
    ) -> Order:
        method, address = self.ways.methods[delivery.method_key], delivery.address
        order = Order(
            reference=self.load.reference("ORD"),
            customer=buyer.customer,
            release=offering.release,
            offer=offering.offer,
            group=offering.offer.group,
            channel=channel.value,
            currency=self.currency,
            made_at=at,
            method=method,
            recipient=buyer.customer.name,
            phone=buyer.customer.phone,
            gift_note=gift_note,
        )
        if MethodKind(method.kind).is_sent and address is not None:
            order.recipient, order.company, order.phone = address.recipient, address.company, address.phone
            order.line1, order.line2, order.city = address.line1, address.line2, address.city
            order.ship_state, order.postal_code = address.state, address.postal_code
        return order

    def change(
        self,
        purchase: Purchase,
        kind: ChangeKind,
        at: datetime,
        *,
        by: Actor | Customer,
        lines: Sequence[tuple[OfferItem, int]] = (),
        reason: str = "",
    ) -> OrderChange:
        """Bottles more (or, negative, fewer), with the discount, delivery and tax that follow."""
        for item, pieces in lines:
            had = purchase.lines.get(item.sku_id, (item, 0))[1]
            purchase.lines[item.sku_id] = (item, had + pieces)
        return self._write(purchase, kind, at, lines, self.repriced(purchase), by=by, reason=reason)

    def repriced(self, purchase: Purchase) -> dict[str, tuple[int, str]]:
        """The charges as they should stand now, by kind, with their words."""
        wine = sum(price_of(item) * pieces for item, pieces in purchase.lines.values())
        discount_bp = purchase.buyer.discount_bp
        discount = discount_minor(wine, discount_bp)
        quote = self.ways.quote(
            purchase.method_key,
            purchase.address,
            freight=Freight(purchase.equivalents_milli, wine + discount),
            free_shipping=purchase.buyer.free_shipping,
        )
        method = self.ways.methods[purchase.method_key]
        return {
            ChargeKind.DISCOUNT.value: (discount, f"{discount_bp / 100:g} % off"),
            ChargeKind.SHIPPING.value: (quote.shipping_minor, method.name),
            ChargeKind.TAX.value: (quote.tax_minor, "Sales tax"),
        }

    def _write(
        self,
        purchase: Purchase,
        kind: ChangeKind,
        at: datetime,
        lines: Sequence[tuple[OfferItem, int]],
        charges: dict[str, tuple[int, str]],
        *,
        by: Actor | Customer,
        reason: str,
    ) -> OrderChange:
        """One numbered change: the lines as given, and what the charges lack of ``charges``."""
        order, purchase.changes = purchase.order, purchase.changes + 1
        change = self.load.add(
            OrderChange(
                order=order,
                number=purchase.changes,
                kind=kind.value,
                at=at,
                actor_label=acting(by).label,
                reason=reason,
                difference_minor=0,
            )
        )
        for item, pieces in lines:
            price = price_of(item)
            self.load.add(
                OrderLine(
                    order=order,
                    change=change,
                    sku=item.sku,
                    offer_item=item if pieces > 0 else None,
                    quantity=pieces,
                    unit_price_minor=price,
                )
            )
            change.difference_minor += pieces * price
        order.owed_minor += change.difference_minor
        for name, (amount, words) in charges.items():
            self._add_charge(purchase, change, name, amount - purchase.charges.get(name, 0), words)
        return change

    def _add_charge(
        self, purchase: Purchase, change: OrderChange, kind: str, difference: int, words: str
    ) -> None:
        if not difference:
            return
        self.load.add(
            OrderCharge(
                order=purchase.order,
                change=change,
                kind=kind,
                amount_minor=difference,
                description=words,
                tax_kind="sales" if kind == ChargeKind.TAX else "",
            )
        )
        purchase.charges[kind] = purchase.charges.get(kind, 0) + difference
        purchase.entries[kind, words] = purchase.entries.get((kind, words), 0) + difference
        change.difference_minor += difference
        purchase.order.owed_minor += difference

    def undo(
        self,
        purchase: Purchase,
        lines: Sequence[tuple[OfferItem, int]],
        reason: str,
        at: datetime,
        *,
        by: Actor,
    ) -> None:
        """The change that brings an order to nought, as cancelling does."""
        change = self._write(purchase, ChangeKind.CANCEL, at, lines, {}, by=by, reason=reason)
        for (kind, words), amount in list(purchase.entries.items()):
            self._add_charge(purchase, change, kind, -amount, words)
        purchase.lines = {}

    def credit(self, purchase: Purchase, wine_minor: int, reason: str, at: datetime, *, by: Actor) -> int:
        """Takes something off the wine, and the tax on it; how much in all, positive."""
        tax = purchase.charges.get(ChargeKind.TAX.value, 0)
        taxed = purchase.wine_minor
        tax_off = min(rate_of(wine_minor, tax * 1_000_000 // taxed), tax) if taxed else 0
        charges = {
            ChargeKind.DISCOUNT.value: (
                purchase.charges.get(ChargeKind.DISCOUNT.value, 0) - wine_minor,
                reason[:160],
            ),
            ChargeKind.TAX.value: (tax - tax_off, "Sales tax"),
        }
        change = self._write(purchase, ChangeKind.REFUND, at, (), charges, by=by, reason=reason[:300])
        return -change.difference_minor

    def surcharge(
        self,
        purchase: Purchase,
        kind: ChargeKind,
        amount_minor: int,
        words: str,
        at: datetime,
        *,
        by: Actor,
    ) -> int:
        """Adds an amount to what an order owes, as a change of its own; how much it owes more."""
        had = purchase.charges.get(kind.value, 0)
        charges = {kind.value: (had + amount_minor, words)}
        change = self._write(purchase, ChangeKind.CHANGE, at, (), charges, by=by, reason=words)
        self.load.act(
            EventName.ORDER_CHANGED,
            "order",
            purchase.order,
            f"added {Money(amount_minor, self.currency)} ({words})",
            by=by,
            at=at,
            customer=purchase.buyer.customer,
        )
        return change.difference_minor

    def charge(
        self,
        purchase: Purchase,
        amount_minor: int,
        at: datetime,
        *,
        by: Actor | Customer,
        card: PaymentMethod | None = None,
        state: PaymentState = PaymentState.SETTLED,
        decline_code: str = "",
        message: str = "",
    ) -> Payment:
        """A payment with the saved card, and the gateway's own record of it."""
        payment = self._payment(
            purchase, PaymentKind.CHARGE, amount_minor, at, by, card or purchase.buyer.cards[0]
        )
        payment.state, payment.decline_code, payment.message = state.value, decline_code, message
        reference = self.load.token("tch")
        if state is not PaymentState.UNKNOWN:
            payment.gateway_reference = reference
        if state is PaymentState.SETTLED:
            payment.settled_at = at + ANSWER
            purchase.order.paid_minor += amount_minor
        self.load.charges.append(
            PastCharge(
                gateway_reference=reference,
                idempotency_key=payment.reference,
                token=payment.payment_method.token if payment.payment_method else "",
                amount=Money(amount_minor, self.currency),
                outcome=_OUTCOMES[state],
                decline_code=decline_code,
                description=purchase.order.reference,
                return_url=f"{settings.SITE_URL}/checkout/return/{payment.reference}/",
                made_at=at,
            )
        )
        purchase.payments.append(payment)
        return payment

    def _payment(
        self,
        purchase: Purchase,
        kind: PaymentKind,
        amount_minor: int,
        at: datetime,
        by: Actor | Customer,
        card: PaymentMethod | None,
    ) -> Payment:
        reference = self.load.reference("PAY")
        return self.load.add(
            Payment(
                reference=reference,
                order=purchase.order,
                payment_method=card,
                gateway=card.gateway if card else "",
                kind=kind.value,
                amount_minor=amount_minor,
                currency=self.currency,
                idempotency_key=reference,
                actor_label=acting(by).label,
                made_at=at,
            )
        )

    def settle(self, purchase: Purchase, at: datetime, *, by: Actor | Customer) -> None:
        """The first payment went through: the order is placed, and its receipt mailed."""
        self.charge(purchase, purchase.order.owed_minor, at, by=by)
        order, customer = purchase.order, purchase.buyer.customer
        order.state, order.placed_at = OrderState.PLACED.value, at + ANSWER
        if customer.adult_confirmed_at is None or customer.adult_confirmed_at > at:
            customer.adult_confirmed_at = at
        self.load.act(
            EventName.ORDER_PLACED,
            "order",
            order,
            "placed the order",
            by=by,
            at=at + ANSWER,
            customer=customer,
            data={"reference": order.reference, "paid_minor": order.paid_minor},
        )
        subject = f"Your order {order.reference} at Ekholm"
        self.mail(MailKind.ORDER_RECEIPT, customer, subject, at + ANSWER, order=order)

    def mail(
        self, kind: MailKind, customer: Customer, subject: str, at: datetime, *, order: Order | None = None
    ) -> None:
        """A mail that went out long ago; its job is done, so there is none."""
        sent_at = min(at + timedelta(seconds=4), self.load.now)
        mail = SentMail(
            customer=customer, kind=kind.value, subject=subject, due_at=at, sent_at=sent_at, attempts=1
        )
        if order is not None:
            mail.data = {"order": order.reference}
        self.load.add(mail)

    def give_back(
        self, purchase: Purchase, amount_minor: int, reason: str, at: datetime, *, by: Actor
    ) -> None:
        """Money back to the payments that it came from, newest first."""
        left = amount_minor
        for parent in reversed(purchase.payments):
            part = min(left, parent.amount_minor if parent.state == PaymentState.SETTLED else 0)
            if part > 0:
                self._refund(purchase, parent, part, reason, at, by)
                left -= part

    def _refund(
        self, purchase: Purchase, parent: Payment, amount_minor: int, reason: str, at: datetime, by: Actor
    ) -> None:
        refund = self._payment(purchase, PaymentKind.REFUND, amount_minor, at, by, parent.payment_method)
        refund.parent, refund.state, refund.settled_at = parent, PaymentState.SETTLED.value, at + ANSWER
        refund.gateway_reference = self.load.token("trf")
        purchase.order.paid_minor -= amount_minor
        amount = Money(amount_minor, self.currency)
        self.load.refunds.append(
            PastRefund(refund.gateway_reference, refund.reference, parent.gateway_reference, amount, at)
        )
        customer = purchase.buyer.customer
        said = (
            (EventName.PAYMENT_STARTED, f"asked the bank to refund {amount} ({reason})", at),
            (EventName.PAYMENT_SETTLED, f"refunded {amount}", at + ANSWER),
        )
        for name, words, when in said:
            self.load.act(
                name,
                "order",
                purchase.order,
                words,
                by=by,
                at=when,
                customer=customer,
                data={"payment_id": refund},
            )
