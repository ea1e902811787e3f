"""Customers cancel their own orders: what comes back is shown, then one button does it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from tirage.changes.fees import leaving, may_withdraw
from tirage.changes.operations import CancelQuote, cancel_own_order, quote_cancel
from tirage.changes.operations.steps import ASK_TO_CANCEL
from tirage.changes.states import RefundTo
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.parts.numbers import read_whole
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.storefront.orders.cancelling import WordsForm, cancel_words, why_not_cancel


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """One order: what cancelling it does, and doing just that."""
    order, quote = _look(customer, reference)
    if why_not := _why_not(order, quote):
        messages.info(request, why_not)
        return redirect("storefront:order", reference=reference)
    form = WordsForm(request.POST if request.method == "POST" else request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, order, quote, form)
    try:
        _cancel(request, order, form)
    except DomainError as refusal:
        return _show_anew(request, customer, reference, form, refusal)
    messages.success(request, gettext("Your order is canceled. A mail with all of it is on its way."))
    return redirect("storefront:order", reference=reference)


def _look(customer: Customer, reference: str) -> tuple[Order, CancelQuote]:
    """The customer's order as it is now; six statements."""
    order = Order.objects.select_related("release").filter(reference=reference, customer=customer).first()
    if order is None:
        raise Http404("no such order of this customer")
    return order, quote_cancel(order, read_clock())


def _why_not(order: Order, quote: CancelQuote) -> str:
    """Why there is nothing to press at all."""
    why_not = why_not_cancel(order, quote, read_clock())
    if why_not or may_withdraw(order, read_clock()):
        return why_not
    return "" if current_winery().customers_cancel_orders else ASK_TO_CANCEL


def _cancel(request: HttpRequest, order: Order, form: WordsForm) -> None:
    cancel_own_order(
        order_reference=order.reference,
        expected_number=read_whole(request.POST.get("number", "")),
        expected_minor=read_whole(request.POST.get("back", "")),
        refund_to=RefundTo.CREDIT if leaving(order, read_clock()).to_credit else _chosen(request),
        words=form.cleaned_data["words"],
        actor=customer_actor(request),
        now=read_clock(),
    )


def _chosen(request: HttpRequest) -> RefundTo:
    to_credit = request.POST.get("refund_to") == RefundTo.CREDIT.value
    return RefundTo.CREDIT if to_credit else RefundTo.ORIGINAL


def _show_anew(
    request: HttpRequest, customer: Customer, reference: str, form: WordsForm, refusal: DomainError
) -> HttpResponse:
    """The page as things stand now; to the order where there is nothing to press any more."""
    order, quote = _look(customer, reference)
    if why_not := _why_not(order, quote):
        messages.info(request, why_not)
        return redirect("storefront:order", reference=reference)
    return _show(request, order, quote, form, refusal.message)


def _show(
    request: HttpRequest, order: Order, quote: CancelQuote, form: WordsForm, problem: str = ""
) -> HttpResponse:
    words = cancel_words(order, quote, _chosen(request), read_clock())
    context = page_context(request, **words, form=form, problem=problem)
    status = 422 if problem or form.errors else 200
    return render(request, "storefront/orders/cancel.html", context, status=status)
