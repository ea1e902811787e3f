"""What every page of the settings is made of: the tabs, and a page with one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tirage.staff.permissions import Permission, may

_PLACES = (
    ("Winery", "backoffice:settings", Permission.SEE_SETTINGS),
    ("Payments", "backoffice:money_settings", Permission.SEE_SETTINGS),
    ("Signing up", "backoffice:joining_settings", Permission.SEE_SETTINGS),
    ("Standing orders", "backoffice:standing_settings", Permission.SEE_SETTINGS),
    ("Look", "backoffice:look", Permission.SEE_SETTINGS),
    ("Privacy and terms", "backoffice:house_words", Permission.SEE_SETTINGS),
    ("Delivery", "backoffice:delivery", Permission.SEE_SETTINGS),
    ("Compliance", "backoffice:compliance_settings", Permission.SEE_SETTINGS),
    ("Mails", "backoffice:mails", Permission.SEE_SETTINGS),
    ("Newsletters", "backoffice:mailing_lists", Permission.SEE_SETTINGS),
    (gettext_lazy("Canceling"), "backoffice:cancel_reasons", Permission.SEE_SETTINGS),
    ("Guessing", "backoffice:security", Permission.SEE_SETTINGS),
    ("Team", "backoffice:team", Permission.MANAGE_TEAM),
    ("Log", "backoffice:log", Permission.SEE_SETTINGS),
    ("Imports", "backoffice:import", Permission.IMPORT),
    ("Move in", "backoffice:move_in", Permission.EDIT_SETTINGS),
    ("Move out", "backoffice:move_out", Permission.EXPORT_EVERYTHING),
    ("Running", "backoffice:running", Permission.SEE_SETTINGS),
)


def settings_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The places of the settings that the member may see."""
    return [
        {"label": label, "href": reverse(name), "current": name == current}
        for label, name, permission in _PLACES
        if may(request.user, permission)
    ]


def settings_page(
    request: HttpRequest,
    name: str,
    title: str,
    form: forms.Form,
    submit: str,
    template: str = "backoffice/settings/form.html",
    **more: Any,
) -> HttpResponseBase:
    """One form of the settings under their tabs; a member who may only look gets it without its button."""
    return render(
        request,
        template,
        {
            "title": title,
            "tabs": settings_tabs(request, name),
            "form": form,
            "submit": submit,
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            **more,
        },
        status=400 if form.errors else 200,
    )
