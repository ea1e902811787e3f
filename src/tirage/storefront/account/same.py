"""Addresses of a customer that look like one, made one by whom they belong to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.customers.operations import merge_addresses
from tirage.parts.twins import MERGED, pairs_of, sent_pair
from tirage.parts.undo import say_undoable
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def same_addresses(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Each pair with both spellings, what the one that stays takes over, and what names the other one."""
    if request.method == "POST":
        stays, goes = sent_pair(request.POST)
        try:
            merge_addresses(
                customer=customer,
                stays_reference=stays,
                goes_reference=goes,
                actor=customer_actor(request),
                now=read_clock(),
            )
            say_undoable(request, MERGED, reverse("storefront:restore_address", args=[goes]))
            return redirect("storefront:addresses")
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("storefront:same_addresses")
    context = page_context(request, pairs=pairs_of(customer))
    return render(request, "storefront/account/same_addresses.html", context)
