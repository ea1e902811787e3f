"""The home page: what is selling now and what needs somebody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.backoffice.first_steps import first_steps
from tirage.backoffice.live import hour_charts, latest_orders, live_release, money_today, needs_attention
from tirage.backoffice.permissions import Permission, may, staff_member, staff_required
from tirage.core.clock import read_clock


@require_safe
@staff_required(Permission.ENTER)
def home(request: HttpRequest) -> HttpResponseBase:
    """The whole page; with htmx the part of it that lives, asked for again every ten seconds."""
    now = read_clock()
    live = live_release(now) if may(request.user, Permission.SEE_OFFERS) else None
    context = {
        "now": now,
        "live": live,
        "steps": [] if live else first_steps(staff_member(request)),
        "charts": hour_charts(live.hours) if live and any(bar.value for bar in live.hours.orders) else [],
        "today": money_today(now) if may(request.user, Permission.SEE_PAYMENTS) else None,
        "orders": latest_orders() if may(request.user, Permission.SEE_ORDERS) else [],
        "attention": needs_attention(now) if may(request.user, Permission.SEE_ORDERS) else [],
    }
    part = "#live" if request.headers.get("HX-Request") else ""
    return render(request, f"backoffice/home.html{part}", context)
