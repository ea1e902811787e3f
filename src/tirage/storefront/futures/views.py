"""My futures, their certificate, and its check by a stranger."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.futures.holding import certificate_for, holdings_of
from tirage.futures.models import Certificate
from tirage.futures.portfolios import sorted_by
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.storefront.frame.identity import customer_required, open_page, page_context
from tirage.storefront.futures.formats import changeable
from tirage.storefront.futures.giving import can_give, transfers_of
from tirage.storefront.futures.instead import proposals_of
from tirage.storefront.futures.portfolios import heaps_of
from tirage.storefront.futures.words import certificate_document, certificate_words, holding_words


@customer_required()
@require_safe
def futures(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What the customer has, when it may come, what is paid and what is still to come."""
    holdings, kept = holdings_of(customer), sorted_by(customer)
    rows = [holding_words(one) for one in holdings]
    context = page_context(
        request,
        rows=rows,
        changeable=changeable(holdings, read_clock()),
        heaps=heaps_of(holdings, kept) if kept.portfolios else [],
        proposals=proposals_of(customer),
        transfers=transfers_of(customer),
        can_give=can_give(),
        gives=can_give() and any(_may_be_given(row) for row in rows),
    )
    return render(request, "storefront/futures/futures.html", context)


def _may_be_given(row: dict[str, Any]) -> bool:
    """Whether something of an order can be given on, as far as it shows without asking for each lot."""
    return row["order"].state == OrderState.PLACED and not row["to_come"] and row["settlement"] is None


@customer_required()
@require_safe
def certificate(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The certificate of one order, to be printed."""
    made = _own_certificate(customer, reference)
    return render(
        request, "storefront/futures/certificate.html", certificate_words(request, made, is_own=True)
    )


@open_page
@require_safe
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """What a certificate proves, for anybody who has its reference; whose it is, it doesn't say."""
    found = Certificate.objects.select_related("order").filter(reference=reference.upper()).first()
    if found is None:
        context = page_context(request, reference=reference[:40])
        return render(request, "storefront/futures/unknown.html", context, status=404)
    return render(
        request, "storefront/futures/certificate.html", certificate_words(request, found, is_own=False)
    )


@customer_required()
@require_safe
def certificate_pdf(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The certificate of one order as a PDF, in the winery's look."""
    made = _own_certificate(customer, reference)
    response = HttpResponse(
        certificate_document(request, made, now=read_clock()), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'attachment; filename="{made.reference}.pdf"'
    return response


def _own_certificate(customer: Customer, reference: str) -> Certificate:
    order = get_object_or_404(Order, reference=reference, customer=customer)
    try:
        return certificate_for(order, now=read_clock())
    except DomainError as refused:
        raise Http404(refused.message) from None
