"""Who needs a person of wine en primeur, and more time for orders in arrears."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.core.clock import read_clock
from tirage.core.dated import say_date
from tirage.core.money import say_money
from tirage.core.winery import current_winery, local_time
from tirage.futures.arrears import GIVEN, wait_until
from tirage.futures.models import Arrears
from tirage.futures.people import Need, NeedKind, needs, owed_now, say_cause, waited_for
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: The page behind each sort of need, and what its link says; those of orders lead to the order.
_BEHIND = {
    NeedKind.ARREARS: ("backoffice:arrears", "Wait or cancel"),
    NeedKind.UNASKED: ("backoffice:order", "Look at the order"),
    NeedKind.UNPAID: ("backoffice:collection", "See what is tried"),
    NeedKind.CUT: ("backoffice:cut", "Look at the cut"),
    NeedKind.TRANSFER: ("backoffice:transfer", "Decide"),
}
#: What is done at once, by the form of settlements.
_ACTS = {
    NeedKind.SETTLEMENT: (("ask", "Ask again"), ("keep", "Keep it")),
    NeedKind.BOND: (("transferred", "It was transferred"),),
}
WORDS = {
    NeedKind.ARREARS: "In arrears",
    NeedKind.UNASKED: "Not asked for",
    NeedKind.SETTLEMENT: "Settlement",
    NeedKind.UNPAID: "Settlement",
    NeedKind.BOND: "Under bond",
    NeedKind.CUT: "Cut",
    NeedKind.TRANSFER: "Transfer",
}


@require_safe
@staff_required(Permission.SEE_ORDERS)
def people(request: HttpRequest) -> HttpResponseBase:
    """One list over instalments, settlements, storage, cuts and gifts, the longest wait first."""
    now = read_clock()
    context = {
        "rows": [_row(one) for one in needs(now)],
        "waiting": [
            {"one": one, "order": one.order, "owed": owed_now(one.order), "cause": say_cause(one)}
            for one in waited_for()
        ],
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Who needs a person", "")],
    }
    return render(request, "backoffice/futures/people.html", context)


def _row(one: Need) -> dict[str, Any]:
    name, label = _BEHIND.get(one.kind, ("", ""))
    return {
        "order": one.order,
        "words": WORDS[one.kind],
        "why": one.why,
        "since": one.since,
        "way": name,
        "href": reverse(name, args=[one.reference]) if name else "",
        "label": label,
        "acts": _ACTS.get(one.kind, ()),
        "reference": one.reference,
    }


class WaitForm(forms.Form):
    until = forms.DateField(
        label="Wait until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The customer is told by mail, with a link to pay. A card that was refused for now only is tried "
        "again that day.",
    )
    note = forms.CharField(
        label="Why",
        max_length=300,
        required=False,
        help_text="For your team; the customer doesn’t read it.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.COLLECT)
def arrears(request: HttpRequest, reference: str) -> HttpResponseBase:
    """More time for an order in arrears; the other ways out are a link away."""
    found = get_object_or_404(Arrears.objects.select_related("order__customer"), reference=reference)
    now, order = read_clock(), found.order
    form = WaitForm(request.POST or None, initial={"until": local_time(now + GIVEN).date()})
    if form.is_valid():
        with refusals_in(form):
            typed = form.cleaned_data
            made = wait_until(
                arrears=found, until=typed["until"], note=typed["note"], actor=staff_actor(request), now=now
            )
            said = say_date(made.until)
            messages.success(request, f"{order.customer.name} has until {said}; the mail is on its way.")
            return redirect("backoffice:futures_people")
    people_url = reverse("backoffice:futures_people")
    context = {
        "arrears": found,
        "order": order,
        "collection": order.collections.filter(purpose="", state="open").first(),
        "lead": _lead(found),
        "is_over": found.ended_at is not None,
        "form": form,
        "crumbs": [
            ("Cellar", reverse("backoffice:cellar")),
            ("Who needs a person", people_url),
            (order.reference, ""),
        ],
    }
    return render(request, "backoffice/futures/arrears.html", context, status=400 if form.errors else 200)


def _lead(one: Arrears) -> str:
    since = say_date(local_time(one.since).date())
    if one.ended_at is not None:
        return f"It was in arrears from {since} to {say_date(local_time(one.ended_at).date())}."
    owed = say_money(owed_now(one.order), current_winery().locale)
    cause = say_cause(one).lower()
    return f"{owed} are owed: {cause} didn’t come. In arrears since {since}, until {say_date(one.until)}."
