"""Signing up at the door, and one's own place in line."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.checkout.queries import load_offer_page
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.states import SignUpMode
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.customers.sign_in import request_sign_in
from tirage.joining.queries import standing_of
from tirage.joining.signing_up import Asked, confirm_sign_up, find_sign_up, sign_up
from tirage.joining.waiting import accept_invitation, leave_line
from tirage.notifications.operations import queue_sign_in_code, queue_sign_up
from tirage.offers.rules import OfferStatus
from tirage.parts.client import client_address
from tirage.parts.devices import device_of
from tirage.storefront.frame import identity
from tirage.storefront.frame.identity import (
    current_visit,
    customer_actor,
    customer_required,
    open_page,
    page_context,
)
from tirage.storefront.joining.forms import CONSENT_WORDS, SignUpForm


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The form. Every address gets the same answer: one that is on the list already is mailed a way to sign in."""
    if request.method != "POST" and current_visit(request):
        return redirect("storefront:waiting")
    if current_winery().sign_up == SignUpMode.CLOSED:
        return render(request, "storefront/joining/closed.html", page_context(request))
    form = SignUpForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["website"]:
            return redirect("storefront:join_asked")  # a program, which needn't know that it is known for one
        try:
            _keep(request, form)
            return redirect("storefront:join_asked")
        except DomainError as refusal:
            status = 429 if refusal.code == "too_many_requests" else 422
            field = next((name for name in refusal.fields if name in form.fields), None)
            form.add_error(field, refusal.message)
    status = 422 if form.errors and status == 200 else status
    return render(request, "storefront/joining/join.html", page_context(request, form=form), status=status)


@transaction.atomic
def _keep(request: HttpRequest, form: SignUpForm) -> None:
    now, typed = read_clock(), form.cleaned_data
    asked = sign_up(
        email=typed["email"],
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        phone=typed["phone"],
        note=typed["note"],
        source=request.GET.get("from", "") or "Sign-up form",
        agrees=typed["agrees"],
        agreed_words=CONSENT_WORDS,
        ip=client_address(request),
        now=now,
    )
    if asked.is_known:
        _mail_way_in(request, asked)
    else:
        link = settings.SITE_URL + reverse("storefront:join_confirm", args=[asked.token])
        queue_sign_up(email=asked.sign_up.email, first_name=asked.sign_up.first_name, link=link, now=now)


def _mail_way_in(request: HttpRequest, asked: Asked) -> None:
    """For a mailbox that is a customer's; a suspended one gets nothing, as at the door."""
    now = read_clock()
    try:
        mail = request_sign_in(
            email=asked.sign_up.email,
            next_path=reverse("storefront:offer"),
            ip=client_address(request),
            actor=customer_actor(request),
            now=now,
        )
    except DomainError:
        return  # too many mails just now: said here, it would tell that somebody is on the list
    if mail.customer is None:
        return
    queue_sign_in_code(
        customer_id=mail.customer.pk,
        email=mail.email,
        code=mail.code,
        link=settings.SITE_URL + reverse("storefront:sign_in_link", args=[mail.link_token]),
        request_id=mail.request_id,
        now=now,
    )


@open_page
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """A mail is on its way."""
    return render(request, "storefront/joining/asked.html", page_context(request))


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed button's page: looked at, nothing happens, for scanners open links too; a press takes them in."""
    now = read_clock()
    try:
        if request.method != "POST":
            kept = find_sign_up(token=token, now=now)
            return render(request, "storefront/joining/confirm.html", page_context(request, kept=kept))
        joined = confirm_sign_up(token=token, actor=customer_actor(request), now=now)
    except DomainError as refusal:
        context = page_context(request, problem=refusal.message, may_try=refusal.code == "link_wrong")
        return render(request, "storefront/joining/refused.html", context, status=410)
    if joined.is_new:
        messages.success(request, _welcome(joined.customer, now))
    response = redirect("storefront:waiting" if joined.place else "storefront:offer")
    identity.leave_own_session(request)
    identity.sign_in(response, joined.customer, device=device_of(request), now=now)
    return response


def _welcome(customer: Customer, now: datetime) -> str:
    """Whose group has an open offer meets it at once."""
    words = f"Welcome, {customer.greeting}. You are on our list"
    if load_offer_page(customer, now).status is OfferStatus.OPEN:
        return f"{words}, and wines are offered to you already."
    return f"{words}."


@customer_required()
@require_safe
def waiting(request: HttpRequest, customer: Customer) -> HttpResponse:
    """One's place in line, or the invitation out of it."""
    standing = standing_of(customer, read_clock())
    context = page_context(request, standing=standing, is_shown=current_winery().place_shown)
    return render(request, "storefront/joining/waiting.html", context)


@customer_required(back="storefront:waiting")
@require_POST
def accept(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Yes: into the group."""
    try:
        group = accept_invitation(customer=customer, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("storefront:waiting")
    messages.success(request, f"Welcome to {group.name}. What is offered to you stands here.")
    return redirect("storefront:offer")


@customer_required(back="storefront:waiting")
@require_POST
def leave(request: HttpRequest, customer: Customer) -> HttpResponse:
    """No, thank you."""
    if leave_line(customer=customer, actor=customer_actor(request), now=read_clock()):
        messages.info(request, "You are off the waiting list. Change your mind? Write to us.")
    return redirect("storefront:waiting")
