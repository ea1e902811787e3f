"""Who has a wine: in stock and to come, by format, group and destination."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.catalog.models import Sku, Wine
from tirage.futures.estimating import place_name
from tirage.reports.holdings import SHOWN, Share, shares_of
from tirage.staff.permissions import Permission, staff_required

#: The tables of the page, each with the word over its first column.
TABLES = (("sku", "Format"), ("group", "Group"), ("place", "Destination"), ("person", "Customer"))


@require_safe
@staff_required(Permission.SEE_ORDERS)
def holders(request: HttpRequest, reference: str) -> HttpResponseBase:
    """All that was sold of a wine and stands: to come, in the cellar, gone out."""
    wine = get_object_or_404(Wine, reference=reference)
    shares = shares_of(wine.pk)
    formats = {sku.code: str(sku) for sku in Sku.objects.filter(vintage__wine=wine)}
    by_sku = [one for one in shares if one.by == "sku"]
    context = {
        "wine": wine,
        "tables": [(title, [_row(one, formats) for one in shares if one.by == by]) for by, title in TABLES],
        "shown": SHOWN,
        "to_come": sum(one.to_come for one in by_sku),
        "in_stock": sum(one.in_stock for one in by_sku),
        "shipped": sum(one.shipped for one in by_sku),
        "crumbs": [
            ("Cellar", reverse("backoffice:cellar")),
            (wine.name, reverse("backoffice:wine", args=[reference])),
            ("Who has it", ""),
        ],
    }
    return render(request, "backoffice/futures/holders.html", context)


def _row(one: Share, formats: Mapping[str, str]) -> tuple[Share, str, str]:
    """With its name, and where it leads."""
    if one.by == "place":
        country, _, state = one.key.partition("-")
        return one, place_name(country, state) if country else "No address yet", ""
    if one.by == "person":
        return one, one.name.strip() or one.key, reverse("backoffice:customer", args=[one.key])
    if one.by == "sku":
        return one, formats.get(one.key, one.name), reverse("backoffice:sku", args=[one.key])
    return one, one.name, ""
