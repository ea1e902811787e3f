"""The list of standing orders, one of them, and one that a customer agreed to by another way than the shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.standing.list import STANDING, standing_url
from tirage.backoffice.standing.words import OUTCOMES, amount_words
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.queries import find_as_written
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.standing.agreeing import Wanted, agree, end, pause, resume, words_for
from tirage.standing.models import StandingOrder
from tirage.standing.planning import address_of, card_of
from tirage.standing.rules import MOST_CAP
from tirage.standing.states import LIVE, Amount, Outcome
from tirage.standing.terms import current_terms

#: Releases that one page looks back on.
LATEST = 20


@require_safe
@staff_required(Permission.SEE_WISHES)
def standing_list(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        STANDING,
        title="Standing orders",
        empty_text="Customers appear here who agreed that each release is ordered for them by itself. Whether that is "
        "offered to them, and on which words, is set under Settings.",
    )


class NotedForm(forms.Form):
    """What a customer agreed to on the telephone, by letter or in the tasting room."""

    email = forms.EmailField(max_length=254, label="E-mail of the customer")
    amount = forms.ChoiceField(
        label="What is ordered",
        choices=[
            (Amount.FULL.value, "The full allocation"),
            (Amount.USUAL.value, "The quantities that you suggest"),
            (Amount.CAPPED.value, "The allocation, up to a number of bottles"),
        ],
        widget=forms.RadioSelect,
        initial=Amount.FULL.value,
    )
    cap = forms.IntegerField(
        label="Up to how many bottles in all", required=False, min_value=1, max_value=MOST_CAP
    )
    said = forms.CharField(
        label="How they agreed",
        max_length=200,
        help_text="On the telephone on November 3, by letter … It is kept with the words above, which you have read "
        "to them. It is charged to their first card and goes to their first address.",
    )
    adult = forms.BooleanField(
        label="They said that they are old enough to buy wine",
        required=False,
        help_text="Only asked of somebody who hasn’t confirmed it yet.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_WISHES)
def new_standing(request: HttpRequest) -> HttpResponseBase:
    """Notes an agreement; the customer finds it on the account page, with its words and a way to end it."""
    initial = {"email": request.GET.get("email", ""), "version": current_terms().version}
    form = NotedForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_in(form):
            made = _note(request, form.cleaned_data)
            messages.success(request, f"You noted the standing order of {made.customer.name}.")
            return redirect(standing_url(made))
    context = {
        "title": "Note a standing order",
        "crumbs": [*_crumbs(), ("New", "")],
        "form": form,
        "lead": f"Read to them, with what they choose: “{words_for(Amount.FULL)}”",
        "submit": "Note it",
        "cancel_url": reverse("backoffice:standing_orders"),
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


def _note(request: HttpRequest, typed: dict[str, Any]) -> StandingOrder:
    customer = find_as_written(typed["email"])
    if customer is None:
        words = "Nobody on the list has this address."
        raise DomainError("not_found", words, {"email": words})
    return agree(
        customer=customer,
        wanted=Wanted(Amount(typed["amount"]), typed["cap"]),
        version=typed["version"],
        adult_confirmed=typed["adult"],
        said=typed["said"],
        actor=staff_actor(request),
        now=read_clock(),
    )


@require_safe
@staff_required(Permission.SEE_WISHES)
def standing_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What was agreed to, word by word, and what came of it release by release."""
    standing, now = _found(reference), read_clock()
    lines = standing.lines.select_related("run__release", "order").order_by("-run__begins_at")[:LATEST]
    context = {
        "standing": standing,
        "title": f"Standing order of {standing.customer.name}",
        "amount": amount_words(standing),
        "card": card_of(standing, now),
        "address": address_of(standing),
        "agreements": list(standing.agreements.order_by("-pk")[:LATEST]),
        "lines": [(line, *OUTCOMES[Outcome(line.outcome)]) for line in lines],
        "is_live": standing.state in {state.value for state in LIVE},
        "crumbs": [*_crumbs(), (standing.reference, "")],
    }
    return render(request, "backoffice/standing/standing.html", context)


@require_POST
@staff_required(Permission.EDIT_WISHES)
def pause_it(request: HttpRequest, reference: str) -> HttpResponse:
    """Nothing more is ordered until somebody goes on with it."""
    return _stop(request, reference, pause, "You paused the standing order.")


@require_POST
@staff_required(Permission.EDIT_WISHES)
def end_it(request: HttpRequest, reference: str) -> HttpResponse:
    """For good, with the reason."""
    return _stop(request, reference, end, "You ended the standing order.")


@require_POST
@staff_required(Permission.EDIT_WISHES)
def resume_it(request: HttpRequest, reference: str) -> HttpResponse:
    """It goes on."""
    with refusals_said(request):
        customer = _live(reference).customer
        resume(customer=customer, actor=staff_actor(request), now=read_clock())
        messages.success(request, "You went on with the standing order.")
    return redirect("backoffice:standing_order", reference)


def _stop(request: HttpRequest, reference: str, act: Callable[..., object], words: str) -> HttpResponse:
    with refusals_said(request):
        customer = _live(reference).customer
        reason = request.POST.get("reason", "").strip()
        if not reason:
            raise DomainError("reason_missing", "Write why, in a few words.")
        act(customer=customer, reason=reason, actor=staff_actor(request), now=read_clock())
        messages.success(request, words)
    return redirect("backoffice:standing_order", reference)


def _live(reference: str) -> StandingOrder:
    """What is acted on is the one that the page shows, not another that the customer has agreed to since."""
    standing = _found(reference)
    if standing.state not in {state.value for state in LIVE}:
        raise DomainError("no_standing", "This standing order has ended.")
    return standing


def _crumbs() -> list[tuple[str, str]]:
    return [
        ("Customers", reverse("backoffice:customers")),
        ("Standing orders", reverse("backoffice:standing_orders")),
    ]


def _found(reference: str) -> StandingOrder:
    orders = StandingOrder.objects.select_related("customer", "address", "card")
    return get_object_or_404(orders, reference=reference)
