"""A customer's store credit: its ledger, and giving and taking."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.customers.credit import CreditForm
from tirage.backoffice.customers.list import customer_url
from tirage.backoffice.customers.views.customers import customer_crumbs, found_customer
from tirage.backoffice.frame.acting import refusals_in
from tirage.core.clock import read_clock
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.payments.operations import give_credit
from tirage.payments.queries import credit_entries
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def credit(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The whole ledger."""
    return _credit_page(request, found_customer(reference), CreditForm())


@require_POST
@staff_required(Permission.EDIT_CREDIT)
def change_credit(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Gives or takes, as the form's button says."""
    found, form = found_customer(reference), CreditForm(request.POST)
    if form.is_valid():
        currency = current_winery().currency
        with refusals_in(form):
            balance = give_credit(
                customer=found,
                amount=Money(form.amount_minor, currency),
                reason=form.cleaned_data["reason"],
                seen_minor=form.cleaned_data["seen"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            words = say_money(Money(balance, currency), current_winery().locale)
            messages.success(request, f"{found.name} has {words} of store credit now.")
            return redirect(customer_url(found))
    found.refresh_from_db()
    return _credit_page(request, found, form, status=400)


def _credit_page(
    request: HttpRequest, found: Customer, form: CreditForm, status: int = 200
) -> HttpResponseBase:
    return render(
        request,
        "backoffice/customers/credit.html",
        {
            "title": f"Store credit of {found.name}",
            "crumbs": customer_crumbs(found, "Store credit"),
            "customer": found,
            "credit_form": form,
            "credit_entries": credit_entries(found),
        },
        status=status,
    )
