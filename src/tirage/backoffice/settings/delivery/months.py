"""Settings: what was shipped and taxed in a month by state, as reports to states ask for it; a page and files."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.acting import choose
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.core.winery import current_winery, local_time, start_of_day
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.parts.exporting import table_response
from tirage.reports.shipped import shipped_by_state, taxes_by_jurisdiction
from tirage.staff.permissions import Permission, staff_actor, staff_member, staff_required
from tirage.tables.writing import Cell
from tirage.taxes.duties.operations import place_name

#: How far back months can be chosen.
_MONTHS = 36
_AMOUNTS = ("wine", "shipping", "other", "tax", "fees", "deposits", "inside", "absorbed")
_KINDS = {
    "sales": "Sales tax",
    "vat": "VAT",
    "excise": "Excise",
    "duty": "Duty",
    "fee": "Fee",
    "deposit": "Deposit",
    "hand": "By hand",
}


class MonthForm(forms.Form):
    month = forms.ChoiceField(label="Month", required=False)

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.months = _months(today)
        choose(self, "month", [(f"{one:%Y-%m}", f"{one:%B %Y}") for one in self.months])

    def first_day(self) -> date:
        """Of the month that was asked for, else of the last one that is over."""
        asked = self.cleaned_data.get("month") if self.is_valid() else ""
        return next((one for one in self.months if f"{one:%Y-%m}" == asked), self.months[1])


def _months(today: date) -> list[date]:
    """First days, this month's first."""
    found = [today.replace(day=1)]
    while len(found) < _MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


def _last_day(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def months(request: HttpRequest) -> HttpResponseBase:
    """One month: by state, then by jurisdiction and rate; what came back is taken off."""
    form = MonthForm(request.GET, today=local_time(read_clock()).date())
    first = form.first_day()
    states = shipped_by_state(first, _last_day(first))
    context = {
        "title": "Month-end",
        "crumbs": [
            ("Delivery", reverse("backoffice:delivery")),
            ("Taxes and fees", reverse("backoffice:delivery_taxes")),
            ("Month-end", ""),
        ],
        "form": MonthForm(initial={"month": f"{first:%Y-%m}"}, today=local_time(read_clock()).date()),
        "month": f"{first:%Y-%m}",
        "said": f"{first:%B %Y}",
        "states": [(place_name(one.country, one.state), one) for one in states],
        "totals": {
            name: sum(getattr(one, name) for one in states) for name in (*_AMOUNTS, "orders", "bottles")
        },
        "taxes": [
            (place_name(one.country, one.state), _KINDS.get(one.kind, one.kind), one)
            for one in taxes_by_jurisdiction(first, _last_day(first))
        ],
    }
    context["latest"] = None if states else _left_before(first)
    return render(request, "backoffice/settings/delivery/months.html", context)


def _left_before(first: date) -> date | None:
    """The first day of the last month before in which anything left; one statement."""
    left = Order.objects.filter(state=OrderState.SHIPPED.value, shipped_at__lt=start_of_day(first))
    at = left.aggregate(latest=Max("shipped_at"))["latest"]
    return local_time(at).date().replace(day=1) if at else None


@require_safe
@staff_required(Permission.SEE_SETTINGS, Permission.EXPORT)
def month_file(request: HttpRequest, table: str, kind: str) -> HttpResponseBase:
    """A month as a file, by state or by jurisdiction; recorded."""
    if table not in ("states", "taxes") or kind not in ("csv", "xlsx"):
        raise Http404("No such table.")
    first = MonthForm(request.GET, today=local_time(read_clock()).date()).first_day()
    member = staff_member(request)
    record_event(
        EventName.EXPORT_MADE,
        "staff",
        member.pk,
        text=f"exported the month-end of {first:%B %Y} as {kind.upper()}",
        data={"list": f"month-end {table}", "format": kind},
        actor=staff_actor(request),
        now=read_clock(),
    )
    headers, rows = _STATES if table == "states" else _TAXES
    name = f"month-end-{first:%Y-%m}-{table}"
    return table_response(name, list(headers), rows(first), kind, sheet="Month-end")


def _state_rows(first: date) -> Iterator[list[Cell]]:
    for one in shipped_by_state(first, _last_day(first)):
        yield [
            f"{first:%Y-%m}",
            one.country,
            one.state,
            one.orders,
            one.bottles,
            Decimal(one.millilitres) / 1000,
            Decimal(str(one.cases)),
            *(_amount(getattr(one, name)) for name in _AMOUNTS),
            _amount(one.total),
        ]


def _tax_rows(first: date) -> Iterator[list[Cell]]:
    for one in taxes_by_jurisdiction(first, _last_day(first)):
        yield [
            f"{first:%Y-%m}",
            one.country,
            one.state,
            one.jurisdiction,
            _KINDS.get(one.kind, one.kind),
            None if one.percent is None else Decimal(str(one.percent)),
            _amount(one.base),
            _amount(one.amount),
            _amount(one.inside),
        ]


def _amount(minor: int) -> Decimal:
    return Money(minor, current_winery().currency).decimal


_STATES = (
    (
        "Month",
        "Country",
        "State",
        "Orders",
        "Bottles",
        "Volume, l",
        "Cases of 9 l",
        "Wine",
        "Delivery",
        "Handling and duty",
        "Tax",
        "Fees",
        "Deposits",
        "Tax in prices",
        "Absorbed",
        "Total",
    ),
    _state_rows,
)
_TAXES = (
    (
        "Month",
        "Country",
        "State",
        "Jurisdiction",
        "Kind",
        "Rate %",
        "Taxed",
        "Charged",
        "In prices or absorbed",
    ),
    _tax_rows,
)
