"""What the gateway's list and the books disagree about: the list, one finding, and what to do about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.payments.findings.forms import AttachForm, BookRefundForm, ReasonForm
from tirage.backoffice.payments.findings.list import FINDINGS, finding_url
from tirage.backoffice.payments.findings.page import missing_order, story_of, suggested_orders
from tirage.backoffice.payments.findings.words import (
    KINDS,
    finding_next,
    finding_state,
    say_ours,
    say_theirs,
    their_words,
)
from tirage.backoffice.payments.tabs import payment_tabs
from tirage.backoffice.payments.words import gateway_words
from tirage.core.clock import read_clock
from tirage.payments.models import Finding
from tirage.payments.operations import (
    attach_found,
    book_arrival,
    book_found_refund,
    can_book_arrival,
    can_give_back,
    give_back_found,
    last_comparison,
    look_into,
    paid_by,
    running_comparison,
    start_comparison,
)
from tirage.payments.states import FindingKind, FindingState
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def findings(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        FINDINGS,
        title="To look into",
        tabs=payment_tabs(request, "backoffice:findings"),
        running=running_comparison(),
        last=last_comparison(),
        empty_text="Once a day the gateway’s own list is compared with the books. What they disagree about shows here.",
    )


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def compare(request: HttpRequest) -> HttpResponseBase:
    """Has the worker compare the last days now."""
    start_comparison(actor=staff_actor(request), now=read_clock())
    messages.success(request, "The worker compares the gateway’s list. This page says how far it is.")
    return redirect(reverse("backoffice:findings"))


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def finding(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _page(request, _found(reference))


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def attach(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Books a charge on the order that was chosen."""
    found, form = _found(reference), AttachForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            payment = attach_found(
                finding_reference=reference,
                order_reference=form.cleaned_data["order"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You attached it to {payment.order.reference} as {payment.reference}.")
            return redirect(finding_url(found))
    return _page(request, _found(reference), status=400, attach=form)


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def give_back(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Gives a charge back to its card at the gateway."""
    found, form = _found(reference), ReasonForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            given = give_back_found(
                finding_reference=reference,
                reason=form.cleaned_data["reason"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            _say_given(request, given)
            return redirect(finding_url(found))
    return _page(request, _found(reference), status=400, give=form)


def _say_given(request: HttpRequest, given: Finding) -> None:
    amount = say_theirs(given)
    if given.state == FindingState.CLOSED:
        messages.success(request, f"You refunded {amount} to the card.")
    elif given.state == FindingState.GIVING:
        messages.warning(request, f"The bank hasn’t answered about {amount} yet. The worker asks it again.")
    else:
        messages.error(request, f"The bank refused the refund of {amount}: {given.problem}")


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def book(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Books a refund that was made elsewhere, or money that came after all."""
    found, actor, now = _found(reference), staff_actor(request), read_clock()
    if found.kind != FindingKind.STRAY_REFUND:
        with refusals_said(request):
            payment = book_arrival(finding_reference=reference, actor=actor, now=now)
            messages.success(request, f"You booked it as {payment.reference}.")
        return redirect(finding_url(found))
    form = BookRefundForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            payment = book_found_refund(
                finding_reference=reference,
                still_owed=form.cleaned_data["owed"] == "still",
                reason=form.cleaned_data["reason"],
                actor=actor,
                now=now,
            )
            messages.success(request, f"You booked it as {payment.reference}.")
            return redirect(finding_url(found))
    return _page(request, _found(reference), status=400, book=form)


@require_POST
@staff_required(Permission.SEE_PAYMENTS, Permission.REFUND)
def looked_into(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Writes down what somebody has found out."""
    found, form = _found(reference), ReasonForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            look_into(
                finding_reference=reference,
                reason=form.cleaned_data["reason"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(
                request, "You wrote it down. It comes up again only when something of it changes."
            )
            return redirect(finding_url(found))
    return _page(request, _found(reference), status=400, look=form)


def _found(reference: str) -> Finding:
    rows = Finding.objects.select_related("payment__order__customer")
    return get_object_or_404(rows, reference=reference)


def _page(
    request: HttpRequest, found: Finding, *, status: int = 200, **forms_sent: forms.Form
) -> HttpResponseBase:
    is_open = found.state == FindingState.OPEN
    is_charge, is_refund = (
        found.kind == kind for kind in (FindingKind.STRAY_CHARGE, FindingKind.STRAY_REFUND)
    )
    payment = found.payment or (
        paid_by(found).select_related("order__customer").first() if is_refund else None
    )
    can: dict[str, Any] = {
        "attach_form": forms_sent.get("attach") or AttachForm() if is_open and is_charge else None,
        "give_form": forms_sent.get("give") or ReasonForm() if can_give_back(found) else None,
        "book_form": forms_sent.get("book") or BookRefundForm() if is_open and is_refund else None,
        "can_book": can_book_arrival(found),
        "look_form": forms_sent.get("look") or ReasonForm() if is_open else None,
    }
    context = {
        "crumbs": [
            ("Payments", reverse("backoffice:payments")),
            ("To look into", reverse("backoffice:findings") + "?state=open"),
            (found.reference, ""),
        ],
        "finding": found,
        "state": finding_state(found),
        "kind": KINDS[found.kind],
        "next": finding_next(found),
        "gateway": gateway_words(found.gateway),
        "theirs": say_theirs(found),
        "their_words": their_words(found),
        "ours": say_ours(found),
        "payment": payment,
        "order_url": order_url(payment.order) if payment else "",
        "suggestions": suggested_orders(found) if is_open else [],
        "missing_order": missing_order(found) if is_open else "",
        "story": story_of(found),
        "is_held": found.their_state == "set_aside",
        **can,
    }
    return render(request, "backoffice/payments/findings/finding.html", context, status=status)
