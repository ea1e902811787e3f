"""Wishes: the list, and declining one or many."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.links import back_to_list
from tirage.backoffice.frame.lists import chosen_rows, list_page
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.wishes.list import OPEN_WISHES, WISHES
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.wishes.operations import decline_wish

#: A run in one request; more than this is done in turns.
MOST_AT_ONCE = 500


@require_safe
@staff_required(Permission.SEE_WISHES)
def wishes(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        WISHES,
        title="Wishes",
        tabs=order_tabs(request, "backoffice:wishes"),
        empty_text="Wishes appear here as customers ask for more than their allocation.",
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        required=False,
        label="Reason",
        help_text="The mail to each customer says it; it may stay empty.",
    )


@require_POST
@staff_required(Permission.EDIT_WISHES)
def decline(request: HttpRequest) -> HttpResponseBase:
    """First shows who gets a no, then, sent again with ``sure``, says it. Answered wishes are left alone.

    What was shown is what is declined: the page names each, so no wish made since then joins.
    """
    all_chosen = chosen_rows(request, WISHES)
    chosen = all_chosen.filter(OPEN_WISHES)
    form = DeclineForm(request.POST if request.POST.get("sure") else None)
    if form.is_valid():
        references = list(chosen.order_by("pk").values_list("reference", flat=True)[:MOST_AT_ONCE])
        done = _decline(request, references, form.cleaned_data["reason"])
        messages.success(
            request, f"You declined {done}; each customer gets a mail." if done else "None of them was open."
        )
        return redirect(back_to_list(request, "backoffice:wishes"))
    if not form.is_bound:
        say_if_list_changed(request, sent_choice(request, WISHES.name), all_chosen.count())
    declined = list(WISHES.load(chosen.order_by("-asked", "-id"))[:MOST_AT_ONCE])
    figures = chosen.aggregate(
        wishes=Count("pk"), bottles=Sum("asked"), customers=Count("customer", distinct=True)
    )
    return render(
        request,
        "backoffice/wishes/decline.html",
        {
            "title": "Decline wishes",
            "crumbs": [("Wishes", reverse("backoffice:wishes")), ("Decline", "")],
            "form": form,
            "figures": figures,
            "capped": figures["wishes"] > MOST_AT_ONCE,
            "most": MOST_AT_ONCE,
            "wishes": declined[:100],
            "chosen": [one.reference for one in declined],
            "query": request.POST.get("query", ""),
            "back_url": back_to_choice(request, WISHES.name, "backoffice:wishes"),
        },
    )


def _decline(request: HttpRequest, references: list[str], reason: str) -> int:
    actor, now, done = staff_actor(request), read_clock(), 0
    for reference in references:
        try:
            with transaction.atomic():
                decline_wish(wish_reference=reference, reason=reason, actor=actor, now=now)
        except Conflict:
            # Answered by a colleague meanwhile.
            continue
        done += 1
    return done
