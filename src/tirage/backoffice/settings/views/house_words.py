"""Settings: the words of the shop's pages of privacy and terms, with the versions that there were."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.house_words import NAMES, save_house_words
from tirage.backoffice.settings.tabs import settings_page
from tirage.core.clock import read_clock
from tirage.core.models import HouseWords
from tirage.core.states import HouseText
from tirage.parts.hands import EditForm
from tirage.parts.house_words import MOST, as_html, usual_words, words_of
from tirage.staff.permissions import Permission, require, staff_actor, staff_required

_HOW = "An empty line begins a paragraph, “# ” a heading, “- ” a line of a list. Empty: our text."
#: Versions that the page shows of both.
_SHOWN = 40


class HouseWordsForm(EditForm):
    privacy = forms.CharField(
        label="Privacy",
        required=False,
        max_length=MOST,
        help_text=_HOW,
        widget=forms.Textarea(attrs={"rows": 18}),
    )
    terms = forms.CharField(
        label="Terms",
        required=False,
        max_length=MOST,
        help_text=_HOW,
        widget=forms.Textarea(attrs={"rows": 18}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def house_words(request: HttpRequest) -> HttpResponseBase:
    """What both pages say; each save that changes something is a version with its day."""
    initial = {kind.value: words_of(kind).words for kind in HouseText}
    form = HouseWordsForm(request.POST or None, initial=initial, about="house-words")
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                changed = save_house_words(
                    words=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
                )
                pages = " and ".join(NAMES[kind] for kind in changed)
                messages.success(request, f"You saved {pages}." if changed else "You changed nothing.")
                return redirect("backoffice:house_words")
    rows = HouseWords.objects.order_by("-at", "-pk")[:_SHOWN]
    return settings_page(
        request,
        "backoffice:house_words",
        "Privacy and terms",
        form,
        "Save the words",
        "backoffice/settings/house_words.html",
        versions=[
            {
                "row": row,
                "name": NAMES[HouseText(row.kind)],
                "words": as_html(row.words or usual_words(HouseText(row.kind))),
            }
            for row in rows
        ],
    )
