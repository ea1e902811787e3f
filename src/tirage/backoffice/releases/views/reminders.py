"""The reminders of a release: which of them send themselves, and whom they reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.releases.crumbs import release_crumbs
from tirage.core.clock import read_clock
from tirage.notifications.reminder_models import MOST_HOURS, Reminder
from tirage.notifications.reminding import MAILS, open_offers, save_reminders, to_remind, values_of_plans
from tirage.notifications.states import ReminderKind
from tirage.offers.models import Offer, Release
from tirage.parts.hands import EditForm
from tirage.staff.permissions import Permission, require, staff_actor, staff_required

TITLES = {
    ReminderKind.NOT_YET: ("Not bought yet", "Hours after the opening", "To everybody who hasn’t bought."),
    ReminderKind.CART: (
        "Bottles left in the cart",
        "Hours after the cart lapsed",
        "To who chose bottles and let the cart lapse.",
    ),
    ReminderKind.LAST_DAY: ("The last day", "Hours before the close", "To everybody who hasn’t bought."),
}


class RemindersForm(EditForm):
    """``not_yet`` and ``not_yet_hours``, and so on."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind, (title, when, _) in TITLES.items():
            self.fields[kind.value] = forms.BooleanField(label=f"Send: {title.lower()}", required=False)
            self.fields[f"{kind.value}_hours"] = forms.IntegerField(
                label=when, min_value=1, max_value=MOST_HOURS
            )


@dataclass(frozen=True, slots=True)
class Shown:
    """A kind with its fields; ``reach``: who would get one if it were time now, where an offer is open."""

    title: str
    note: str
    when: str
    switch: forms.BoundField
    hours: forms.BoundField
    sent: int
    reach: int | None
    preview: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_OFFERS)
def reminders(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Switches and hours, with how many each has reached and would reach."""
    release, now = get_object_or_404(Release, reference=reference), read_clock()
    form = RemindersForm(request.POST or None, initial=values_of_plans(release), about=release)
    if request.method == "POST":
        require(request, Permission.EDIT_OFFERS)
        if form.is_valid():
            with refusals_in(form):
                save_reminders(
                    release=release, values=form.typed, shown=form.shown, actor=staff_actor(request), now=now
                )
                messages.success(request, f"You saved the reminders of {release.name}.")
                return redirect("backoffice:release_reminders", reference)
    context = {
        "crumbs": [
            *release_crumbs(),
            (release.name, reverse("backoffice:release", args=[reference])),
            ("Reminders", ""),
        ],
        "release": release,
        "form": form,
        "kinds": _shown(release, form, now),
    }
    return render(request, "backoffice/releases/reminders.html", context)


def _shown(release: Release, form: RemindersForm, now: datetime) -> list[Shown]:
    sent = dict(
        Reminder.objects.filter(release=release).values_list("kind").annotate(count=Count("pk")).order_by()
    )
    offers = open_offers(release.pk, now)
    one = offers[0] if offers else Offer.objects.filter(release=release).order_by("group__rank", "pk").first()
    return [
        Shown(
            title,
            note,
            when.removeprefix("Hours "),
            form[kind.value],
            form[f"{kind.value}_hours"],
            sent.get(kind.value, 0),
            sum(to_remind(offer, kind, now).count() for offer in offers) if offers else None,
            reverse("backoffice:offer_mail", args=[one.reference, MAILS[kind].value]) if one else "",
        )
        for kind, (title, when, note) in TITLES.items()
    ]
