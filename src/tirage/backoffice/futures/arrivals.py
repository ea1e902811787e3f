"""What came of a lot: recorded whole or in part, with what it cost, and taken back where it was wrong."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.frame.acting import MoneyField, refusals_in, refusals_said
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.futures.lots import MOST_PIECES
from tirage.futures.models import Arrival, Lot
from tirage.futures.settling.arrivals import record_arrival, take_arrival_back
from tirage.staff.permissions import Permission, staff_actor, staff_required


class ArrivalForm(forms.Form):
    pieces = forms.IntegerField(
        label="How many came",
        min_value=1,
        max_value=MOST_PIECES,
        help_text="Bottles, or packs, as they are sold.",
    )
    arrived_on = forms.DateField(
        label="When", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    cost = MoneyField(
        label="What they cost, all together",
        required=False,
        help_text="Empty while nobody knows. The team reads it.",
    )
    note = forms.CharField(label="Note for the team", max_length=200, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def new_arrival(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Records that some or all of a lot has come."""
    lot = get_object_or_404(Lot.objects.select_related("sku"), reference=reference)
    now = read_clock()
    initial = {"arrived_on": local_time(now).date(), "pieces": lot.expected - lot.arrived or None}
    form = ArrivalForm(request.POST or None, initial=initial)
    here = reverse("backoffice:lot", args=[reference])
    if form.is_valid():
        typed = form.cleaned_data
        with refusals_in(form):
            made = record_arrival(
                lot=lot,
                pieces=typed["pieces"],
                arrived_on=typed["arrived_on"],
                cost_minor=typed["cost"],
                note=typed["note"],
                actor=staff_actor(request),
                now=now,
            )
            messages.success(request, f"You booked {made.pieces:,} of {lot.name} in.")
            return redirect(here)
    context = {
        "title": f"Arrival of {lot.name}",
        "crumbs": [
            ("Cellar", reverse("backoffice:cellar")),
            ("Lots", reverse("backoffice:lots")),
            (lot.name, here),
            ("Arrival", ""),
        ],
        "lead": f"{lot.expected - lot.arrived:,} of {lot.expected:,} are still to come. "
        "What comes is on hand at once; nothing that may be sold changes.",
        "form": form,
        "submit": "Record the arrival",
        "cancel_url": here,
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


@require_POST
@staff_required(Permission.EDIT_CELLAR)
def undo_arrival(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes an arrival back that was wrong."""
    arrival = get_object_or_404(Arrival.objects.select_related("lot__sku"), reference=reference)
    with refusals_said(request):
        take_arrival_back(arrival=arrival, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You took {arrival.pieces:,} of {arrival.lot.name} back.")
    return redirect("backoffice:lot", arrival.lot.reference)
