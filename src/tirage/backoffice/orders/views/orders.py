"""Orders: the list, one order, and what staff may do with it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import first_problem
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.frame.panels import ORDER_PAGE, Look
from tirage.backoffice.orders.list import ORDERS
from tirage.backoffice.orders.page import order_tabs, ship_words
from tirage.backoffice.payments.page import left_minor
from tirage.backoffice.payments.refunds import RefundForm, give_back
from tirage.changes.operations import live_new_order
from tirage.changes.queries import why_not_changeable
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.notifications.operations import queue_order_receipt
from tirage.orders.history import KEPT_AS_IT_WAS, is_history
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payment
from tirage.payments.states import OPEN
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_safe
@staff_required(Permission.SEE_ORDERS)
def orders(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        ORDERS,
        title="Orders",
        tabs=order_tabs(request, "backoffice:orders"),
        empty_text="Orders appear here as customers place them.",
    )


@require_safe
@staff_required(Permission.SEE_ORDERS)
def order(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = _found(reference)
    if found.state == OrderState.DRAFT and (draft := live_new_order(found.customer_id)):
        return redirect("backoffice:change", draft.reference)
    return _order_page(request, found)


class NoteForm(forms.Form):
    note = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def note(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Adds a note to the order's activity."""
    found, form = _found(reference), NoteForm(request.POST)
    if form.is_valid():
        record_event(
            EventName.ORDER_NOTED,
            "order",
            found.pk,
            text="noted: " + form.cleaned_data["note"],
            customer_id=found.customer_id,
            actor=staff_actor(request),
            now=read_clock(),
        )
        messages.success(request, "The note is in the activity.")
    else:
        messages.error(request, first_problem(form))
    return redirect(order_url(found))


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def mail_receipt(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Queues the receipt once more."""
    found, now = _found(reference), read_clock()
    if found.state == OrderState.BOOKED:
        messages.error(request, "A fee has no receipt of its own. Nothing was mailed.")
        return redirect(order_url(found))
    if is_history(found.channel):
        messages.error(request, f"{KEPT_AS_IT_WAS} Nothing was mailed.")
        return redirect(order_url(found))
    with transaction.atomic():
        queue_order_receipt(order_id=found.pk, customer_id=found.customer_id, now=now)
        record_event(
            EventName.ORDER_NOTED,
            "order",
            found.pk,
            text="mailed the receipt again",
            customer_id=found.customer_id,
            actor=staff_actor(request),
            now=now,
        )
    say_mailed(request, f"The receipt is on its way to {found.customer.email}.")
    return redirect(order_url(found))


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def ask_bank(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Asks the gateway what became of the order's open payments."""
    found = _found(reference)
    payments = Payment.objects.filter(order=found, state__in=[state.value for state in OPEN])
    states = [
        reconcile_payment(payment=payment, actor=staff_actor(request), now=read_clock())
        for payment in payments
    ]
    words = ", ".join(state.value.replace("_", " ") for state in states)
    messages.info(request, f"The bank says: {words}." if states else "No payment of this order is open.")
    return redirect(order_url(found))


@require_POST
@staff_required(Permission.REFUND)
def refund(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Gives all or part of one settled payment back."""
    found, asked = _found(reference), request.POST.get("payment", "")
    payment = found.payments.select_related("payment_method").filter(reference=asked).first()
    if payment is None:
        messages.error(request, "This payment is not of this order. Nothing was refunded.")
        return _order_page(request, found, status=400)
    form = RefundForm(request.POST.dict(), about=payment, left=left_minor(payment))
    if not give_back(request, form):
        return _order_page(request, found, form, status=400)
    return redirect(order_url(found))


def _found(reference: str) -> Order:
    orders = Order.objects.select_related("customer", "release", "offer", "group", "method")
    return get_object_or_404(orders, reference=reference)


def _order_page(
    request: HttpRequest, found: Order, form: RefundForm | None = None, status: int = 200
) -> HttpResponseBase:
    """``form`` is a refund that was refused, with its words."""
    may_leave = found.removed_at is None and found.step == OrderState.PLACED and not found.packed_in
    look, is_there = Look(found, request, read_clock(), {"refund_form": form}), found.removed_at is None
    return render(
        request,
        "backoffice/orders/order.html",
        {
            "crumbs": [("Orders", reverse("backoffice:orders")), (found.reference, "")],
            "order": found,
            "ship_words": ship_words(found) if may_leave else "",
            "why_not_changeable": why_not_changeable(found) if is_there else "It was removed.",
            "can_cancel": may_leave,
            **ORDER_PAGE.show(look),
        },
        status=status,
    )
