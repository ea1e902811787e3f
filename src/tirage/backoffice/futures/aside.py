"""Wine en primeur for a customer on the line: set aside until they agree to terms and plan; what waits, taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import MomentField, refusals_in, refusals_said
from tirage.checkout.models import Cart
from tirage.checkout.rules import ItemView
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.futures.for_customers import (
    early_offers,
    page_for,
    set_aside_for,
    take_aside_back,
    waiting_for_word,
)
from tirage.offers.models import Offer
from tirage.offers.states import ReleaseKind
from tirage.staff.permissions import Permission, staff_actor, staff_required

_MOST = 9_999


class AsideForm(forms.Form):
    """Pieces of each wine of the offer, and until when they wait."""

    kept_until = MomentField(
        label="They wait until",
        help_text="A day before, the customer is reminded; after it the bottles are anybody’s again.",
    )

    def __init__(self, *args: Any, items: list[ItemView], **options: Any) -> None:
        super().__init__(*args, **options)
        for item in items:
            self.fields[f"item-{item.offer_item_id}"] = forms.IntegerField(
                label=f"{item.full_name}, {item.price} each",
                min_value=0,
                max_value=_MOST,
                required=False,
                help_text=f"They may have {item.allowance} more; {item.available} are free.",
            )
        self.order_fields([*(name for name in self.fields if name != "kept_until"), "kept_until"])

    @property
    def pieces(self) -> dict[int, int]:
        return {
            int(name.removeprefix("item-")): count
            for name, count in self.cleaned_data.items()
            if name.startswith("item-") and count
        }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.ORDER_FOR_CUSTOMERS)
def set_early_aside(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Wine en primeur for a customer: chosen by the team, agreed to by the customer."""
    customer, now = get_object_or_404(Customer, reference=reference), read_clock()
    offers = early_offers(now, customer)
    here = reverse("backoffice:customer", args=[reference])
    if not offers:
        messages.info(request, "No offer en primeur is open to this customer now.")
        return redirect(here)
    offer = offers[0]
    form = _form(request, customer, offer, now)
    if form.is_valid():
        with refusals_in(form):
            set_aside_for(
                customer=customer,
                offer=offer,
                pieces=form.pieces,
                kept_until=form.cleaned_data["kept_until"],
                actor=staff_actor(request),
                now=now,
            )
            messages.success(request, "It is set aside. A mail asks the customer to agree to the terms.")
            return redirect("backoffice:early_asides")
    context = {
        "title": f"{offer.release.name} for {customer.name}",
        "crumbs": [
            ("Customers", reverse("backoffice:customers")),
            (customer.name, here),
            ("Set aside en primeur", ""),
        ],
        "lead": "Nobody can agree to the terms for somebody else. The bottles are set aside, and a mail leads the "
        "customer to the terms, the plan and the button. Nothing is ordered or charged before.",
        "form": form,
        "submit": "Set aside and ask by mail",
        "cancel_url": here,
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


def _form(request: HttpRequest, customer: Customer, offer: Offer, now: datetime) -> AsideForm:
    page = page_for(customer, offer, now)
    until = now + timedelta(days=current_winery().set_aside_days)
    initial = {"kept_until": until.replace(second=0, microsecond=0)}
    return AsideForm(request.POST or None, initial=initial, items=list(page.items) if page else [])


@require_safe
@staff_required(Permission.SEE_ORDERS)
def early_asides(request: HttpRequest) -> HttpResponseBase:
    """What waits for customers' words."""
    context = {
        "rows": waiting_for_word(read_clock()),
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Waits for a word", "")],
    }
    return render(request, "backoffice/futures/asides.html", context)


@require_POST
@staff_required(Permission.ORDER_FOR_CUSTOMERS)
def take_early_back(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ends a wait before its time."""
    carts = Cart.objects.filter(kept_until__isnull=False, release__kind=ReleaseKind.EN_PRIMEUR.value)
    cart = get_object_or_404(carts.select_related("customer"), reference=reference)
    with refusals_said(request):
        take_aside_back(cart=cart, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"What waited for {cart.customer.name} is free again.")
    return redirect("backoffice:early_asides")
