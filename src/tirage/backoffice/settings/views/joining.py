"""Settings: what becomes of strangers who sign up."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.operations import save_winery
from tirage.backoffice.settings.tabs import settings_page
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.states import SignUpMode
from tirage.parts.hands import EditForm
from tirage.staff.permissions import Permission, require, staff_actor, staff_required


class JoiningForm(EditForm):
    sign_up = forms.ChoiceField(
        label="Strangers who sign up",
        choices=[
            (SignUpMode.CLOSED.value, "can't: the page says that the list is full"),
            (SignUpMode.LIST.value, "are on the list at once, in the group that new customers join"),
            (SignUpMode.WAITING.value, "get a place in line, and wait until you invite them"),
        ],
        widget=forms.RadioSelect,
        help_text="Nobody is on the list before the button in our mail is pressed. The group that new customers join "
        "stands under Winery; with an open offer it is a welcome at once.",
    )
    sign_up_words = forms.CharField(
        label="What the page says",
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="To strangers, on the front page and above the form. Empty: a sentence of ours.",
    )
    place_shown = forms.BooleanField(
        label="People in line see their number",
        required=False,
        help_text="With an estimate of how long it takes, by the invitations of the last year; with too few of "
        "them the page says that nobody knows.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def joining(request: HttpRequest) -> HttpResponseBase:
    """Who may come to the list by themselves, and what they read."""
    now = Winery.objects.get(id=1)
    initial = {name: getattr(now, name) for name in JoiningForm.base_fields}
    form = JoiningForm(request.POST or None, initial=initial, about=now)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                save_winery(values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock())
                messages.success(request, "You saved the settings.")
                return redirect("backoffice:joining_settings")
    return settings_page(request, "backoffice:joining_settings", "Signing up", form, "Save the settings")
