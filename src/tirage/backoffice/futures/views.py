"""Lots and who has what of them; how a release is sold en primeur; what may come at release."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.futures.cutting import cuts_of
from tirage.backoffice.futures.forms import BalanceForm, CampaignForm, EstimateForm, LotForm
from tirage.backoffice.futures.list import COMMITMENTS, LOTS, say_cover, say_window
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.texts import say_count
from tirage.futures.calling import balances_waiting, call_balance
from tirage.futures.estimating import current_estimates, place_name, save_estimate
from tirage.futures.formats.offering import family_of, why_fixed
from tirage.futures.lots import save_lot
from tirage.futures.models import Lot
from tirage.offers.models import Campaign, Release
from tirage.offers.operations import save_campaign
from tirage.offers.states import ReleaseKind
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_safe
@staff_required(Permission.SEE_CELLAR)
def lots(request: HttpRequest) -> HttpResponseBase:
    return list_page(request, LOTS, title="Lots en primeur")


@require_safe
@staff_required(Permission.SEE_ORDERS)
def commitments(request: HttpRequest) -> HttpResponseBase:
    return list_page(request, COMMITMENTS, title="Commitments")


@require_safe
@staff_required(Permission.SEE_CELLAR)
def lot(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One lot: what it brings, what is sold of it."""
    found = get_object_or_404(Lot.objects.select_related("sku__vintage__wine"), reference=reference)
    acts = Event.objects.filter(subject_kind="sku", subject_id=found.sku_id, data__lot=found.reference)
    context = {
        "lot": found,
        "cover": say_cover(found),
        "window": say_window(found),
        "arrivals": found.arrivals.order_by("-arrived_on", "-pk"),
        "to_come": found.expected - found.arrived,
        "cuts": cuts_of(found),
        "formats": family_of(found),
        "fixed": why_fixed(found, read_clock()),
        "crumbs": [*_crumbs(), (found.name, "")],
        "events": list(acts.order_by("-id")[:20]),
    }
    return render(request, "backoffice/futures/lot.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def edit_lot(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """A new lot, or the one of ``reference``."""
    rows = Lot.objects.select_related("sku")
    found = found_again(rows, request.POST, reference=reference) if reference else None
    form = LotForm(request.POST or None, initial=LotForm.values_of(found) if found else None, lot=found)
    if form.is_valid():
        with refusals_in(form):
            saved = save_lot(
                lot=found,
                sku=found.sku if found else form.cleaned_data["sku"],
                values=form.lot_values(),
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.name}.")
            return redirect("backoffice:lot", saved.reference)
    title = f"Edit {found.name}" if found else "New lot"
    context = {
        "title": title,
        "crumbs": [*_crumbs(), (title, "")],
        "form": form,
        "submit": "Save the lot",
        "cancel_url": reverse("backoffice:lot", args=[reference]) if found else reverse("backoffice:lots"),
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def campaign(request: HttpRequest, reference: str) -> HttpResponseBase:
    """How a release en primeur is sold: its terms and its plan."""
    rows = Campaign.objects.select_related("release")
    found = found_again(rows, request.POST, release__reference=reference)
    form = CampaignForm(request.POST or None, initial=CampaignForm.values_of(found), about=found)
    if form.is_valid():
        with refusals_in(form):
            save_campaign(
                release=found.release,
                values=form.campaign_values(),
                shown=form.campaign_shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved how {found.release.name} is sold.")
            return redirect("backoffice:release", reference)
    here = reverse("backoffice:release", args=[reference])
    context = {
        "title": f"Terms and plan of {found.release.name}",
        "crumbs": [
            ("Releases", reverse("backoffice:releases")),
            (found.release.name, here),
            ("Terms and plan", ""),
        ],
        "lead": "They hold for orders from now on; those that were placed keep theirs.",
        "form": form,
        "submit": "Save terms and plan",
        "cancel_url": here,
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.COLLECT)
def balance(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The day on which the rest of a release's orders is charged, where that waited for the winery."""
    found = get_object_or_404(Release, reference=reference, kind=ReleaseKind.EN_PRIMEUR.value)
    form = BalanceForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            called = call_balance(
                release=found,
                due_on=form.cleaned_data["due_on"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"The balance of {say_count(called, 'order', 'orders')} has its day.")
            return redirect("backoffice:release", reference)
    waiting = balances_waiting(found)
    here = reverse("backoffice:release", args=[reference])
    context = {
        "title": f"Ask for the balance of {found.name}",
        "crumbs": [
            ("Releases", reverse("backoffice:releases")),
            (found.name, here),
            ("Ask for the balance", ""),
        ],
        "lead": f"{say_count(waiting.orders, 'order waits', 'orders wait')} for it, {waiting.amount} in all.",
        "form": form,
        "submit": "Set the day",
        "cancel_url": here,
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def estimates(request: HttpRequest) -> HttpResponseBase:
    """What delivery, duty and taxes may come to at release, by destination."""
    form = EstimateForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            typed = form.cleaned_data
            saved = save_estimate(
                country=typed["country"],
                state=typed["state"],
                first_day=typed["first_day"],
                delivery=(typed["delivery_low"], typed["delivery_high"]),
                duty_minor=typed["duty"] or 0,
                tax_bp=typed["tax"] or 0,
                source=typed["source"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved the estimate for {place_name(saved.country, saved.state)}.")
            return redirect("backoffice:cost_estimates")
    rows = [(place_name(row.country, row.state), row) for row in current_estimates(read_clock())]
    context = {
        "rows": rows,
        "form": form,
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Costs at release", "")],
    }
    return render(request, "backoffice/futures/estimates.html", context, status=400 if form.errors else 200)


def _crumbs() -> list[tuple[str, str]]:
    return [("Cellar", reverse("backoffice:cellar")), ("Lots", reverse("backoffice:lots"))]
