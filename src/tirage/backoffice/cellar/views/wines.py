"""Wines and their vintages, with labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.cellar.forms import LabelForm, VintageForm, WineForm
from tirage.backoffice.cellar.list import wine_url
from tirage.backoffice.frame.acting import first_problem, refusals_in, refusals_said
from tirage.catalog import operations
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.clock import read_clock
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.parts.hands import Carried, found_again
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_GET
@staff_required(Permission.SEE_CELLAR)
def wine(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A wine with its vintages, their labels and skus."""
    found = get_object_or_404(Wine, reference=reference)
    vintages = list(
        found.vintages.select_related("label").defer("label__data").order_by("-year").prefetch_related("skus")
    )
    skus = [sku for vintage in vintages for sku in vintage.skus.all()]
    figures = stock_figures([sku.pk for sku in skus], read_clock())
    rows = [
        (
            vintage,
            vintage_year(vintage),
            [(sku, figures.get(sku.pk, NO_STOCK)) for sku in skus_of(vintage)],
            _carried(vintage),
        )
        for vintage in vintages
    ]
    return render(
        request,
        "backoffice/cellar/wine.html",
        {
            "crumbs": [*_crumbs(), (found.name, "")],
            "wine": found,
            "vintages": rows,
            "label_form": LabelForm(),
        },
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def edit_wine(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """A new wine, or the one of ``reference``."""
    found = get_object_or_404(Wine, reference=reference) if reference else None
    initial = WineForm.values_of(found) if found else None
    form = WineForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_wine(
                wine=found,
                **form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(
                request, f"You saved {saved.name}." if found else f"You made {saved.name}. Add its vintage."
            )
            return redirect(wine_url(saved))
    title = f"Edit {found.name}" if found else "New wine"
    back = wine_url(found) if found else reverse("backoffice:cellar")
    return _form_page(request, form, title, "Save the wine", back)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def edit_vintage(request: HttpRequest, reference: str, year: str = "") -> HttpResponseBase:
    """A new vintage of the wine, or the one of ``year``."""
    own = get_object_or_404(Wine, reference=reference)
    found = found_vintage(reference, year, request.POST) if year else None
    initial = VintageForm.values_of(found) if found else None
    form = VintageForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_vintage(
                vintage=found,
                wine=own,
                **form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved}.")
            return redirect(wine_url(own))
    title = f"Edit {found}" if found else f"New vintage of {own.name}"
    return _form_page(request, form, title, "Save the vintage", wine_url(own))


@require_POST
@staff_required(Permission.EDIT_CELLAR)
def set_label(request: HttpRequest, reference: str, year: str) -> HttpResponseBase:
    """Keeps the uploaded picture as the vintage's label, or takes the label away."""
    vintage = found_vintage(reference, year)
    facts: dict[str, Any] = {
        "vintage": vintage,
        "shown": _carried(vintage, request.POST).values,
        "actor": staff_actor(request),
        "now": read_clock(),
    }
    if request.POST.get("act") == "remove":
        with refusals_said(request):
            operations.set_label(data=None, **facts)
            messages.success(request, f"{vintage} has no label any more.")
        return redirect(wine_url(vintage.wine))
    form = LabelForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect(wine_url(vintage.wine))
    with refusals_said(request):
        operations.set_label(data=form.cleaned_data["label"].read(), **facts)
        messages.success(request, f"{vintage} has a new label.")
    return redirect(wine_url(vintage.wine))


def _carried(vintage: Vintage, data: QueryDict | None = None) -> Carried:
    """Which label stood there when the page was opened."""
    return Carried(f"label:{vintage.pk}", {"label": vintage.label_id or 0}, data)


def found_vintage(reference: str, year: str, data: Mapping[str, Any] | None = None) -> Vintage:
    """The vintage of an address such as ``WIN-…/2021`` or ``WIN-…/nv``; of a form that was sent to it the one that it
    is about, whatever its year is by now.
    """
    if year != "nv" and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Http404
    return found_again(
        Vintage.objects.filter(wine__reference=reference).select_related("wine"),
        data or {},
        **({"year__isnull": True} if year == "nv" else {"year": int(year)}),
    )


def vintage_year(vintage: Vintage) -> str:
    """How an address says the year."""
    return str(vintage.year or "nv")


def skus_of(vintage: Vintage) -> list[Sku]:
    """Small bottles first."""
    return sorted(vintage.skus.all(), key=lambda sku: (sku.millilitres, sku.units))


def _crumbs() -> list[tuple[str, str]]:
    return [("Cellar", reverse("backoffice:cellar"))]


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, submit: str, back: str
) -> HttpResponseBase:
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": title,
            "crumbs": [*_crumbs(), (title, "")],
            "form": form,
            "submit": submit,
            "cancel_url": back,
        },
    )
