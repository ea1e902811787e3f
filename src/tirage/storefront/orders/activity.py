"""What happened to an order, in words for its customer; the winery's own notes stay the winery's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from tirage.catalog.rules import full_title
from tirage.core.actors import ActorKind
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.money import Money, say_money
from tirage.core.sql import fetch_all, moment_out
from tirage.core.texts import say_names
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.orders.queries import ChangeView, order_changes
from tirage.orders.states import ChangeKind
from tirage.payments.states import CREDIT, OFFLINE, OPEN, OfflineKind, PaymentKind, PaymentState

YOU, WE = "You", "We"

_ACTS: dict[str, Any] = {
    EventName.ORDER_PLACED.value: "Order placed",
    EventName.ORDER_CHANGED.value: "Order changed",
    EventName.ORDER_SHIPPED.value: "Handed over for delivery",
    EventName.ORDER_CANCELLED.value: gettext_lazy("Order canceled"),
    EventName.PAYMENT_SETTLED.value: "Payment booked",
    EventName.PAYMENT_FAILED.value: "A card was declined; nothing was charged",
    EventName.PAYMENT_NEEDS_CUSTOMER.value: "The bank asked for you",
    EventName.PAYMENT_UNKNOWN.value: "The bank was slow to answer",
    EventName.AUTHORISATION_FAILED.value: "Your bank no longer keeps the amount set aside; nothing was charged",
}
#: The same acts where money is set aside until the wine ships.
_ASIDE_ACTS = {EventName.PAYMENT_SETTLED.value: "Amount set aside on your card"}
#: The same acts where the money goes back; the recorded text begins with the payment's kind.
_REFUND_ACTS = {
    EventName.PAYMENT_SETTLED.value: "Money sent back",
    EventName.PAYMENT_FAILED.value: "Money could not be sent back; we see to it",
    EventName.PAYMENT_UNKNOWN.value: "The bank was slow to answer",
}
_MOVED = {
    PaymentKind.CHARGE.value: "{amount} charged to {card}",
    PaymentKind.AUTHORISE.value: "{amount} set aside on {card}",
    PaymentKind.CAPTURE.value: "{amount} taken from {card}",
    PaymentKind.REFUND.value: "{amount} sent back to {card}",
}
#: How money came or went that no card moved.
_HOW: dict[str, Any] = {
    CREDIT: "store credit",
    OfflineKind.CHEQUE.value: gettext_lazy("check"),
    OfflineKind.TRANSFER.value: "bank transfer",
    OfflineKind.CASH.value: "cash",
    OfflineKind.COMP.value: "a gift of the house",
    OfflineKind.MOVED.value: "transfer between customers",
}
_PAYMENT_WORDS = {PaymentKind.REFUND.value: "Refunded", PaymentKind.AUTHORISE.value: "Set aside"}

_PAYMENTS = """SELECT p.id, p.kind, p.state, p.amount_minor, p.currency, p.settled_at, p.made_at, p.released_at,
       p.gateway, p.offline_kind, m.brand, m.last4
FROM payments_payment p LEFT JOIN payments_paymentmethod m ON m.id = p.payment_method_id
WHERE p.order_id = %s ORDER BY p.id"""


def order_payments(order: Order) -> list[dict[str, Any]]:
    """Every attempt to move money of the order, oldest first; one statement."""
    return fetch_all(_PAYMENTS, [order.pk])


def payment_words(payments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Money that moved or is on its way; declined attempts are told by the activity."""
    shown = {PaymentState.SETTLED.value, *(state.value for state in OPEN)}
    return [
        {
            "what": _PAYMENT_WORDS.get(row["kind"], "Paid"),
            "is_aside": row["kind"] == PaymentKind.AUTHORISE,
            "is_open": row["state"] != PaymentState.SETTLED,
            "card": _card(row) or _HOW.get(_way(row), ""),
            "at": moment_out(row["settled_at"] or row["made_at"]),
            "amount": Money(row["amount_minor"], row["currency"]),
        }
        for row in payments
        if row["state"] in shown and not row["released_at"]
    ]


def order_activity(order: Order, payments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What happened to the order and to the wishes that were granted on it, oldest first."""
    wishes = order.wishes.values_list("pk", flat=True)
    granted = Q(subject_kind="wish", subject_id__in=wishes, name=EventName.WISH_GRANTED.value)
    own = Q(subject_kind="order", subject_id=order.pk, name__in=_ACTS)
    events = list(Event.objects.filter(own | granted).order_by("at", "id"))
    grants = {event.at for event in events if event.name == EventName.WISH_GRANTED}
    # A grant is recorded as a change of the order too; it is told once.
    told = [event for event in events if event.name != EventName.ORDER_CHANGED or event.at not in grants]
    changes = _changes(order, told)
    moved = {row["id"]: row for row in payments}
    return [{"at": event.at, "words": _act_words(event, changes, moved)} for event in told]


def _changes(order: Order, events: Sequence[Event]) -> dict[int, ChangeView]:
    """The changes that the events tell of, by number; three statements, none where nothing was changed."""
    if not any(event.name == EventName.ORDER_CHANGED for event in events):
        return {}
    return {change.number: change for change in order_changes(order)}


def _act_words(
    event: Event, changes: Mapping[int, ChangeView], payments: Mapping[int, dict[str, Any]]
) -> str:
    if event.name == EventName.WISH_GRANTED:
        return f"Wish granted: {event.text.removeprefix('granted ')}" if event.text else "Wish granted"
    if event.name == EventName.ORDER_SHIPPED:
        return _shipped_words(event)
    if event.name == EventName.ORDER_CHANGED and (change := changes.get(event.data.get("number", 0))):
        return say_change(change, YOU if event.actor_kind == ActorKind.CUSTOMER else WE)
    if event.name == EventName.ORDER_CANCELLED and event.actor_kind == ActorKind.CUSTOMER:
        return gettext("%s canceled the order") % YOU
    payment = payments.get(event.data.get("payment_id", 0))
    if payment and event.name == EventName.PAYMENT_SETTLED:
        return _moved_words(payment)
    is_refund = event.text.startswith(
        (
            PaymentKind.REFUND.value,
            "gives back",
            "gave back",
            "asked the bank to give",
            "asked the bank to refund",
        )
    )
    if is_refund and event.name in _REFUND_ACTS:
        return _REFUND_ACTS[event.name]
    is_aside = event.text.startswith(("authorisation", "set "))
    return str((_ASIDE_ACTS.get(event.name) if is_aside else None) or _ACTS[event.name])


def _moved_words(payment: dict[str, Any]) -> str:
    """``$190.00 charged to Visa ending in 4242``."""
    amount = _money(Money(payment["amount_minor"], payment["currency"]))
    is_refund = payment["kind"] == PaymentKind.REFUND
    if payment["gateway"] == CREDIT:
        return f"{amount} sent back as store credit" if is_refund else f"{amount} paid from store credit"
    if payment["gateway"] == OFFLINE:
        return f"{amount} {'refunded' if is_refund else 'received'}: {_HOW[_way(payment)]}"
    return _MOVED[payment["kind"]].format(amount=amount, card=_card(payment) or "your card")


def _card(payment: dict[str, Any]) -> str:
    return f"{payment['brand']} ending in {payment['last4']}" if payment["brand"] else ""


def _way(payment: dict[str, Any]) -> str:
    return str(payment["offline_kind"] or payment["gateway"])


def _shipped_words(event: Event) -> str:
    if event.text.startswith("handed"):
        return "Handed over to you"
    if event.text.startswith("put"):
        return "Put into storage"
    tracking = event.data.get("tracking")
    return f"Handed over for delivery, tracking number {tracking}" if tracking else str(_ACTS[event.name])


def say_change(change: ChangeView, who: str) -> str:
    """``You added 2 × Estate Cabernet 2023; $128.70 more``."""
    did = [words for words in (_wines("added", change, 1), _wines("took off", change, -1)) if words]
    if change.kind == ChangeKind.REFUND:
        did.insert(0, "refunded money")
    if "gift_note" in change.details:
        did.append("changed the gift note")
    act = f"{who} {say_names(did) or 'changed the order'}"
    return "; ".join([act, *_where_words(change), *_difference_words(change)])


def _wines(verb: str, change: ChangeView, sign: int) -> str:
    moved = [
        f"{abs(line.quantity)} × {full_title(line.name, line.format_name)}"
        for line in change.lines
        if line.quantity * sign > 0
    ]
    return f"{verb} {', '.join(moved)}" if moved else ""


def _where_words(change: ChangeView) -> list[str]:
    said = {"address": "it goes to {}", "method": "delivery is now {}", "ship_on": "to ship on {}"}
    afters = {name: after for name, (_, after) in change.details.items()}
    words = [text.format(afters[name]) for name, text in said.items() if name in afters]
    return ["no day to ship on any more" if text == "to ship on none" else text for text in words]


def _difference_words(change: ChangeView) -> list[str]:
    if not change.difference:
        return []
    direction = "more" if change.difference.minor > 0 else "less"
    amount = Money(abs(change.difference.minor), change.difference.currency)
    return [f"{_money(amount)} {direction}"]


def _money(amount: Money) -> str:
    return say_money(amount, current_winery().locale)
