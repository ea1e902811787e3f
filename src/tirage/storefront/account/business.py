"""Buying as a business: its name and VAT number, by which later orders are taxed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.customers.models import Customer
from tirage.parts.business import BusinessForm
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.taxes.models import BusinessNumber
from tirage.taxes.operations import business_values, save_business_number


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def business(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Gives, changes or takes away the number."""
    known = BusinessNumber.objects.filter(customer=customer).first()
    form = BusinessForm(
        request.POST or None, initial=business_values(known), about=f"business:{customer.reference}"
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_business_number(
                customer_id=customer.pk,
                **form.typed,
                shown=form.shown,
                actor=customer_actor(request),
                now=read_clock(),
            )
            words = "Saved. Your next order is taxed by it." if saved else "You buy as a private person now."
            messages.success(request, words)
            return redirect("storefront:account")
        except Overtaken as refusal:
            form.overtaken(refusal)
        except DomainError as refusal:
            for field, words in (refusal.fields or {"number": refusal.message}).items():
                form.add_error(field, words)
    context = page_context(request, form=form)
    return render(request, "storefront/account/business.html", context, status=422 if form.errors else 200)
