"""Cancelling an order, and giving money back for some of its wines: shown first, then done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.orders.cancelling import NO, CancelForm, preview_cancel
from tirage.backoffice.orders.giving_back import GiveBackForm, button_words
from tirage.backoffice.payments.refunds import say_refund
from tirage.changes.fees import leaving
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import cancel_order, quote_cancel, quote_line_refund, refund_lines
from tirage.changes.queries import saying_something
from tirage.changes.states import LIVE, RefundTo
from tirage.core.clock import read_clock
from tirage.orders.models import CancelReason, Order
from tirage.orders.queries import order_lines
from tirage.payments.models import Payment
from tirage.payments.queries import giving_back
from tirage.staff.permissions import Permission, staff_actor, staff_required

_AGAIN = "This is what will happen now. Press the button again to do it."


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_ORDERS, Permission.REFUND)
def cancel(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What cancelling does, by what is chosen; done when the button was under just that."""
    found = _found(reference)
    now = read_clock()
    quote = quote_cancel(found, now, waived=request.POST.get("terms") == NO)
    reasons = list(CancelReason.objects.values_list("name", flat=True))
    form = CancelForm(
        request.POST or None,
        order=found,
        quote=quote,
        reasons=reasons,
        asks_terms=not leaving(found, now).is_free,
    )
    _miss_nothing_yet(request, form)
    if _acts(request) and not quote.refused and form.is_valid():
        if form.cleaned_data["seen"] == form.signature:
            with refusals_in(form):
                return _cancel(request, found, form)
        else:
            messages.info(request, _AGAIN)
    live = ChangeDraft.objects.filter(order=found, state__in=[state.value for state in LIVE])
    drafts = saying_something(live).count()
    return _page(
        request,
        found,
        "Cancel",
        "backoffice/orders/cancel.html",
        {
            "title": f"Cancel {found.reference}",
            "quote": quote,
            "form": form,
            "preview": preview_cancel(form, drafts),
            "reasons": reasons,
        },
    )


def _cancel(request: HttpRequest, found: Order, form: CancelForm) -> HttpResponseBase:
    cancelled = cancel_order(
        order_reference=found.reference, **form.arguments(), actor=staff_actor(request), now=read_clock()
    )
    messages.success(request, gettext("You canceled the order."))
    _say(request, cancelled.refunds)
    return redirect(order_url(found))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.REFUND)
def give_back_wines(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Money back for named pieces: the sums first, then the button that moves just that."""
    found = _found(reference)
    form = GiveBackForm(request.POST or None, order=found, lines=order_lines(found))
    quote = quote_line_refund(order=found, pieces=form.pieces, bottles=form.chosen_bottles)
    _miss_nothing_yet(request, form)
    if _acts(request) and form.is_valid() and not quote.refused:
        if form.cleaned_data["seen"] == form.signature(quote.total):
            with refusals_in(form):
                return _give_back(request, found, form, quote.total.minor)
        else:
            messages.info(request, _AGAIN)
    back = giving_back(found.pk, quote.to_give_back) if quote.to_give_back else []
    return _page(
        request,
        found,
        "Refund",
        "backoffice/orders/give_back.html",
        {
            "title": "Refund wines",
            "quote": quote,
            "form": form,
            "signature": form.signature(quote.total),
            "button": button_words(quote, form.refund_to, [(one.payment, one.amount) for one in back]),
            "to_credit": form.refund_to is RefundTo.CREDIT,
        },
    )


def _give_back(request: HttpRequest, found: Order, form: GiveBackForm, total_minor: int) -> HttpResponseBase:
    refunds = refund_lines(
        order_reference=found.reference,
        pieces=form.pieces,
        bottles=form.chosen_bottles,
        expected_minor=total_minor,
        refund_to=form.refund_to,
        reason=form.cleaned_data["reason"],
        mail=form.cleaned_data["mail"],
        actor=staff_actor(request),
        now=read_clock(),
    )
    if not refunds:
        messages.success(request, "You lowered the order; there was nothing to refund.")
    _say(request, refunds)
    return redirect(order_url(found))


def _say(request: HttpRequest, refunds: Iterable[Payment]) -> None:
    for refund in refunds:
        say_refund(request, refund)


def _found(reference: str) -> Order:
    return get_object_or_404(Order.objects.select_related("customer"), reference=reference)


def _acts(request: HttpRequest) -> bool:
    """Whether the button was pressed, and not only a choice made."""
    return request.method == "POST" and "preview" not in request.POST


def _miss_nothing_yet(request: HttpRequest, form: forms.Form) -> None:
    """What nobody has come to yet is no fault while choices are only made."""
    if request.method == "POST" and not _acts(request):
        for name, errors in list(form.errors.as_data().items()):
            if all(error.code == "required" for error in errors):
                del form.errors[name]


def _page(
    request: HttpRequest, found: Order, crumb: str, template: str, context: dict[str, Any]
) -> HttpResponseBase:
    crumbs = [("Orders", reverse("backoffice:orders")), (found.reference, order_url(found)), (crumb, "")]
    status = 400 if _acts(request) and context["form"].errors else 200
    return render(
        request,
        template,
        {**context, "crumbs": crumbs, "order": found, "order_url": order_url(found)},
        status=status,
    )
