"""Settings: colours, typefaces and logo."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.operations import logo_digest, save_logo, save_winery
from tirage.backoffice.settings.tabs import settings_page
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.parts.hands import EditForm
from tirage.parts.typefaces import typeface_choices
from tirage.staff.permissions import Permission, require, staff_actor, staff_required


class LookForm(EditForm):
    asks: ClassVar[frozenset[str]] = frozenset({"logo", "remove_logo"})
    beside: ClassVar[tuple[str, ...]] = ("logo_digest",)

    paper = forms.CharField(
        max_length=7,
        label="Paper",
        help_text="Behind everything; a light one.",
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    ink = forms.CharField(
        max_length=7, label="Ink", help_text="The words.", widget=forms.TextInput(attrs={"type": "color"})
    )
    accent = forms.CharField(
        max_length=7,
        label="Accent",
        help_text="Links and the main button.",
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    typeface = forms.ChoiceField(label="Typefaces", choices=typeface_choices, widget=forms.RadioSelect)
    logo = forms.FileField(
        required=False,
        label="Logo",
        help_text="An SVG drawing of at most 200 KB, or a PNG or JPEG of at most 5 MB. Anything in it that acts, loads "
        "or tells where it was made is taken out. A drawing shows in one light shade on dark screens, a picture on "
        "a light ground.",
        widget=forms.FileInput(attrs={"accept": ".svg,.png,.jpg,.jpeg,image/svg+xml,image/png,image/jpeg"}),
    )
    remove_logo = forms.BooleanField(required=False, label="Show the name instead of the logo")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def look(request: HttpRequest) -> HttpResponseBase:
    """Colours, typefaces and logo; colours that can't be read are refused with their contrast."""
    now = Winery.objects.get(id=1)
    form = LookForm(
        request.POST or None,
        request.FILES or None,
        initial={name: getattr(now, name) for name in ("paper", "ink", "accent", "typeface")}
        | {"logo_digest": logo_digest(now.logo_svg)},
        about=now,
    )
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                _save_look(request, form.cleaned_data, form.shown)
                messages.success(request, "You saved the look. The shop has it within a few seconds.")
                return redirect("backoffice:look")
    return settings_page(
        request, "backoffice:look", "Look", form, "Save the look", "backoffice/settings/look.html"
    )


@transaction.atomic
def _save_look(request: HttpRequest, values: dict[str, Any], shown: dict[str, Any] | None) -> None:
    actor, now = staff_actor(request), read_clock()
    names = ("paper", "ink", "accent", "typeface")
    save_winery(values={name: values[name] for name in names}, shown=shown, actor=actor, now=now)
    if values["remove_logo"]:
        save_logo(data=None, shown=shown, actor=actor, now=now)
    elif values["logo"]:
        save_logo(data=values["logo"].read(), shown=shown, actor=actor, now=now)
