"""Where pages of other places are, for whoever shows something of theirs."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tirage.orders.models import Order

#: Longer than any list's filters; beyond some length Django refuses to lead anywhere, after the act was done.
MOST_PATH = 4_000


def own_path(request: HttpRequest, path: str) -> str:
    """``path`` when it is one of ours to lead to, else empty. A word without a slash is taken for a page's name."""
    if len(path) > MOST_PATH:
        return ""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, {request.get_host()})
    return path if is_ours else ""


def back_to_list(request: HttpRequest, name: str) -> str:
    """The list with the filters that it had when its form was sent (``query``)."""
    path = reverse(name)
    query = request.POST.get("query", "")
    return (own_path(request, f"{path}?{query}") if query else "") or path


def order_url(order: Order) -> str:
    return reverse("backoffice:order", args=[order.reference])
