"""Old enough: asked once, with the birth date where the law wants it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.customers.operations import confirm_adult
from tirage.storefront.frame.forms import BirthDateForm, read_date
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context, safe_next


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def adult(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Asks once whether the customer is of legal age."""
    next_path = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    form = BirthDateForm(request.POST or None)
    if request.method == "POST":
        try:
            confirm_adult(
                customer=customer,
                birth_date=read_date(request.POST.get("birth_date", "")),
                actor=customer_actor(request),
                now=read_clock(),
            )
            return redirect(next_path or "storefront:offer")
        except DomainError as refusal:
            form.add_error("birth_date", refusal.message)
    context = page_context(request, form=form, next_path=next_path)
    return render(request, "storefront/door/adult.html", context, status=422 if form.errors else 200)
