"""The home page: what is selling now and what needs somebody. The search over everything."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tirage.backoffice.home.finding import EXACT, find
from tirage.backoffice.home.first_steps import first_steps
from tirage.backoffice.home.live import Attention, latest_orders, money_today, needs_attention
from tirage.backoffice.home.selling import hour_charts, last_hours, live_releases, releases_in_test
from tirage.core.clock import read_clock
from tirage.health.queries import late_parts
from tirage.staff.permissions import Permission, may, staff_member, staff_required

SUGGESTED, LISTED = 5, 25


@require_safe
@staff_required(Permission.ENTER)
def home(request: HttpRequest) -> HttpResponseBase:
    """The whole page; with htmx the part of it that lives, asked for again every ten seconds."""
    now = read_clock()
    sees_offers = may(request.user, Permission.SEE_OFFERS)
    live = live_releases(now) if sees_offers else []
    hours = last_hours(live, now) if live else None
    context = {
        "now": now,
        "live": live,
        "only": live[0] if len(live) == 1 else None,
        "in_test": releases_in_test(now) if sees_offers else [],
        "steps": [] if live else first_steps(staff_member(request)),
        "charts": hour_charts(hours) if hours and any(bar.value for bar in hours.orders) else [],
        "today": money_today(now) if may(request.user, Permission.SEE_PAYMENTS) else None,
        "orders": latest_orders() if may(request.user, Permission.SEE_ORDERS) else [],
        "attention": _attention(request, now),
        "late": late_parts(now) if may(request.user, Permission.SEE_SETTINGS) else [],
    }
    part = "#live" if request.headers.get("HX-Request") else ""
    return render(request, f"backoffice/home/home.html{part}", context)


def _attention(request: HttpRequest, now: datetime) -> list[Attention]:
    """What needs somebody, as far as the member may see to it."""
    if not may(request.user, Permission.SEE_ORDERS):
        return []
    return [one for one in needs_attention(now) if may(request.user, one.permission)]


@require_safe
@staff_required(Permission.ENTER)
def search(request: HttpRequest) -> HttpResponseBase:
    """The page of finds, or with htmx the few under the search box. The only find is gone to at once, and so is the
    only one that is just what was typed."""
    text = request.GET.get("q", "")[:100]
    suggesting = bool(request.headers.get("HX-Request"))
    found = find(text, staff_member(request), most=SUGGESTED if suggesting else LISTED)
    if suggesting:
        return render(request, "backoffice/home/search_finds.html", {"finds": found, "text": text})
    only = [one for finds in found for one in finds.found]
    exact = [one for one in only if one.fit == EXACT]
    for one in (only, exact):
        if len(one) == 1:
            return redirect(one[0].href)
    return render(request, "backoffice/home/search.html", {"finds": found, "text": text, "title": "Search"})
