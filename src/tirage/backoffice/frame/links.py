"""Where pages of other places are, for whoever shows something of theirs."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tirage.orders.models import Order


def own_path(request: HttpRequest, path: str) -> str:
    """``path`` when it is one of ours to lead to, else empty. A word without a slash is taken for a page's name."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, {request.get_host()})
    return path if is_ours else ""


def order_url(order: Order) -> str:
    return reverse("backoffice:order", args=[order.reference])
