"""Settings: standing orders, on which words, and when."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.tabs import settings_page
from tirage.core.clock import read_clock
from tirage.parts.hands import EditForm
from tirage.staff.permissions import Permission, require, staff_actor, staff_required
from tirage.standing.rules import WORDS
from tirage.standing.terms import BOUNDS, MOST_WORDS, current_terms, save_terms


def _number(name: str, label: str, help_text: str) -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text)


class StandingForm(EditForm):
    is_offered = forms.BooleanField(
        label="Customers can agree to a standing order",
        required=False,
        help_text="On their account page: their allocation of each release, ordered and charged by itself. Switched "
        "off, those who agreed keep theirs.",
    )
    words = forms.CharField(
        label="What they agree to",
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=f"{{amount}}, {{winery}} and {{days}} are filled in. Who agreed to other words before keeps those. "
        f"Empty: “{WORDS}”",
    )
    told_days = _number(
        "told_days",
        "Days before that they are told",
        "So long before the first offer of a release opens a mail says what will come, and how to change it.",
    )
    lead_hours = _number(
        "lead_hours",
        "Hours before that bottles are set aside",
        "So long before the first offer opens the orders are placed and charged.",
    )
    kept_days = _number(
        "kept_days",
        "Days that bottles of declined cards are kept",
        "Meanwhile they are among the money to collect; then the order is let go.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def standing(request: HttpRequest) -> HttpResponseBase:
    """Whether standing orders are offered, on which words, and when they are placed."""
    now = current_terms()
    initial = {name: getattr(now, name) for name in StandingForm.base_fields}
    form = StandingForm(request.POST or None, initial=initial, about=now)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                save_terms(values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock())
                messages.success(request, "You saved the settings.")
                return redirect("backoffice:standing_settings")
    return settings_page(
        request, "backoffice:standing_settings", "Standing orders", form, "Save the settings"
    )
