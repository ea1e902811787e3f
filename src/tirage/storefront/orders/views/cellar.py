"""*My cellar*: everything that was bought here, by wine, with what is still to come; and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.orders.cellar import CellarWine, cellar_of
from tirage.parts.exporting import table_response
from tirage.storefront.frame.identity import customer_required, page_context
from tirage.storefront.offer.wines import label_url
from tirage.tables.writing import Cell

PAGE = 40
HEADERS = (
    "Wine",
    "Vintage",
    "Format",
    "Code",
    "Bought",
    "Received",
    "Still to come",
    "In bond",
    "In storage",
    "First ordered",
    "Last ordered",
)


@customer_required()
@require_safe
def cellar(request: HttpRequest, customer: Customer) -> HttpResponse:
    """By wine, newest first, in pages."""
    wines = cellar_of(customer.pk)
    page = Paginator(wines, PAGE).get_page(request.GET.get("page", ""))
    context = page_context(
        request,
        page=page,
        rows=[_row(wine) for wine in page.object_list],
        to_come=sum(wine.to_come + wine.in_bond for wine in wines),
    )
    return render(request, "storefront/orders/cellar.html", context)


@customer_required()
@require_safe
def cellar_file(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """All of it, as CSV or Excel (``as``)."""
    kind = request.GET.get("as", "csv")
    if kind not in ("csv", "xlsx"):
        raise Http404("no such kind of file")
    return table_response("my-cellar", HEADERS, _cells(cellar_of(customer.pk)), kind, sheet="My cellar")


def _row(wine: CellarWine) -> dict[str, Any]:
    waits = [
        (wine.to_come, "to come"),
        (wine.in_bond, "in bond until released"),
        (wine.stored, "in storage"),
    ]
    return {
        "title": wine.title,
        "label_url": label_url(wine.label_digest),
        "bought": wine.bought,
        "last_at": wine.last_at,
        "waits": [f"{count} {words}" for count, words in waits if count],
    }


def _cells(wines: Sequence[CellarWine]) -> Iterator[list[Cell]]:
    for wine in wines:
        yield [
            wine.name,
            wine.year,
            wine.format_name,
            wine.code,
            wine.bought,
            wine.received,
            wine.to_come,
            wine.in_bond,
            wine.stored,
            local_time(wine.first_at).date() if wine.first_at else None,
            local_time(wine.last_at).date() if wine.last_at else None,
        ]
