"""Old enough: asked once, with the birth date where the law wants it. A date that was refused isn't asked away."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.ages import is_under_age
from tirage.customers.models import Customer
from tirage.customers.operations import confirm_adult
from tirage.parts.devices import DeviceCookie
from tirage.storefront.frame.forms import BirthDateForm, read_date
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context, safe_next

#: A refused date on this device: whoever asks next here, with another account too, isn't let in by a bare "yes".
_REFUSED = DeviceCookie("tirage_age", "tirage.storefront.age", "/adult/", timedelta(days=1))


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def adult(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Asks once whether the customer is of legal age; after a refused date says what to do if it was mistyped."""
    next_path = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    if born := _refused_before(request, customer):
        return _show_refused(request, born)
    form = BirthDateForm(request.POST or None)
    if request.method == "POST":
        born = None
        try:
            born = read_date(request.POST.get("birth_date", ""))
            confirm_adult(customer=customer, birth_date=born, actor=customer_actor(request), now=read_clock())
            return redirect(next_path or "storefront:offer")
        except DomainError as refusal:
            if refusal.code == "too_young":
                return _show_refused(request, born or customer.birth_date)
            if not form.has_error("birth_date"):
                form.add_error("birth_date", refusal.message)
    context = page_context(request, form=form, next_path=next_path)
    return render(request, "storefront/door/adult.html", context, status=422 if form.errors else 200)


def _refused_before(request: HttpRequest, customer: Customer) -> date | None:
    """The date by which this customer, or whoever used this device last, is too young; the winery's own word counts."""
    now = read_clock()
    if customer.birth_date is not None:
        return customer.birth_date if is_under_age(customer.birth_date, now) else None
    found = _REFUSED.read(request)
    born = date.fromisoformat(found[0][0]) if found else None
    return born if is_under_age(born, now) else None


def _show_refused(request: HttpRequest, born: date | None) -> HttpResponse:
    status = 200 if request.method in ("GET", "HEAD") else 422
    response = render(
        request, "storefront/door/too_young.html", page_context(request, born=born), status=status
    )
    if born is not None:
        _REFUSED.remember(response, [born.isoformat()])
    return response
