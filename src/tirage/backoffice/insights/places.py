"""Places drawn on the map, or around a ZIP, kept under a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.who import with_filter
from tirage.backoffice.insights.acting import Way
from tirage.backoffice.insights.tabs import insight_tabs
from tirage.core.clock import read_clock
from tirage.places import circle_around, find_in_us, find_in_world, find_zip
from tirage.places.outlines import MOST
from tirage.segments.models import SavedPlace
from tirage.segments.places import delete_place as delete
from tirage.segments.places import save_place
from tirage.segments.queries import count_fitting
from tirage.segments.rules import Condition
from tirage.staff.permissions import Permission, staff_actor, staff_required

_DEGREES = re.compile(r"-?[0-9]{1,4}(?:\.[0-9]{1,6})?")
_LINES = 4_000


def _pairs(texts: Iterable[str]) -> list[list[str]] | None:
    """Two numbers of each text, as they are written; None where one isn't a pair of them."""
    pairs = [[part.strip() for part in text.split(",")] for text in texts]
    is_read = all(len(pair) == 2 and all(map(_DEGREES.fullmatch, pair)) for pair in pairs)
    return pairs if is_read else None


class PlaceForm(forms.Form):
    """Corners in degrees, or a circle; what was drawn on the map comes as ``drawn``, in units of its canvas."""

    name = forms.CharField(label="Name", max_length=80, required=False)
    zip = forms.CharField(
        label="Around a ZIP", max_length=10, required=False, help_text="Such as 98101; or draw it on the map."
    )
    miles = forms.IntegerField(label="Within miles", min_value=1, max_value=500, required=False)
    corners = forms.CharField(
        label="Or its corners",
        max_length=_LINES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="Latitude, longitude; one corner a line.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["outline"] = []
        if given.get("corners", "").strip():
            self._read_corners(given)
        elif given.get("zip"):
            self._read_circle(given)
        else:
            self.add_error("zip", "Type a ZIP and miles, or corners; or draw the place on the map.")
        return given

    def _read_corners(self, given: dict[str, Any]) -> None:
        pairs = _pairs(line for line in given["corners"].splitlines() if line.strip())
        if pairs is None:
            self.add_error(
                "corners", "Type each corner on a line: latitude, longitude, such as 47.61, -122.33."
            )
            return
        given["outline"] = [(float(latitude), float(longitude)) for latitude, longitude in pairs]

    def _read_circle(self, given: dict[str, Any]) -> None:
        place = find_zip(given["zip"])
        if place is None or place.latitude is None or place.longitude is None:
            self.add_error("zip", "Type a five-digit ZIP that is on the map, such as 98101.")
        elif given.get("miles") is None:
            if "miles" not in self.errors:
                self.add_error("miles", "Type how many miles around it.")
        else:
            given["outline"] = circle_around(place.latitude, place.longitude, given["miles"])


def read_drawn(text: str, *, is_world: bool) -> list[tuple[float, float]]:
    """The corners, in degrees, of what was drawn in units of a canvas: ``x,y x,y …``; none of what can't be read."""
    pairs = _pairs(text[:_LINES].split(" "))
    find = find_in_world if is_world else find_in_us
    if pairs is None or not 3 <= len(pairs) <= MOST:
        return []
    points = [(float(x), float(y)) for x, y in pairs]
    return [find(x, y) for x, y in points if -1_000 <= x <= 2_000 and -1_000 <= y <= 2_000]


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def saved_places(request: HttpRequest) -> HttpResponseBase:
    """Each with how many live there now."""
    now = read_clock()
    rows = []
    for place in SavedPlace.objects.order_by("name"):
        node = Condition("place", (("place", place.reference),))
        url = f"{reverse('backoffice:insights')}?place={place.reference}"
        listed = with_filter(reverse("backoffice:customers"), f"place(place:{place.reference})")
        rows.append((place, count_fitting(node, now), Way(place.name, url), listed))
    context = {"tabs": insight_tabs(request, "backoffice:saved_places"), "rows": rows}
    return render(request, "backoffice/insights/places.html", context)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_GROUPS)
def new_place(request: HttpRequest) -> HttpResponseBase:
    """Names what was drawn (``drawn``, on the canvas ``of`` the world or the country), or makes it by hand."""
    corners = read_drawn(request.GET.get("drawn", ""), is_world=request.GET.get("of") == "world")
    initial = {"corners": "\n".join(f"{latitude:.4f}, {longitude:.4f}" for latitude, longitude in corners)}
    form = PlaceForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_in(form):
            kept = save_place(
                name=form.cleaned_data["name"],
                outline=form.cleaned_data["outline"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You drew the place {kept.name}.")
            return redirect(f"{reverse('backoffice:insights')}?place={kept.reference}")
    context = {
        "title": "New place",
        "crumbs": [("Insights", reverse("backoffice:insights")), ("New place", "")],
        "form": form,
        "submit": "Save the place",
        "cancel_url": reverse("backoffice:saved_places"),
    }
    return render(request, "backoffice/frame/form_page.html", context)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_GROUPS)
def delete_place(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(SavedPlace, reference=reference)
    with refusals_said(request):
        delete(kept=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You deleted the place {found.name}.")
    return redirect("backoffice:saved_places")
