"""An offer on paper: for who asks for it by post, and for the counter."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.backoffice.releases.offer_page import found_offer, offer_context
from tirage.catalog.models import Sku
from tirage.customers.models import Customer
from tirage.offers.models import CustomAllowance, Offer
from tirage.staff.permissions import Permission, may, staff_required


@dataclass(frozen=True, slots=True)
class Row:
    """A wine, what a piece costs in this offer, and how many whom it is printed for may take."""

    sku: Sku
    price_minor: int
    maximum: int
    wish_maximum: int
    multiple: int


@require_safe
@staff_required(Permission.SEE_OFFERS)
def printed_offer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The offer as a page for the printer; ``customer`` names whose own allowances it has, and whom it greets."""
    found = found_offer(reference)
    named = request.GET.get("customer", "").strip()
    customer = None
    if named and may(request.user, Permission.SEE_CUSTOMERS):
        customer = Customer.objects.filter(reference=named.upper()).first()
        customer = customer or Customer.objects.filter(email=named.lower()).first()
    context = {
        "customer": customer,
        "named": named,
        "rows": _rows(found, customer),
    }
    return render(
        request, "backoffice/releases/print.html", {**offer_context(request, found, "offer"), **context}
    )


def _rows(found: Offer, customer: Customer | None) -> list[Row]:
    own = {
        allowance.offer_item_id: allowance
        for allowance in CustomAllowance.objects.filter(offer_item__offer=found, customer=customer)
        if customer is not None
    }
    items = found.items.filter(sku__is_active=True).select_related("sku__vintage__wine")
    return [
        Row(
            item.sku,
            item.sku.price_minor if item.price_minor is None else item.price_minor,
            limits.purchase_maximum,
            limits.wish_maximum,
            item.multiple,
        )
        for item in items.order_by("position", "id")
        for limits in [own.get(item.pk, item)]
    ]
