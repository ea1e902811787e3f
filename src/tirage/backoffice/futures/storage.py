"""What storage costs, dated; and what the team does about wine that lies in the cellar."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.frame.acting import MoneyField, refusals_in, refusals_said
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.fulfilment.operations import ship_order
from tirage.futures.models import Settlement, StorageTerm
from tirage.futures.settling.asking import ask_anew, keep_in_cellar
from tirage.futures.settling.terms import MOST_A_DAY, MOST_FREE, TermValues, save_term, say_term, say_transfer
from tirage.futures.states import StorageCharged, StoragePer, Undecided
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Days that customers have who are asked once more.
AGAIN = timedelta(days=30)
UNDECIDED_WORDS = {
    Undecided.KEEP: "It stays in your cellar",
    Undecided.PERSON: "Your team decides",
}


class StorageForm(forms.Form):
    first_day = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The day it begins to count; a later row replaces it from its day on.",
    )
    a_day = forms.DecimalField(
        label="A day",
        min_value=Decimal(0),
        max_value=MOST_A_DAY,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="With what tax it bears, such as 0.0279. 0 says that it is free.",
    )
    per = forms.ChoiceField(
        label="Of",
        choices=[
            (StoragePer.CASE.value, "A case of twelve bottles of 750 ml"),
            (StoragePer.BOTTLE.value, "A bottle of 750 ml"),
        ],
        help_text="Other formats count as what they are in bottles of 750 ml.",
    )
    free_days = forms.IntegerField(
        label="Free days",
        min_value=0,
        max_value=MOST_FREE,
        help_text="Counted from the day on which the customer is told that the wine is there.",
    )
    charged = forms.ChoiceField(
        label="Charged",
        choices=[
            (StorageCharged.MONTHLY.value, "Each month, when it is over"),
            (StorageCharged.LEAVING.value, "When the wine leaves"),
        ],
        help_text="From store credit as far as there is some, then the card; what isn’t paid is money to collect.",
    )
    undecided = forms.ChoiceField(
        label="Wine whose customer hasn’t chosen by the last day",
        choices=[(one.value, words) for one, words in UNDECIDED_WORDS.items()],
    )
    transfers = forms.BooleanField(
        label="Customers may have it sent under bond to their own account", required=False
    )
    transfer = MoneyField(label="Handling of a case that goes to another bond", required=False)
    transfer_most = MoneyField(label="At most, for an order", required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def storage(request: HttpRequest) -> HttpResponseBase:
    """The terms of storage, and a new row."""
    now = read_clock()
    initial = {"first_day": local_time(now).date(), "free_days": 30}
    form = StorageForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_in(form):
            saved = save_term(values=_values(form), actor=staff_actor(request), now=now)
            messages.success(request, f"You set storage: {say_term(saved)}.")
            return redirect("backoffice:storage")
    terms = list(StorageTerm.objects.order_by("-first_day")[:50])
    today = local_time(now).date()
    current = next((term.pk for term in terms if term.first_day <= today), None)
    context = {
        "rows": [
            {
                "term": term,
                "words": say_term(term),
                "transfer": say_transfer(term),
                "undecided": UNDECIDED_WORDS[Undecided(term.undecided)],
                "is_current": term.pk == current,
            }
            for term in terms
        ],
        "form": form,
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Storage", "")],
    }
    return render(request, "backoffice/futures/storage.html", context, status=400 if form.errors else 200)


def _values(form: StorageForm) -> TermValues:
    typed = form.cleaned_data
    return TermValues(
        first_day=typed["first_day"],
        per=StoragePer(typed["per"]),
        a_day=typed["a_day"],
        free_days=typed["free_days"],
        charged=StorageCharged(typed["charged"]),
        undecided=Undecided(typed["undecided"]),
        transfers=typed["transfers"],
        transfer_minor=typed["transfer"] or 0,
        transfer_most_minor=typed["transfer_most"],
    )


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def decide_settlement(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Keeps the wine, asks its customer once more, or notes that it went to their bond."""
    found = get_object_or_404(Settlement.objects.select_related("order__release"), reference=reference)
    with refusals_said(request):
        messages.success(request, _decide(request, found))
    if request.POST.get("next") == "people":
        return redirect("backoffice:futures_people")
    assert found.order.release is not None
    return redirect("backoffice:settling", found.order.release.reference)


def _decide(request: HttpRequest, found: Settlement) -> str:
    now, actor, order = read_clock(), staff_actor(request), found.order
    act = request.POST.get("act", "")
    if act == "keep":
        keep_in_cellar(settlement=found, actor=actor, now=now)
        return f"The wine of {order.reference} stays in the cellar."
    if act == "ask":
        ask_anew(settlement=found, due_on=local_time(now).date() + AGAIN, actor=actor, now=now)
        return f"You asked again about {order.reference}; the mail is on its way."
    if act == "transferred" and found.warehouse:
        ship_order(order_reference=order.reference, actor=actor, now=now)
        return f"{order.reference} went to {found.warehouse} under bond."
    raise DomainError("act_unknown", "Choose what becomes of it.")
