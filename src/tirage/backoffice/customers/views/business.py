"""A customer who buys as a business: name and VAT number."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.customers.list import customer_url
from tirage.backoffice.customers.views.customers import customer_form_page, found_customer
from tirage.backoffice.frame.acting import refusals_in
from tirage.core.clock import read_clock
from tirage.parts.business import BusinessForm
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.taxes.models import BusinessNumber
from tirage.taxes.operations import business_values, save_business_number


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def business_number(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_customer(reference)
    known = BusinessNumber.objects.filter(customer=found).first()
    form = BusinessForm(
        request.POST or None, initial=business_values(known), about=f"business:{found.reference}"
    )
    form.fields["number"].help_text = "Empty takes it away: the customer buys as a private person then."
    if form.is_valid():
        with refusals_in(form):
            saved = save_business_number(
                customer_id=found.pk,
                **form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            words = f"buys as {saved.name or saved.number}" if saved else "buys as a private person"
            messages.success(request, f"{found.name} {words} from the next order on.")
            return redirect(customer_url(found))
    return customer_form_page(request, found, form, f"Business of {found.name}", "Save", "Business")
