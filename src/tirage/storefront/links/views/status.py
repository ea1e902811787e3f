"""Where an order is, by the link in its mails: to be read, signed out, by whoever has the mail."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.delivery.states import MethodKind
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.orders.status_links import order_by_link
from tirage.storefront.frame.identity import page_context
from tirage.storefront.links.by_link import page_by_link
from tirage.storefront.orders.changing.under_way import change_until, why_not_now
from tirage.storefront.orders.leaving import leaves_words
from tirage.storefront.orders.page import order_state, own_order, pickup_words, way_words


@page_by_link
@require_safe
def order_status(request: HttpRequest, token: str) -> HttpResponse:
    """Its state, its wines, its parcel, until when it may be changed: no name, no street, no money, no other order."""
    linked = order_by_link(token)
    words = _words(linked) if linked else {}
    context = page_context(request, **words) | {"customer": None, "seen": None}
    return render(request, "storefront/links/status.html", context, status=200 if linked else 404)


def _words(linked: Order) -> dict[str, Any]:
    order, now = own_order(linked.customer, linked.reference), read_clock()
    is_sent = order.method is not None and MethodKind(order.method.kind).is_sent
    place = ", ".join(part for part in (order.city, order.ship_state) if part)
    return {
        # Not ``order``: templates of the frame would say more of it.
        "reference": order.reference,
        "at": order.placed_at or order.made_at,
        "state": order_state(order),
        "wines": [(line.quantity, full_title(line.name, line.format_name)) for line in order_lines(order)],
        "way": order.method.name if order.method else "",
        "place": place if is_sent else "",
        "leaves": leaves_words(order, now),
        "can_change": current_winery().customers_change_orders and not why_not_now(order, now),
        "change_until": change_until(order),
        **way_words(order),
        **pickup_words(order),
    }
