"""A customer asks for a change of an order that is being packed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.fulfilment.packing.asking import MOST_WORDS, ask_change
from tirage.orders.models import Order
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context


class AskForm(forms.Form):
    words = forms.CharField(
        max_length=MOST_WORDS,
        label="What should be changed?",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what should be changed."},
    )


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """What is asked for stands with the order until the team answers it by mail."""
    order = Order.objects.filter(reference=reference, customer=customer).first()
    if order is None:
        raise Http404("no such order of this customer")
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            ask_change(
                order_reference=reference,
                words=form.cleaned_data["words"],
                actor=customer_actor(request),
                now=read_clock(),
            )
        except DomainError as refusal:
            messages.info(request, refusal.message)
        else:
            messages.success(request, "We have your words, and answer by mail.")
        return redirect("storefront:order", reference=reference)
    if not order.packed_in:
        return redirect("storefront:order", reference=reference)
    context = page_context(request, order=order, form=form)
    status = 400 if form.errors else 200
    return render(request, "storefront/orders/ask.html", context, status=status)
