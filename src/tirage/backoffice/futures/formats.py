"""In which formats a lot may be had besides its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import MoneyField, refusals_in
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.futures.formats.offering import save_format
from tirage.futures.models import Lot
from tirage.staff.permissions import Permission, staff_actor, staff_required


class FormatForm(forms.Form):
    sku = forms.ModelChoiceField(
        label="Format",
        queryset=Sku.objects.none(),
        to_field_name="code",
        empty_label="Choose a format",
        help_text="A wine of the same vintage. Make it under Wines first, if it isn’t there.",
    )
    supplement = MoneyField(
        label="Supplement a piece",
        help_text="What a piece costs more than as much wine of this lot. Who has chosen already keeps their price.",
    )

    def __init__(self, *args: Any, lot: Lot, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["sku"]
        assert isinstance(field, forms.ModelChoiceField)
        same = Sku.objects.filter(vintage=lot.sku.vintage_id, is_active=True).exclude(pk=lot.sku_id)
        field.queryset = same.order_by("millilitres", "units")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CELLAR)
def new_format(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Another format for a lot, or another supplement for one that it has."""
    lot = get_object_or_404(Lot.objects.select_related("sku"), reference=reference)
    form = FormatForm(request.POST or None, lot=lot, initial={"sku": request.GET.get("sku", "")})
    here = reverse("backoffice:lot", args=[reference])
    if form.is_valid():
        with refusals_in(form):
            made = save_format(
                lot=lot,
                sku=form.cleaned_data["sku"],
                supplement_minor=form.cleaned_data["supplement"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"{lot.name} may be had as {made.sku.format_name}.")
            return redirect(here)
    context = {
        "title": f"Another format of {lot.name}",
        "crumbs": [
            ("Cellar", reverse("backoffice:cellar")),
            ("Lots", reverse("backoffice:lots")),
            (lot.name, here),
            ("Another format", ""),
        ],
        "lead": "All formats sell the wine of this lot, as much as it is expected to bring; until it is bottled "
        "customers may change theirs.",
        "form": form,
        "submit": "Offer this format",
        "cancel_url": here,
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)
