"""Orders in batches: the list, and one of them recalled."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.packing.list import PACK_ROWS
from tirage.core.clock import read_clock
from tirage.fulfilment.packing.freezing import recall_order
from tirage.orders.models import Order
from tirage.staff.permissions import Permission, staff_actor, staff_required


class RecallForm(forms.Form):
    reason = forms.CharField(
        max_length=200, label="Why it is recalled", help_text="The batch and the activity keep it."
    )


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def pack_rows(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        PACK_ROWS,
        title="Orders in batches",
        crumbs=[("Packing", reverse("backoffice:packing")), ("Orders in batches", "")],
        empty_text="Orders show here once they were taken into a batch.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SHIP_ORDERS)
def recall(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes an order out of its batch."""
    found = get_object_or_404(Order.objects.select_related("customer"), reference=reference)
    form = RecallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            recall_order(
                order_reference=reference,
                reason=form.cleaned_data["reason"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(
                request,
                "You recalled the order: it can be changed again. Take it, and its slip, out of the batch.",
            )
            return redirect(order_url(found))
    context = {
        "title": f"Recall {found.reference}",
        "crumbs": [
            ("Orders", reverse("backoffice:orders")),
            (found.reference, order_url(found)),
            ("Recall", ""),
        ],
        "order": found,
        "form": form,
        "lead": "It leaves its batch and can be changed again. What was printed of it stays in the papers until they "
        "are printed anew.",
        "submit": "Recall the order",
        "cancel_url": order_url(found),
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)
