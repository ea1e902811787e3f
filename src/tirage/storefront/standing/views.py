"""Agreeing to a standing order, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.undo import say_undoable
from tirage.standing.agreeing import agree, end, pause, resume, words_for
from tirage.standing.choosing import choose_pieces, skip_release, unskip_release
from tirage.standing.models import StandingLine
from tirage.standing.queries import live_standing, ways_of
from tirage.standing.rules import say_amount
from tirage.standing.terms import current_terms
from tirage.storefront.frame.forms import BOTTLES, read_quantities
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.storefront.standing.forms import AgreeForm, WantedForm
from tirage.storefront.standing.page import standing_words


@customer_required()
@require_safe
def standing(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What was agreed to and what comes next; or what a standing order is."""
    return _page(request, customer)


def _page(
    request: HttpRequest,
    customer: Customer,
    *,
    refusal: DomainError | None = None,
    typed: dict[int, int] | None = None,
    form: WantedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = read_clock()
    wrong = refusal.fields if refusal else {}
    words = standing_words(customer, now, typed=typed, wrong=wrong)
    addresses, cards = ways_of(customer, now)
    form = form or WantedForm(None, addresses=addresses, cards=cards, standing=words["standing"])
    context = page_context(
        request,
        **words,
        is_offered=current_terms().is_offered,
        form=form,
        has_address=bool(addresses),
        has_card=bool(cards),
        problem="" if wrong or refusal is None else refusal.message,
    )
    return render(request, "storefront/standing/standing.html", context, status=status)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def agree_page(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The words, complete, and the button."""
    now, terms = read_clock(), current_terms()
    addresses, cards = ways_of(customer, now)
    before = live_standing(customer)
    if not addresses or not cards or not terms.is_offered or not request.GET:
        return redirect("storefront:standing")
    wanted = WantedForm(request.GET, addresses=addresses, cards=cards, standing=before)
    if not wanted.is_valid():
        return _page(request, customer, form=wanted, status=422)
    form = AgreeForm(
        request.POST or None,
        age=current_winery().legal_age,
        asks=customer.adult_confirmed_at is None,
        version=terms.version,
    )
    if request.method == "POST" and form.is_valid():
        try:
            agree(
                customer=customer,
                wanted=wanted.wanted,
                version=form.cleaned_data["version"],
                adult_confirmed=form.cleaned_data.get("adult", False),
                birth_date=form.cleaned_data.get("birth_date"),
                actor=customer_actor(request),
                now=now,
            )
        except DomainError as refusal:
            sent = request.POST.copy()
            sent["version"] = str(terms.version)
            form.data = sent
            field = next((name for name in refusal.fields if name in form.fields), None)
            form.add_error(field, refusal.message)
        else:
            messages.success(request, "Thank you. We keep what you agreed to, word by word, on this page.")
            return redirect("storefront:standing")
    choice = wanted.wanted
    context = page_context(
        request,
        form=form,
        words=words_for(choice.amount, choice.cap),
        amount=say_amount(choice.amount, choice.cap),
        address=next(one for one in addresses if one.reference == choice.address_reference),
        card=next(one for one in cards if one.reference == choice.card_reference),
        is_change=before is not None,
    )
    return render(request, "storefront/standing/agree.html", context, status=422 if form.errors else 200)


@customer_required(back="storefront:standing")
@require_POST
def choose(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Other bottles of one release than the standing order comes to."""
    typed: dict[int, int] = {}
    try:
        typed = read_quantities(request.POST, BOTTLES)
        line = choose_pieces(
            customer=customer,
            run_reference=reference,
            quantities=typed,
            actor=customer_actor(request),
            now=read_clock(),
        )
    except DomainError as refusal:
        _refuse_unknown(refusal)
        return _page(request, customer, refusal=refusal, typed=typed, status=422)
    if line.pieces and line.is_chosen:
        messages.success(request, "Saved. That is what we order for you of this release.")
    else:
        messages.info(request, "Nothing of this release is ordered for you.")
    return redirect("storefront:standing")


@customer_required(back="storefront:standing")
@require_POST
def skip(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Nothing of one release."""

    def act(**by: Any) -> None:
        line: StandingLine = skip_release(customer=customer, run_reference=reference, **by)
        words = f"{line.run.release.name} is skipped: nothing of it is ordered by itself."
        say_undoable(request, words, reverse("storefront:standing_unskip", args=[reference]))

    return _act(request, act)


@customer_required(back="storefront:standing")
@require_POST
def unskip(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The release after all."""

    def act(**by: Any) -> None:
        line = unskip_release(customer=customer, run_reference=reference, **by)
        messages.success(request, f"{line.run.release.name} is ordered for you again.")

    return _act(request, act)


@customer_required(back="storefront:standing")
@require_POST
def pause_it(request: HttpRequest, customer: Customer) -> HttpResponse:
    """No release until it goes on."""

    def act(**by: Any) -> None:
        pause(customer=customer, **by)
        words = "Your standing order is paused. Nothing is ordered by itself."
        say_undoable(request, words, reverse("storefront:standing_resume"))

    return _act(request, act)


@customer_required(back="storefront:standing")
@require_POST
def resume_it(request: HttpRequest, customer: Customer) -> HttpResponse:
    """It goes on."""

    def act(**by: Any) -> None:
        resume(customer=customer, **by)
        messages.success(request, "Your standing order goes on.")

    return _act(request, act)


@customer_required(back="storefront:standing")
@require_POST
def end_it(request: HttpRequest, customer: Customer) -> HttpResponse:
    """For good."""

    def act(**by: Any) -> None:
        end(customer=customer, reason=request.POST.get("reason", ""), **by)
        messages.success(request, "Your standing order has ended. Your offers are open to you as before.")

    return _act(request, act)


def _act(request: HttpRequest, act: Callable[..., None]) -> HttpResponse:
    try:
        act(actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        _refuse_unknown(refusal)
        messages.error(request, refusal.message)
    return redirect("storefront:standing")


def _refuse_unknown(refusal: DomainError) -> None:
    if refusal.code == "no_release":
        raise Http404("no such release of this customer")
