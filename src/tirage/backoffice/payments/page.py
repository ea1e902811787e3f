"""What one payment's page says: what to do next, what belongs to it, and its whole story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from tirage.backoffice.payments.words import (
    KINDS,
    decline_words,
    gateway_words,
    how,
    payment_state,
    signed_minor,
)
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.money import Money, say_money
from tirage.core.telling import tell
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.parts.wording import say_moment
from tirage.payments.models import Payment
from tirage.payments.operations import refunded_minor
from tirage.payments.queries import is_live_authorisation
from tirage.payments.states import AT_ONCE, MONEY_IN, PaymentKind, PaymentState

_SETTLED_EVENTS = {EventName.PAYMENT_SETTLED, EventName.AUTHORISATION_RENEWED}
_WAITING = {
    PaymentState.PENDING: "It is under way. What comes of it shows here within minutes.",
    PaymentState.UNKNOWN: "The bank hasn’t answered. It is asked again by itself; you can ask now.",
    PaymentState.NEEDS_CUSTOMER: "The bank waits for the customer to confirm. Until then no money moves.",
    PaymentState.VOIDED: "Given up before any money moved.",
}


@dataclass(frozen=True, slots=True)
class Relative:
    """A payment of the same family, ``depth`` steps below the first; ``current`` is the one that is looked at."""

    payment: Payment
    depth: int
    current: bool

    @property
    def minor(self) -> int:
        return signed_minor(self.payment)

    @property
    def state(self) -> SafeString:
        return payment_state(self.payment)

    @property
    def kind(self) -> str:
        return str(KINDS[self.payment.kind])

    @property
    def how(self) -> str:
        return how(self.payment)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to ``payment``: who did what. ``rank`` orders what happened at the same time."""

    at: datetime
    rank: int
    payment: Payment
    who: str
    text: str

    @property
    def order(self) -> tuple[datetime, int, int]:
        return (self.at, self.payment.pk, self.rank)


def family_of(payment: Payment) -> list[Relative]:
    """The payment with all that it goes back to and all that goes back to it, from the first on; one statement."""
    found = Payment.objects.filter(order_id=payment.order_id).select_related("payment_method").order_by("id")
    everybody = {one.pk: one for one in found}
    first = everybody[payment.pk]
    while first.parent_id:
        first = everybody[first.parent_id]
    return list(_below(first, list(everybody.values()), payment, 0))


def _below(first: Payment, everybody: Sequence[Payment], current: Payment, depth: int) -> Iterator[Relative]:
    yield Relative(first, depth, first.pk == current.pk)
    for child in everybody:
        if child.parent_id == first.pk:
            yield from _below(child, everybody, current, depth + 1)


def story_of(payment: Payment, family: Sequence[Relative]) -> list[Moment]:
    """All that happened to the family, oldest first: what was recorded, and what only the payments know."""
    members = {relative.payment.pk: relative.payment for relative in family}
    events = Event.objects.filter(
        subject_kind="order", subject_id=payment.order_id, data__payment_id__in=list(members)
    ).order_by("id")
    names: dict[int, set[str]] = {pk: set() for pk in members}
    kept = {event.pk: members[event.data["payment_id"]] for event in events}
    for event in events:
        names[kept[event.pk].pk].add(event.name)
    moments = [
        Moment(line.at, 1, kept[line.event_id or 0], line.who, line.words)
        for line in tell(list(events), {payment.order.customer_id: payment.order.customer.name})
    ]
    for member in members.values():
        moments += _unrecorded(member, names[member.pk], family)
    return sorted(moments, key=lambda moment: moment.order)


def _unrecorded(member: Payment, names: set[str], family: Sequence[Relative]) -> Iterator[Moment]:
    """What happened without an event of its own: an order's placing tells of its payment, for one."""
    maker = member.actor_label or "Tirage"
    if EventName.PAYMENT_STARTED not in names and not (names and member.gateway in AT_ONCE):
        yield Moment(member.made_at, 0, member, maker, _asked(member))
    if member.settled_at and not names & _SETTLED_EVENTS:
        yield Moment(member.settled_at, 2, member, gateway_words(member.gateway) or maker, "said yes")
    children = {
        relative.payment.kind
        for relative in family
        if relative.payment.parent_id == member.pk and relative.payment.state == PaymentState.SETTLED
    }
    quiet = EventName.AUTHORISATION_RELEASED in names or PaymentKind.CAPTURE in children
    if member.released_at and not quiet:
        renewed = PaymentKind.AUTHORISE in children
        text = "let it go: its renewal took its place" if renewed else "noted that it is no longer set aside"
        yield Moment(member.released_at, 3, member, "Tirage", text)


def _asked(payment: Payment) -> str:
    amount = _say(payment.amount_minor, payment)
    return {
        PaymentKind.CHARGE: f"asked for {amount} from {how(payment)}",
        PaymentKind.AUTHORISE: f"asked to set {amount} aside on {how(payment)}",
        PaymentKind.CAPTURE: f"asked for {amount} of what was set aside",
        PaymentKind.REFUND: f"asked to refund {amount}",
    }[PaymentKind(payment.kind)]


def left_minor(payment: Payment) -> int:
    """What can still be given back of a payment, in minor units."""
    if payment.state != PaymentState.SETTLED or payment.kind not in MONEY_IN:
        return 0
    return payment.amount_minor - refunded_minor(payment.pk)


def payment_next(payment: Payment, left: int, family: Sequence[Relative] = ()) -> str:
    """One sentence or two: where it stands, and what comes next. ``left`` can still be given back."""
    if payment.state == PaymentState.DECLINED:
        return f"{decline_words(payment)}. No money moved."
    if payment.state != PaymentState.SETTLED:
        return _WAITING[PaymentState(payment.state)]
    if payment.kind == PaymentKind.REFUND:
        return "Refunded; nothing is left to do."
    if payment.kind == PaymentKind.AUTHORISE:
        return _set_aside(payment, family)
    if left == payment.amount_minor:
        return "Paid; nothing is left to do."
    if left:
        return (
            f"Paid. {_say(payment.amount_minor - left, payment)} went back, {_say(left, payment)} are left."
        )
    return "Paid, and all of it went back."


def _set_aside(payment: Payment, family: Sequence[Relative]) -> str:
    if payment.released_at:
        followed = [one.payment for one in family if one.payment.parent_id == payment.pk]
        settled = [one for one in followed if one.state == PaymentState.SETTLED]
        if taken := sum(one.amount_minor for one in settled if one.kind == PaymentKind.CAPTURE):
            return f"{_say(taken, payment)} of it were taken; nothing more can be."
        if any(one.kind == PaymentKind.AUTHORISE for one in settled):
            return "Renewed: another took its place, and nothing can be taken from this one any more."
        return "Let go: nothing was taken from it, and nothing can be any more."
    winery = current_winery()
    until = payment.expires_at
    end = f" until {say_moment(until, winery.time_zone, winery.locale)}" if until else ""
    return f"Set aside on the card{end}. It is taken when the order ships."


def _say(minor: int, payment: Payment) -> str:
    return say_money(Money(minor, payment.currency), current_winery().locale)


def set_aside(order: Order, payments: Sequence[Payment], now: datetime) -> int:
    """What of the balance is set aside on cards, in minor units; never more than is owed."""
    live = [payment for payment in payments if is_live_authorisation(payment, now)]
    return min(max(int(order.balance_minor), 0), sum(payment.amount_minor for payment in live))


def is_payable(order: Order) -> bool:
    """Whether money for this order can still come."""
    return order.state in (OrderState.PLACED, OrderState.SHIPPED) and order.balance_minor > 0
