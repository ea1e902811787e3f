"""Cards that won't do any more when a later part of an order is charged to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.core.clock import read_clock
from tirage.futures.cards import Ending, ending_cards
from tirage.futures.models import CardNotice
from tirage.staff.permissions import Permission, staff_required

#: Days that the list looks ahead; rows that it shows.
AHEAD, SHOWN = 92, 200


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def ending(request: HttpRequest) -> HttpResponseBase:
    """Who is asked for another card, and how often that was done."""
    now = read_clock()
    found = ending_cards(now, within=AHEAD)
    asked = _asked(found[:SHOWN])
    context = {
        "rows": [_row(one, asked.get(one.card.pk if one.card else 0, [])) for one in found[:SHOWN]],
        "count": len(found),
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Cards that expire", "")],
    }
    return render(request, "backoffice/futures/ending_cards.html", context)


def _asked(endings: Sequence[Ending]) -> dict[int, list[CardNotice]]:
    """What each card's customer was told; one statement."""
    notices = CardNotice.objects.filter(card__in=[one.card for one in endings if one.card])
    found: dict[int, list[CardNotice]] = defaultdict(list)
    for notice in notices.order_by("at", "pk"):
        found[notice.card_id].append(notice)
    return found


def _row(one: Ending, asked: Sequence[CardNotice]) -> dict[str, Any]:
    own = [notice for notice in asked if notice.due_on == one.on]
    return {
        "customer": one.customer,
        "card": one.card.label if one.card else "None is saved",
        "end": one.end,
        "on": one.on,
        "amount": one.amount,
        "orders": list({part.order.pk: part.order for part in one.due if part.on == one.on}.values()),
        "asked": ", ".join(f"{notice.days} days before" for notice in own) or "Not yet",
    }
