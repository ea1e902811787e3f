"""The test orders of a release: what was tried, and one act that clears it away, or brings it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.releases.crumbs import release_crumbs
from tirage.changes.operations.trying import remove_tests, removed_tests, restore_tests, test_orders
from tirage.core.clock import read_clock
from tirage.core.texts import say_count
from tirage.offers.models import Release
from tirage.orders.states import OrderState
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: The newest test orders that the page names; the list has all of them.
SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def release_tests(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Says what would go before it goes; what went can be put back."""
    found = get_object_or_404(Release, reference=reference)
    if request.method == "POST":
        with refusals_said(request):
            _act(request, found)
        return redirect(request.path)
    orders = test_orders(found)
    counts = orders.order_by().aggregate(minor=Sum("owed_minor"), bottles=Sum("bottle_count"))
    url = reverse("backoffice:release", args=[reference])
    context = {
        "title": f"Test orders of {found.name}",
        "crumbs": [*release_crumbs(), (found.name, url), ("Test orders", "")],
        "release": found,
        "orders": orders.select_related("customer", "group")[:SHOWN],
        "count": orders.count(),
        "paying": orders.filter(state=OrderState.TRYING.value).count(),
        "sums": counts,
        "removed": removed_tests(found),
        "back_url": url,
    }
    return render(request, "backoffice/releases/tests.html", context)


def _act(request: HttpRequest, found: Release) -> None:
    facts: dict[str, Any] = {"release": found, "actor": staff_actor(request), "now": read_clock()}
    if at := _moment(request.POST.get("back", "")):
        count = restore_tests(removed_at=at, **facts)
        messages.success(request, f"You put {say_count(count, 'test order', 'test orders')} back.")
        return
    count = remove_tests(**facts)
    messages.success(request, f"You removed {say_count(count, 'test order', 'test orders')}.")


def _moment(text: str) -> datetime | None:
    """The moment of a removal as the form carries it; None for what is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
