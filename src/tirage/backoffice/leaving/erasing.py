"""Erasing a customer: what stays, what says nothing any more, what stands in the way; then typed out, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.leaving.erasing.asking import refuse_erasing
from tirage.leaving.erasing.obstacles import find_obstacles
from tirage.leaving.erasing.operations import erase_customer
from tirage.leaving.models import Erasure, ErasureAsk
from tirage.leaving.states import AskState
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, Payment
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Asks that the page shows of each sort.
MOST_ASKS = 50


class EraseForm(forms.Form):
    why = forms.CharField(
        label="Why",
        max_length=200,
        help_text="Without the customer’s name: this stays, with your name and the day.",
    )
    typed = forms.CharField(
        label="The customer’s number",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of the customer in the books."""

    orders: int
    total_minor: int
    payments: int
    credit_entries: int
    acts: int


def _kept(customer: Customer) -> Kept:
    orders = Order.objects.filter(customer=customer).aggregate(count=Count("pk"), total=Sum("owed_minor"))
    return Kept(
        orders["count"],
        orders["total"] or 0,
        Payment.objects.filter(order__customer=customer).count(),
        CreditEntry.objects.filter(customer=customer).count(),
        Event.objects.filter(customer_id=customer.pk).count(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.ERASE_CUSTOMERS, Permission.SEE_CUSTOMERS)
def erase(request: HttpRequest, reference: str) -> HttpResponseBase:
    customer = get_object_or_404(Customer, reference=reference)
    form = EraseForm(request.POST or None)
    form.fields["typed"].help_text = f"Type {customer.reference} to say that it is this customer."
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            erase_customer(
                customer=customer, actor=staff_actor(request), now=read_clock(), **form.cleaned_data
            )
            messages.success(
                request,
                f"You erased {customer.reference}. The worker looks through everything else; it takes some minutes.",
            )
            return redirect("backoffice:customer", customer.reference)
    obstacles = find_obstacles(customer)
    context: dict[str, Any] = {
        "title": f"Erase {customer.name}",
        "crumbs": [
            ("Customers", reverse("backoffice:customers")),
            (customer.name, reverse("backoffice:customer", args=[customer.reference])),
            ("Erase", ""),
        ],
        "customer": customer,
        "form": form,
        "obstacles": obstacles,
        "kept": _kept(customer),
        "erasure": Erasure.objects.filter(customer_id=customer.pk).first(),
    }
    return render(request, "backoffice/leaving/erase.html", context, status=400 if form.is_bound else 200)


class RefuseForm(forms.Form):
    answer = forms.CharField(
        label="Why not, for the customer to read", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


@require_safe
@staff_required(Permission.ERASE_CUSTOMERS, Permission.SEE_CUSTOMERS)
def asks(request: HttpRequest) -> HttpResponseBase:
    """Who asks to be erased, the one that waits longest first; then the latest answers."""
    known = ErasureAsk.objects.select_related("customer")
    context: dict[str, Any] = {
        "title": "Asked to be erased",
        "crumbs": [("Customers", reverse("backoffice:customers")), ("Asked to be erased", "")],
        "waiting": [
            (one, find_obstacles(one.customer), RefuseForm(auto_id=f"%s_{one.reference}"))
            for one in known.filter(state=AskState.OPEN.value).order_by("made_at", "pk")[:MOST_ASKS]
        ],
        "closed": known.exclude(state=AskState.OPEN.value).order_by("-closed_at", "-pk")[:MOST_ASKS],
        "now": read_clock(),
    }
    return render(request, "backoffice/leaving/asks.html", context)


@require_POST
@staff_required(Permission.ERASE_CUSTOMERS, Permission.SEE_CUSTOMERS)
def refuse(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Says why not; the customer reads it on their page."""
    ask = get_object_or_404(ErasureAsk, reference=reference)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write why not. Nothing was answered.")
    else:
        with refusals_said(request):
            refuse_erasing(
                ask=ask, answer=form.cleaned_data["answer"], actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You answered {ask.customer.name}, who reads it under Your data.")
    return redirect("backoffice:erasure_asks")
