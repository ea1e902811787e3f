"""Customers whom no tiering moves."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, TierPin
from tirage.customers.operations import pin_customer, unpin_customer
from tirage.parts.undo import say_undoable
from tirage.staff.permissions import Permission, staff_actor, staff_required

PAGE = 50


@require_safe
@staff_required(Permission.SEE_CUSTOMERS, Permission.SEE_GROUPS)
def pinned(request: HttpRequest) -> HttpResponseBase:
    """Everybody who is pinned, with who, when and why."""
    rows = TierPin.objects.select_related("customer").order_by("-at", "-pk")
    return render(
        request,
        "backoffice/tiers/pins.html",
        {
            "crumbs": [
                ("Customers", reverse("backoffice:customers")),
                ("Tiering", reverse("backoffice:tiering")),
                ("Pinned", ""),
            ],
            "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        },
    )


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def pin(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_object_or_404(Customer, reference=reference)
    with refusals_said(request):
        pin_customer(
            customer=found, why=request.POST.get("why", ""), actor=staff_actor(request), now=read_clock()
        )
        undo = reverse("backoffice:unpin_customer", args=[reference])
        say_undoable(request, f"You pinned {found.name}: no tiering moves them.", undo)
    return redirect("backoffice:customer", reference)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def unpin(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_object_or_404(Customer, reference=reference)
    if unpin_customer(customer=found, actor=staff_actor(request), now=read_clock()):
        messages.success(request, f"Tiering may move {found.name} again.")
    return redirect("backoffice:customer", reference)
