"""Where pages of other places are, for whoever shows something of theirs."""

from __future__ import annotations

from django.urls import reverse

from tirage.orders.models import Order


def order_url(order: Order) -> str:
    return reverse("backoffice:order", args=[order.reference])
