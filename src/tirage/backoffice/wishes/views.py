"""Wishes: the list, and declining one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.bulk import MOST_SHOWN, BulkPages
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.wishes.list import OPEN_WISHES, WISHES
from tirage.core.bulk import BulkFigures
from tirage.core.models import BulkRun
from tirage.staff.permissions import Permission, staff_required
from tirage.wishes.models import Wish


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


class Declining(BulkPages):
    """Says no to the open ones among the chosen; answered wishes are left alone."""

    kind = "decline_wishes"
    name = "declining"
    choose_at = ("wishes/decline", "wishes_decline")
    runs_at = "wishes/declining"
    permission = Permission.EDIT_WISHES
    rows = WISHES
    back = "backoffice:wishes"
    title = "Decline wishes"
    label = "Declining wishes"
    template = "backoffice/wishes/decline.html"
    form = DeclineForm

    def preview(self, run: BulkRun) -> Mapping[str, Any]:
        found = Wish.objects.filter(OPEN_WISHES, reference__in=run.rows.values("key"))
        figures = found.aggregate(
            wishes=Count("pk"), bottles=Sum("asked"), customers=Count("customer", distinct=True)
        )
        return {"figures": figures, "wishes": WISHES.load(found.order_by("-asked", "-id"))[:MOST_SHOWN]}

    def say(self, figures: BulkFigures) -> str:
        wishes = "1 wish; its customer gets" if figures.done == 1 else f"{figures.done:,} wishes; each gets"
        words = f"declined {wishes} a mail." if figures.done else "declined no wish."
        if figures.refused:
            words += f" {figures.refused:,} {'was' if figures.refused == 1 else 'were'} answered already."
        return words

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        found = WISHES.load(Wish.objects.filter(reference__in=keys))
        at = reverse(self.back)
        return {
            one.reference: (f"{one.customer.name} · {one.offer_item.sku}", f"{at}?q={one.reference}")
            for one in found
        }


DECLINING = Declining()
