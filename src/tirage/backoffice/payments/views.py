"""Payments: the list, one attempt with its story, and what came in by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import choose, refusals_in
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.payments.daily_totals import HEADERS, Month, MonthForm
from tirage.backoffice.payments.list import PAYMENTS, payment_url
from tirage.backoffice.payments.page import family_of, left_minor, payment_next, story_of
from tirage.backoffice.payments.refunds import RefundForm, give_back
from tirage.backoffice.payments.tabs import payment_tabs
from tirage.backoffice.payments.words import (
    KINDS,
    gateway_words,
    how,
    payment_state,
    payment_words,
    signed_minor,
)
from tirage.changes.models import ChangeDraft
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.winery import local_time
from tirage.parts.exporting import table_response
from tirage.payments.models import Payment
from tirage.payments.operations import may_be_said, reconcile_payment, say_outcome
from tirage.payments.states import AT_ONCE, OPEN, PaymentKind
from tirage.staff.permissions import Permission, may, staff_actor, staff_member, staff_required

_ARRIVED, _UNSEEN = "arrived", "unseen"


class AnswerForm(forms.Form):
    """What became of ``about``, as the team has found it at the bank."""

    found = forms.ChoiceField(
        label="What you found there",
        widget=forms.RadioSelect,
        choices=[(_UNSEEN, "It never arrived: no money moved"), (_ARRIVED, "It did: the money is there")],
        error_messages={"required": "Say what you found."},
    )
    reason = forms.CharField(
        max_length=200,
        label="How you know",
        help_text="Who said so, or where you saw it. The payment’s story keeps it.",
        error_messages={"required": "Write a few words."},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, about: Payment) -> None:
        super().__init__(data)
        if about.kind == PaymentKind.AUTHORISE:
            choose(self, "found", [(_UNSEEN, "It never arrived: nothing is set aside")])


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def payments(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        PAYMENTS,
        title="Payments",
        tabs=payment_tabs(request, "backoffice:payments"),
        empty_text="Every attempt to move money shows here, whether it went through or not.",
    )


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def payment(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _payment_page(request, _found(reference))


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.EDIT_ORDERS)
def ask_bank(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Asks the gateway what became of an open payment."""
    found = _found(reference)
    if not _can_ask(found):
        messages.info(request, "This payment has its answer already.")
        return redirect(payment_url(found))
    reconcile_payment(payment=found, actor=staff_actor(request), now=read_clock())
    words = payment_words(found)
    messages.info(request, f"You asked the bank. Its answer: {words[0].lower()}{words[1:]}.")
    return redirect(payment_url(found))


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def refund(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Gives all or part of a settled payment back."""
    found = _found(reference)
    form = RefundForm(request.POST.dict(), about=found, left=left_minor(found))
    if not give_back(request, form):
        return _payment_page(request, found, form, status=400)
    return redirect(payment_url(found))


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def answer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ends a payment that its bank has been silent about for a day, by what the team has found there."""
    found = _found(reference)
    form = AnswerForm(request.POST.dict(), about=found)
    if form.is_valid():
        with refusals_in(form):
            said = say_outcome(
                payment_reference=reference,
                arrived=form.cleaned_data["found"] == _ARRIVED,
                reason=form.cleaned_data["reason"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            words = payment_words(said)
            messages.success(request, f"You wrote down: {words[0].lower()}{words[1:]}.")
            return redirect(payment_url(found))
    return _payment_page(request, _found(reference), answer=form, status=400)


def _found(reference: str) -> Payment:
    rows = Payment.objects.select_related("order__customer", "payment_method")
    return get_object_or_404(rows, reference=reference)


def _can_ask(found: Payment) -> bool:
    return found.state in OPEN and found.gateway not in AT_ONCE


def _payment_page(
    request: HttpRequest,
    found: Payment,
    form: RefundForm | None = None,
    *,
    answer: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    family, left = family_of(found), left_minor(found)
    drafts = ChangeDraft.objects.select_related("change").filter(reference=found.purpose)
    return render(
        request,
        "backoffice/payments/payment.html",
        {
            "crumbs": [("Payments", reverse("backoffice:payments")), (found.reference, "")],
            "payment": found,
            "state": payment_state(found),
            "kind": KINDS[found.kind],
            "how": how(found),
            "gateway": gateway_words(found.gateway),
            "signed": signed_minor(found),
            "next": payment_next(found, left, family),
            "order_url": order_url(found.order),
            "draft": drafts.first() if found.purpose else None,
            "family": family if len(family) > 1 else [],
            "story": story_of(found, family),
            "left": left,
            "can_ask": _can_ask(found),
            "form": form or RefundForm(about=found, left=left),
            "answer": (answer or AnswerForm(about=found)) if may_be_said(found, read_clock()) else None,
        },
        status=status,
    )


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def daily_totals(request: HttpRequest) -> HttpResponseBase:
    """A month by day and by way, or with ``?export=csv`` or ``xlsx`` its file."""
    this_month = local_time(read_clock()).date().replace(day=1)
    form = MonthForm(request.GET if "month" in request.GET else None, initial={"month": this_month})
    asked = form.cleaned_data["month"] if form.is_valid() else None
    month = Month(asked or this_month)
    if request.GET.get("export") in {"csv", "xlsx"}:
        return _export(request, month, request.GET["export"])
    return render(
        request,
        "backoffice/payments/daily.html",
        {
            "title": "Daily totals",
            "tabs": payment_tabs(request, "backoffice:daily_totals"),
            "form": form,
            "month": month,
            "is_now": month.first == this_month,
        },
        status=400 if form.errors else 200,
    )


def _export(request: HttpRequest, month: Month, kind: str) -> HttpResponseBase:
    if not may(request.user, Permission.EXPORT):
        raise PermissionDenied
    rows = list(month.rows())
    record_event(
        EventName.EXPORT_MADE,
        "staff",
        staff_member(request).pk,
        text=f"exported the daily totals of {month.name} as {kind.upper()}",
        data={"list": "daily-totals", "query": f"month={month.key}", "format": kind, "count": len(rows)},
        actor=staff_actor(request),
        now=read_clock(),
    )
    return table_response(f"daily-totals-{month.key}", HEADERS, rows, kind, sheet=month.name)
