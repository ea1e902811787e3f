"""Another wine instead of one that falls short: looked at, taken, or the money back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.futures.cutting.instead import accept, decline, look_at
from tirage.futures.models import CutLine
from tirage.futures.states import CutOutcome
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context


def proposals_of(customer: Customer) -> list[CutLine]:
    """What waits for the customer's answer."""
    rows = CutLine.objects.filter(order__customer=customer, outcome=CutOutcome.PROPOSED.value)
    return list(rows.select_related("cut__lot__sku", "cut__substitute").order_by("pk"))


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def instead(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The other wine, what goes back with it, and both answers."""
    found = CutLine.objects.filter(reference=reference, order__customer=customer)
    line = found.select_related("cut__lot__sku", "cut__substitute__vintage__label", "order__customer").first()
    if line is None or line.cut.substitute is None:
        raise Http404("nothing is offered instead")
    if line.outcome != CutOutcome.PROPOSED:
        return redirect("storefront:order", line.order.reference)
    problem = ""
    if request.method == "POST":
        try:
            return _act(request, line)
        except DomainError as refused:
            problem = refused.message
    back, why_not = _back(line)
    context = page_context(
        request,
        line=line,
        order=line.order,
        sku=line.cut.substitute,
        price=Money(line.cut.substitute_minor or 0, line.order.currency),
        back=back,
        problem=problem or why_not,
    )
    return render(request, "storefront/futures/instead.html", context, status=422 if problem else 200)


def _back(line: CutLine) -> tuple[Money | None, str]:
    """What the order costs less with the other wine; why it can't be had, where it can't."""
    try:
        return look_at(line, read_clock()), ""
    except DomainError as refused:
        return None, refused.message


def _act(request: HttpRequest, line: CutLine) -> HttpResponse:
    actor, now = customer_actor(request), read_clock()
    if request.POST.get("act") == "money":
        decline(line=line, actor=actor, now=now)
        messages.success(request, "As you like. Your money is on its way back within the hour.")
    else:
        shown = request.POST.get("shown", "")
        is_amount = shown.isascii() and shown.isdigit() and len(shown) < 16
        accept(line=line, expected_minor=int(shown) if is_amount else -1, actor=actor, now=now)
        messages.success(request, "It is yours. Your order and your futures show it.")
    return redirect("storefront:order", line.order.reference)
