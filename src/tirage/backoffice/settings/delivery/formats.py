"""Settings: what each format counts as on its way, in bottles of 750 ml and in weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.operations import save_winery
from tirage.catalog.formats import PLAIN, Formats
from tirage.catalog.models import Sku, current_formats, format_name
from tirage.core.clock import read_clock
from tirage.core.hands import settle
from tirage.delivery.rates.measures import Measure
from tirage.delivery.rates.queries import current_measure
from tirage.delivery.states import Basis
from tirage.parts.hands import EditForm
from tirage.staff.permissions import Permission, staff_actor, staff_required


class FormatsForm(EditForm):
    """A line for each format that skus have; cells hold what is kept, in thousandths and grams."""

    def __init__(self, *args: Any, formats: list[tuple[int, int]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.formats = formats
        bottles, weight = current_measure(Basis.BOTTLES), current_measure(Basis.WEIGHT)
        for size, units in formats:
            name = format_name(size, units)
            self.fields[f"bottles_{size}x{units}"] = MeasureField(
                bottles, label=f"{name}: bottles", help_text="How many bottles of 750 ml it counts as."
            )
            self.fields[f"weight_{size}x{units}"] = MeasureField(
                weight, label=f"{name}: {weight.ask}, packed"
            )


class MeasureField(forms.CharField):
    """What steps count in, typed as the winery writes it; its value is what is kept."""

    def __init__(self, measure: Measure, **options: Any) -> None:
        super().__init__(max_length=12, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **options)
        self.measure = measure

    def clean(self, value: Any) -> Any:
        step = self.measure.read(super().clean(value))
        if not step:
            raise forms.ValidationError(f"Write a number of {self.measure.ask}, such as 2 or 1.5.")
        return step

    def prepare_value(self, value: Any) -> Any:
        return self.measure.text(value) if isinstance(value, int) else value


def _cells(formats: list[tuple[int, int]], table: Formats) -> dict[str, int]:
    cells = {}
    for size, units in formats:
        cells[f"bottles_{size}x{units}"] = table.equivalents_milli(size, units)
        cells[f"weight_{size}x{units}"] = table.grams(size, units)
    return cells


def _table(formats: list[tuple[int, int]], cells: Mapping[str, int]) -> dict[str, list[int]]:
    """What is kept: formats that count as something else than their volume says."""
    known = {
        (size, units): (cells[f"bottles_{size}x{units}"], cells[f"weight_{size}x{units}"])
        for size, units in formats
    }
    differing = {
        key: found
        for key, found in known.items()
        if found != (PLAIN.equivalents_milli(*key), PLAIN.grams(*key))
    }
    return Formats(differing).as_json()


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def formats(request: HttpRequest) -> HttpResponseBase:
    """The table of formats; orders keep what theirs counted as."""
    found = Sku.objects.order_by("millilitres", "units").values_list("millilitres", "units").distinct()
    table = current_formats()
    listed = sorted({*found, *table.known})
    cells = _cells(listed, table)
    form = FormatsForm(request.POST or None, formats=listed, initial=cells, about="bottle formats")
    if form.is_valid():
        with refusals_in(form):
            settled = settle(form.typed, shown=form.shown, stands=cells)
            save_winery(
                values={"bottle_formats": _table(listed, settled)},
                shown={"bottle_formats": table.as_json()},
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, "You saved what bottles count as.")
            return redirect("backoffice:delivery")
    context = {
        "title": "What bottles count as",
        "crumbs": [("Delivery", reverse("backoffice:delivery")), ("What bottles count as", "")],
        "form": form,
        "submit": "Save",
        "cancel_url": reverse("backoffice:delivery"),
        "lead": "Rates count in bottles of 750 ml or in weight. Orders that were placed keep what their bottles "
        "counted as; a law’s limits count what is in them, whatever stands here.",
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)
