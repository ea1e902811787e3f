"""Cash flow and exposure of wine en primeur, as pages, plots and files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.cells import axis_money
from tirage.backoffice.futures.list import say_cover
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, local_time
from tirage.delivery.reach import say_place
from tirage.futures.exposure import Charges, Exposure, exposures
from tirage.futures.flowing import Flow, Flows, flows
from tirage.parts.charts import Bar, bar_chart
from tirage.parts.exporting import table_response
from tirage.staff.permissions import Permission, may, staff_actor, staff_member, staff_required
from tirage.tables.writing import Cell

HEADERS = (
    *("Month", "Currency", "Received", "Due", "Likely of what is due"),
    *("Settlements", "Likely of settlements", "Likely together"),
)


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def cash_flow(request: HttpRequest) -> HttpResponseBase:
    """By month, what came and what is to come; with ``?export=csv`` or ``xlsx`` as a file."""
    now = read_clock()
    found = flows(now)
    if request.GET.get("export") in {"csv", "xlsx"}:
        return _export(request, found.rows, request.GET["export"])
    here = local_time(now).date().replace(day=1)
    own = [row for row in found.rows if row.currency == current_winery().currency]
    context = {
        "rows": [_row(one, here) for one in found.rows],
        "received": _chart("Received", [(row.month, row.received) for row in own if row.month <= here]),
        "likely": _chart("Likely to come", [(row.month, row.likely) for row in own if row.month >= here]),
        "a_bottle": _say_bottle(found),
        "sums": _sums(found.rows),
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Cash flow", "")],
    }
    return render(request, "backoffice/futures/cash_flow.html", context)


def _chart(title: str, months: Sequence[tuple[date, int]]) -> SafeString | str:
    if not any(minor for _, minor in months):
        return ""
    bars = [Bar(f"{month:%b} {month:%y}", max(minor, 0)) for month, minor in months]
    return bar_chart(bars, title=title, unit="by month", say=axis_money)


def _said(minor: int, currency: str) -> str:
    return say_money(Money(minor, currency), current_winery().locale) if minor else "–"


def _row(one: Flow, here: date) -> dict[str, Any]:
    names = ("received", "due", "due_likely", "settlements", "settlements_likely", "likely")
    said = {name: _said(getattr(one, name), one.currency) for name in names}
    return {"month": f"{one.month:%B %Y}", "is_here": one.month == here, **said}


def _sums(rows: Sequence[Flow]) -> list[tuple[str, str]]:
    """Of each currency: what came in the year, what is due, and what is likely."""
    found = []
    for currency in sorted({row.currency for row in rows}):
        own = [row for row in rows if row.currency == currency]
        for words, name in (("Received", "received"), ("Due", "due"), ("Likely to come", "likely")):
            found.append((words, _said(sum(getattr(row, name) for row in own), currency)))
    return found


def _say_bottle(found: Flows) -> str:
    if found.a_bottle is None:
        return ""
    return say_money(Money(round(found.a_bottle), current_winery().currency), current_winery().locale)


def _export(request: HttpRequest, rows: Sequence[Flow], kind: str) -> HttpResponseBase:
    if not may(request.user, Permission.EXPORT):
        raise PermissionDenied
    record_event(
        EventName.EXPORT_MADE,
        "staff",
        staff_member(request).pk,
        text=f"exported the cash flow en primeur as {kind.upper()}",
        data={"list": "cash-flow", "format": kind, "count": len(rows)},
        actor=staff_actor(request),
        now=read_clock(),
    )
    return table_response("cash-flow-en-primeur", HEADERS, map(_cells, rows), kind, sheet="Cash flow")


def _cells(one: Flow) -> list[Cell]:
    minors = (one.received, one.due, one.due_likely, one.settlements, one.settlements_likely, one.likely)
    return [one.month, one.currency, *(Money(minor, one.currency).decimal for minor in minors)]


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def exposure(request: HttpRequest) -> HttpResponseBase:
    """What is owed if a wine fails, and what the tax offices get of what isn't settled yet."""
    found = exposures(read_clock())
    context = {
        "lots": [_lot(one) for one in found.lots],
        "charges": [_charge(one) for one in found.charges],
        "crumbs": [("Cellar", reverse("backoffice:cellar")), ("Exposure", "")],
    }
    return render(request, "backoffice/futures/exposure.html", context)


def _lot(one: Exposure) -> dict[str, Any]:
    currency = current_winery().currency
    return {
        "lot": one.lot,
        "cover": say_cover(one.lot),
        "short": one.short,
        "at_risk": _said(one.at_risk, currency),
        "unpaid": _said(one.unpaid, currency),
    }


def _charge(one: Charges) -> dict[str, Any]:
    currency = current_winery().currency
    return {
        "place": say_place(one.country, one.state) if one.country else "No address yet",
        "orders": one.orders,
        "wine": _said(one.wine, currency),
        "duty": "Not known" if one.duty is None else _said(one.duty, currency),
        "tax": "Not known" if one.tax is None else _said(one.tax, currency),
    }
