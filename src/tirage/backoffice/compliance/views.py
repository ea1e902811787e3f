"""Orders that wait until they may ship: the list; one of them, let ship in somebody's words or asked about again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.compliance.list import CHECKS
from tirage.backoffice.compliance.page import checks_of, current_of, say_check
from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.orders.page import order_tabs
from tirage.compliance.deciding import MOST_WORDS, ask_again, let_ship
from tirage.compliance.services import checking_service
from tirage.core.clock import read_clock
from tirage.orders.models import Order
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_required


class LetShipForm(forms.Form):
    words = forms.CharField(
        label="Why it may ship",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who looked at it, and what they found. The activity keeps it with your name.",
    )
    #: The number of the check that the page showed.
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


@require_safe
@staff_required(Permission.SEE_ORDERS)
def compliance(request: HttpRequest) -> HttpResponseBase:
    service = checking_service()
    return list_page(
        request,
        CHECKS,
        title="Compliance",
        tabs=order_tabs(request, "backoffice:compliance"),
        empty_text=f"{service.name} is asked about each order before it ships. What it says shows here."
        if service
        else "No compliance service checks orders. It is connected in the settings, under Compliance.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_ORDERS)
def order_compliance(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What was asked and answered about an order; letting it ship all the same."""
    found = get_object_or_404(Order.objects.select_related("customer"), reference=reference)
    checks = checks_of(found)
    current = current_of(checks)
    seen = current.number if current else 0
    form = LetShipForm(request.POST or None, initial={"seen": seen})
    if request.method == "POST":
        require(request, Permission.OVERRIDE_RULES)
        if form.is_valid():
            with refusals_in(form):
                let_ship(
                    order_reference=reference,
                    seen=form.cleaned_data["seen"],
                    words=form.cleaned_data["words"],
                    actor=staff_actor(request),
                    now=read_clock(),
                )
                messages.success(request, "You let the order ship. Your words are in its activity.")
                return redirect(order_url(found))
            # The page again as things are now; what was typed stays, about what is shown now.
            found.refresh_from_db()
            checks = checks_of(found)
            current = current_of(checks)
    context = {
        "title": f"Compliance: {found.reference}",
        "crumbs": [
            ("Compliance", reverse("backoffice:compliance") + "?waits=yes"),
            (found.reference, order_url(found)),
            ("Compliance", ""),
        ],
        "order": found,
        "said": say_check(current) if current else None,
        "earlier": [say_check(one) for one in checks if one is not current],
        "form": form,
        "seen": current.number if current else 0,
        "may_decide": found.awaits_compliance and may(request.user, Permission.OVERRIDE_RULES),
        "connected": checking_service() is not None,
        "order_url": order_url(found),
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/compliance/order.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def again(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Has the worker ask the service again."""
    get_object_or_404(Order, reference=reference)
    with refusals_said(request):
        ask_again(order_reference=reference, actor=staff_actor(request), now=read_clock())
        messages.success(request, "You had the service asked again. Look here in a minute.")
    return redirect("backoffice:order_compliance", reference)
