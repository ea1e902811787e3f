"""What was ordered: the receipt, the list, one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.fields import product
from tirage.core.models import Event
from tirage.core.money import Money, say_money
from tirage.core.sql import fetch_models, fetch_one
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.delivery.models import Method
from tirage.delivery.pickups import say_sent_after
from tirage.delivery.rules import Terms
from tirage.delivery.states import MethodKind
from tirage.fulfilment.carriers import carrier_of, follow_url
from tirage.fulfilment.queries import pickup_of, say_until, waits_here
from tirage.offers.models import Offer, Release
from tirage.orders.models import IS_ORDER, IS_TEST, Order
from tirage.orders.queries import ChargeView, TaxView, charges_and_taxes, order_lines
from tirage.orders.states import ChargeKind, OrderState
from tirage.orders.vat import vat_rows
from tirage.payments.models import Payment
from tirage.payments.queries import money_missing
from tirage.payments.states import OPEN
from tirage.storefront.frame.calendar import calendar_answer
from tirage.storefront.frame.identity import customer_required, page_context
from tirage.storefront.offer.wines import label_url, say_bottles
from tirage.storefront.orders.activity import order_activity, order_payments, payment_words
from tirage.storefront.orders.changing.under_way import change_until, order_change_words, why_not_now
from tirage.storefront.orders.charges import charge_name, charge_rank
from tirage.storefront.orders.futures import futures_words
from tirage.storefront.orders.labels import Glance, glances_of
from tirage.storefront.orders.leaving import calendar_entries, has_calendar, leaves_words
from tirage.storefront.orders.wishes import wishes_beside

#: A carrier takes no longer; after it nobody still waits for the bottles.
ON_ITS_WAY = timedelta(days=10)
#: The state in words, its colour, and the word between it and its day.
_STATES: dict[OrderState, tuple[Any, str, str]] = {
    OrderState.DRAFT: ("Being put together", "warning", "since"),
    OrderState.PENDING: ("Being paid", "warning", "since"),
    OrderState.PLACED: ("Placed", "good", "on"),
    OrderState.SHIPPED: ("On its way", "good", "since"),
    OrderState.CANCELLED: (gettext_lazy("Canceled"), "hollow", "on"),
    OrderState.ABANDONED: ("Not placed", "hollow", "on"),
    OrderState.BOOKED: ("Paid", "good", "on"),
}


@customer_required()
@require_safe
def orders(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Every order that was placed or is being paid, newest first; fees stand with what they are for."""
    bottles = Sum(product("lines__quantity", "lines__sku__units"))
    found = (
        customer.orders.filter(IS_ORDER | IS_TEST)
        .exclude(state=OrderState.BOOKED.value)
        .select_related("release", "method")
        .annotate(bottles=bottles)
        .order_by("-made_at", "-id")
    )
    shown = list(found)
    ended = _cancelled_at([order.pk for order in shown if order.step == OrderState.CANCELLED])
    glances = glances_of([order.pk for order in shown])
    rows = [_row(order, ended.get(order.pk), glances.get(order.pk)) for order in shown]
    return render(request, "storefront/orders/orders.html", page_context(request, rows=rows))


@customer_required()
@require_safe
def order(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """One order: wines, charges, payments, where it goes, what happened."""
    found = own_order(customer, reference)
    payments, now = order_payments(found), read_clock()
    context = page_context(
        request,
        **_order_words(found),
        **order_change_words(found, now),
        leaves=leaves_words(found, now),
        has_calendar=has_calendar(found, now),
        payments=payment_words(payments),
        activity=order_activity(found, payments),
    )
    return render(request, "storefront/orders/order.html", context)


@customer_required()
@require_safe
def receipt(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Thank you: what was taken, what was paid, where it goes."""
    found = own_order(customer, reference)
    if found.step == OrderState.PENDING:
        waiting = Payment.objects.filter(order=found, state__in=[state.value for state in OPEN]).first()
        if waiting:
            return redirect("storefront:payment_return", reference=waiting.reference)
    if found.step != OrderState.PLACED:
        return redirect("storefront:order", reference=reference)
    message = found.offer.confirmation_message if found.offer else ""
    paragraphs = [text.strip() for text in message.split("\n\n") if text.strip()]
    now = read_clock()
    context = page_context(
        request,
        **_order_words(found),
        leaves=leaves_words(found, now),
        has_calendar=has_calendar(found, now),
        wishes=wishes_beside(found, now) if found.has_wishes else None,  # type: ignore[attr-defined]
        payments=payment_words(order_payments(found)),
        paragraphs=paragraphs,
        can_change=current_winery().customers_change_orders and not why_not_now(found, now),
        change_until=change_until(found),
    )
    return render(request, "storefront/orders/receipt.html", context)


@customer_required()
@require_safe
def order_calendar(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The days of an order for the customer's calendar: until when it may be changed, when it leaves."""
    found, now = own_order(customer, reference), read_clock()
    entries = calendar_entries(found, now)
    if not entries:
        raise Http404("nobody knows a day of this order")
    return calendar_answer(found.reference, entries, now=now)


_OWN = """SELECT {columns} FROM orders_order t
WHERE t.customer_id = %s AND t.reference = %s AND t.state <> 'booked' AND t.removed_at IS NULL"""
_AROUND = """SELECT m.name, m.kind, m.carrier, f.confirmation_message, r.name AS release_name, r.kind AS release_kind,
r.packing_on, r.changes_until, r.wishes_decided_on, f.closes_at,
l.opening_hours AS held_hours, EXISTS (SELECT 1 FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id
    WHERE w.customer_id = o.customer_id AND i.offer_id = o.offer_id) AS has_wishes FROM orders_order o
LEFT JOIN delivery_method m ON m.id = o.method_id LEFT JOIN offers_offer f ON f.id = o.offer_id
LEFT JOIN offers_release r ON r.id = o.release_id
LEFT JOIN delivery_location l ON l.reference = o.location AND o.location <> '' WHERE o.id = %s"""


def own_order(customer: Customer, reference: str) -> Order:
    """The customer's order with what its page says of method, offer and release; two statements."""
    found = fetch_models(Order, _OWN, [customer.pk, reference])
    if not found or found[0].state == OrderState.DRAFT:
        raise Http404("no such order of this customer")
    order = found[0]
    around = fetch_one(_AROUND, [order.pk]) or {}
    if order.method_id:
        known = {name: around[name] for name in ("name", "kind", "carrier")}
        order.method = Method(pk=order.method_id, **known)
    order.held_hours = around.get("held_hours") or ""  # type: ignore[attr-defined]  # read by the template
    order.has_wishes = bool(around.get("has_wishes"))  # type: ignore[attr-defined]  # read by the receipt
    if order.offer_id:
        known = {name: around[name] for name in ("confirmation_message", "closes_at")}
        order.offer = Offer(pk=order.offer_id, **known)
    if order.release_id:
        days = {name: around[name] for name in ("packing_on", "changes_until", "wishes_decided_on")}
        order.release = Release(
            pk=order.release_id, name=around["release_name"], kind=around["release_kind"], **days
        )
    return order


def _cancelled_at(order_ids: Sequence[int]) -> dict[int, datetime]:
    """When cancelled orders were, by their ids; one statement, none without such orders."""
    if not order_ids:
        return {}
    name = EventName.ORDER_CANCELLED.value
    found = Event.objects.filter(subject_kind="order", subject_id__in=order_ids, name=name)
    return dict(found.order_by("id").values_list("subject_id", "at"))


@dataclass(frozen=True, slots=True)
class StateWords:
    """``On its way since Oct 20``: what an order's state is, its colour, and since when or on which day."""

    words: str
    kind: str
    joint: str
    at: datetime | None


def order_state(order: Order) -> StateWords:
    """The state of one order; one statement where it was cancelled."""
    ended = _cancelled_at([order.pk] if order.step == OrderState.CANCELLED else [])
    return _state(order, ended.get(order.pk))


def _state(order: Order, cancelled_at: datetime | None) -> StateWords:
    """The state with its own time; an order that left long ago isn't on its way any more."""
    words, kind, joint = _STATES[order.step]
    at = order.placed_at or order.made_at
    if order.step == OrderState.CANCELLED:
        return StateWords(words, kind, joint, cancelled_at)
    if order.step == OrderState.SHIPPED:
        at = order.shipped_at or at
        if order.method and order.method.kind == MethodKind.PICKUP:
            return StateWords("Handed over", "hollow", "on", at)
        if order.method and order.method.kind == MethodKind.STORAGE:
            return StateWords("In storage", "hollow", "since", at)
        if read_clock() - at > ON_ITS_WAY:
            return StateWords("Shipped", "hollow", "on", at)
    return StateWords(words, kind, joint, at)


def _row(order: Any, cancelled_at: datetime | None, glance: Glance | None) -> dict[str, Any]:
    return {
        "reference": order.reference,
        "at": order.placed_at or order.made_at,
        "release": order.release.name if order.release else "",
        "bottles": say_bottles(order.bottles or 0),
        "total": Money(order.owed_minor, order.currency),
        "state": _state(order, cancelled_at),
        "is_test": order.is_test,
        "glance": glance,
    }


def _order_words(order: Order) -> dict[str, Any]:
    locale = current_winery().locale
    balance = _open_balance(order)
    found, taxes = charges_and_taxes(order)
    own = order_lines(order)
    lines = [
        {
            "name": full_title(line.name, line.format_name),
            "quantity": line.quantity,
            "amount": say_money(line.amount, locale),
            "label_url": label_url(line.label_digest),
        }
        for line in own
    ]
    return {
        "order": order,
        "vat": vat_rows(order, own, taxes, lambda amount: say_money(amount, locale)),
        "lines": lines,
        "charges": _charges(order, found, locale),
        "taxes": [_say_tax(tax, locale) for tax in taxes if tax.kind],
        "total": Money(order.owed_minor, order.currency),
        "balance": Money(balance, order.currency) if balance else None,
        "is_owed": balance > 0,
        "state": order_state(order),
        "at": order.placed_at or order.made_at,
        **way_words(order),
        **pickup_words(order),
        **futures_words(order),
    }


def way_words(order: Order) -> dict[str, Any]:
    """What is known of a parcel under way: its number, whose it is, and where it is followed."""
    if order.step != OrderState.SHIPPED or not order.tracking:
        return {}
    carrier = carrier_of(order.tracking, order.method)
    return {
        "tracking": order.tracking,
        "carrier": carrier.name if carrier else "",
        "follow_url": follow_url(order.tracking, order.method),
    }


def pickup_words(order: Order) -> dict[str, Any]:
    """Of an order that is picked up: since when it lies ready and until when, or what was said at the checkout."""
    if order.step != OrderState.PLACED or order.method is None or order.method.kind != MethodKind.PICKUP:
        return {}
    pickup = pickup_of(order)
    if pickup is not None and waits_here(pickup, order):
        return {"ready_at": pickup.ready_at, "ready_until": say_until(pickup)}
    days = Terms.from_json(order.terms).sent_after_days if order.terms else None
    after = f" {say_sent_after(days)}, at the cost of its way." if days else ""
    return {"ready_until": f"We write to you when it is ready.{after}"}


def _open_balance(order: Order) -> int:
    """What is to pay or give back: nobody waits for an order that was never placed, or for what is set aside."""
    if order.step == OrderState.ABANDONED:
        return 0
    if order.balance_minor <= 0:
        return int(order.balance_minor)
    return money_missing(order, read_clock())


def _say_tax(tax: TaxView, locale: str) -> str:
    """``California: 7.25 % of $216.00 is $15.66``; a fee by its name."""
    amount = say_money(tax.included or tax.amount, locale)
    if tax.is_absorbed:
        return f"{tax.name}: {amount}, paid by us"
    if not tax.base:
        return f"{tax.name}: {amount}"
    name = f"{tax.jurisdiction}, {tax.name}" if tax.jurisdiction not in ("", tax.name) else tax.name
    rate = f"{tax.percent} of " if tax.percent else "of "
    where = "in the price" if tax.included else ""
    return f"{name}: {rate}{say_money(tax.base, locale)} is {amount} {where}".strip()


def _charges(order: Order, found: list[ChargeView], locale: str) -> list[tuple[str, str]]:
    """What the order costs besides the wine; free delivery is said too, for it was part of the price."""
    charges = sorted(found, key=lambda charge: charge_rank(charge.kind))
    rows = [
        (charge_name(charge.kind, charge.description), say_money(charge.amount, locale)) for charge in charges
    ]
    is_sent = order.method is not None and MethodKind(order.method.kind).is_sent
    if is_sent and not any(charge.kind == ChargeKind.SHIPPING for charge in charges):
        rows.insert(1 if charges and charges[0].kind == ChargeKind.DISCOUNT else 0, ("Delivery", "Free"))
    return rows
