"""Clusters: circles that hold the most of the customers worth most, ranked and on the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from tirage.backoffice.frame.who import Who, read_who, with_filter
from tirage.backoffice.insights.ground import Mark, ground
from tirage.backoffice.insights.tabs import insight_tabs
from tirage.backoffice.insights.whom import weight_field
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.insights.clusters import LEAST_MILES, MOST_MILES, USUAL_MILES, Cluster, Clusters, find_clusters
from tirage.insights.rules.typed import nearest_zip
from tirage.insights.states import Weight
from tirage.segments.rules import Bracket, Condition, Junction, Node, serialise
from tirage.staff.permissions import Permission, staff_required

SHARES = (
    ("0.1", "The tenth who spent the most"),
    ("0.2", "The fifth who spent the most"),
    ("0.5", "The half who spent the most"),
    ("1", "Everybody"),
)


class ClusterForm(forms.Form):
    weight = weight_field()
    share = forms.ChoiceField(label="Of them", choices=SHARES, initial="0.2")
    miles = forms.IntegerField(
        label="Within miles", min_value=LEAST_MILES, max_value=MOST_MILES, initial=USUAL_MILES
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A cluster as a line of the table; ``part`` is of all that counts."""

    number: int
    cluster: Cluster
    part: Decimal
    customers_url: str
    plan_url: str


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def clusters(request: HttpRequest) -> HttpResponseBase:
    """An address that says nothing, or something odd, means the usual."""
    who = read_who(request.GET.get("filter", ""), request.get_full_path())
    asked = {name: request.GET[name] for name in ClusterForm.base_fields if request.GET.get(name)}
    usual = {name: field.initial for name, field in ClusterForm.base_fields.items()}
    form = ClusterForm(usual | asked)
    context: dict[str, Any] = {
        "tabs": insight_tabs(request, "backoffice:clusters"),
        "who": who,
        "form": form,
    }
    if form.is_valid() and not who.problem:
        context |= _found(who, form.cleaned_data)
    return render(request, "backoffice/insights/clusters/clusters.html", context)


def _found(who: Who, asked: dict[str, Any]) -> dict[str, Any]:
    weight, miles = Weight(asked["weight"]), asked["miles"]
    try:
        found = find_clusters(
            who.node, weight=weight, share=float(asked["share"]), miles=miles, now=read_clock()
        )
    except DomainError as refused:
        return {"problem": refused.message}
    rows = _rows(found, who, miles)
    return {
        "found": found,
        "rows": rows,
        "miles": miles,
        "is_money": weight is Weight.VALUE,
        "held": sum(row.part for row in rows),
        "drawing": _drawing(found, rows, miles),
    }


def _rows(found: Clusters, who: Who, miles: int) -> list[Row]:
    return [
        Row(
            number,
            one,
            Decimal(one.value) / found.value if found.value else Decimal(0),
            with_filter(reverse("backoffice:customers"), _filter(one, who, miles, found.least_minor)),
            f"{reverse('backoffice:new_event_plan')}?"
            + urlencode(
                {"around": f"{one.latitude:.4f}, {one.longitude:.4f}", "filter": who.text, "reach": miles}
            ),
        )
        for number, one in enumerate(found.found, start=1)
    ]


def _filter(one: Cluster, who: Who, miles: int, least: int) -> str:
    """Nearly these people, as filters can say it: by the ZIP nearest to the middle."""
    parts: list[Node] = [who.node] if who.node else []
    near = nearest_zip(one.latitude, one.longitude)
    if near is not None:
        parts.append(Condition.of("near", zip=near.zip, miles=miles))
    if least:
        spent = Money(least, current_winery().currency).decimal.normalize()
        parts.append(Condition.of("spent", from_=spent))
    return serialise(Bracket(Junction.ALL, tuple(parts))) if parts else ""


def _drawing(found: Clusters, rows: Sequence[Row], miles: int) -> SafeString:
    marks = [
        Mark(
            row.cluster.latitude, row.cluster.longitude, str(row.number), row.cluster.named.area, miles=miles
        )
        for row in rows
    ]
    title = f"{len(rows)} clusters on the map; the table says which"
    return ground(found.spots, marks, title=title, whole=True)
