"""Orders: the list and one order."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from tirage.backoffice.lists import list_page
from tirage.backoffice.order_list import ORDERS
from tirage.backoffice.permissions import Permission, staff_required
from tirage.orders.models import Order


@require_safe
@staff_required(Permission.SEE_ORDERS)
def orders(request: HttpRequest) -> HttpResponseBase:
    return list_page(request, ORDERS, title="Orders", empty_text="Orders appear here as customers place them.")


@require_safe
@staff_required(Permission.SEE_ORDERS)
def order(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Order.objects.select_related("customer"), reference=reference)
    return render(request, "backoffice/order.html", {"order": found})
