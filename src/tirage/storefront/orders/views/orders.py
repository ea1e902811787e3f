"""What was ordered: the receipt, the list, one order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.fields import product
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.delivery.states import MethodKind
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
from tirage.storefront.orders.page import (
    cancelled_at,
    order_state,
    own_order,
    pickup_words,
    state_of,
    way_words,
)
from tirage.storefront.orders.wishes import wishes_beside


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
    ended = cancelled_at([order.pk for order in shown if order.step == OrderState.CANCELLED])
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


def _row(order: Any, ended_at: datetime | None, glance: Glance | None) -> dict[str, Any]:
    return {
        "reference": order.reference,
        "at": order.placed_at or order.made_at,
        "release": order.release.name if order.release else "",
        "bottles": say_bottles(order.bottles or 0),
        "total": Money(order.owed_minor, order.currency),
        "state": state_of(order, ended_at),
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
