"""Where the customers are, what they are worth, and what to do about it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tirage.backoffice.insights import files
from tirage.backoffice.insights.acting import act_ways, people_ways
from tirage.backoffice.insights.asked import CUSTOM, Asked, Layer, View, read_asked
from tirage.backoffice.insights.drawing import land_of
from tirage.backoffice.insights.page import FEWEST as FEWEST_SHOWN
from tirage.backoffice.insights.page import MOST_LINKS, SHOWN, Mapped, layer_tabs, mapped_of, totals_of
from tirage.backoffice.insights.quadrant import counts_of, drawn_of, stops_of
from tirage.backoffice.insights.saying import say_days, say_value
from tirage.backoffice.insights.tabs import insight_tabs
from tirage.backoffice.insights.trend import trend_chart
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.winery import current_winery, local_time
from tirage.insights.queries import coverage_of, figures_by_area
from tirage.insights.rules.areas import AreaKind
from tirage.insights.rules.metrics import METRICS, Metric, Unit
from tirage.insights.rules.periods import CHOICES, COMPARISON_WORDS
from tirage.insights.rules.quadrants import FEWEST, plot_of
from tirage.insights.states import COVERAGE_WORDS, REASON_WORDS, Coverage
from tirage.parts.exporting import table_response
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.staff.ways import may_open


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def insights(request: HttpRequest) -> HttpResponseBase:
    """The map, the ranking and the trend, side by side and of the same customers."""
    now = read_clock()
    asked = read_asked(request, local_time(now).date())
    mapped = mapped_of(asked, now)
    context = {
        "tabs": insight_tabs(request, "backoffice:insights"),
        "asked": asked,
        "who": asked.who,
        "mapped": mapped,
        "rows": mapped.rows if asked.every else mapped.rows[:SHOWN],
        "has_links": len(mapped.drawn) <= MOST_LINKS,
        "land": land_of(asked.layer),
        "layers": layer_tabs(asked),
        "totals": totals_of(mapped),
        "trend": trend_chart(mapped, now),
        "people": people_ways(mapped, request.user),
        "acts": act_ways(mapped, request.user),
        "may_draw": may_open(request.user, "backoffice:draw_place"),
        "coverage": _coverage(mapped),
        **_form(asked),
        **_frame(asked, mapped),
    }
    return render(request, "backoffice/insights/map.html", context)


@require_GET
@staff_required(Permission.SEE_INSIGHTS, Permission.EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The map's areas as ``csv`` or ``xlsx``, with small ones hidden by ``for=others``; or the picture, as ``svg``, in
    which they always are. Recorded.
    """
    if kind not in ("csv", "xlsx", "svg"):
        raise Http404
    now = read_clock()
    asked = read_asked(request, local_time(now).date())
    mapped = mapped_of(asked, now, also=())
    record_event(
        EventName.EXPORT_MADE,
        "insights",
        current_winery().pk,
        text=f"exported {asked.spec.words.lower()} by area as {kind.upper()}",
        data={"asked": asked.values},
        actor=staff_actor(request),
        now=now,
    )
    name = f"{asked.metric}-{asked.layer}-{local_time(now):%Y-%m-%d}"
    if kind != "svg":
        rows = files.rows_of(mapped, for_others=request.GET.get("for") == "others")
        return table_response(name, files.HEADERS, rows, kind, sheet="Areas")
    ink = files.ink_of()
    context = {
        "asked": asked,
        "mapped": mapped,
        "ink": ink,
        "land": land_of(asked.layer),
        "shapes": files.painted(mapped, ink),
        "keys": files.keys_of(mapped, ink),
        "wide": int(asked.layer.canvas[0]),
        "high": int(asked.layer.canvas[1]) + 120,
        "foot": int(asked.layer.canvas[1]) + 96,
        "period_words": say_days(asked.period),
        "fewest": FEWEST_SHOWN,
        **_frame(asked, mapped),
    }
    answer = render(request, "backoffice/insights/map.svg", context, content_type="image/svg+xml")
    answer["Content-Disposition"] = f'attachment; filename="{name}.svg"'
    return answer


def _form(asked: Asked) -> dict[str, Any]:
    """What the page's form offers."""
    return {
        "metrics": [(one.value, spec.words, one is asked.metric) for one, spec in METRICS.items()],
        "periods": [(key, words, key == asked.choice) for key, (words, _) in CHOICES.items()],
        "is_custom": asked.choice == CUSTOM,
        "comparisons": [
            (one.value, words, one is asked.comparison) for one, words in COMPARISON_WORDS.items()
        ],
        "kept": {
            name: value
            for name, value in asked.values.items()
            if name not in ("metric", "period", "from", "to", "against", "filter")
        },
        "days_kept": {
            name: value for name, value in asked.values.items() if name not in ("period", "from", "to")
        },
        "period_words": say_days(asked.period),
        "compared_words": say_days(asked.compared),
    }


def _frame(asked: Asked, mapped: Mapped) -> dict[str, Any]:
    """The part of the canvas that is seen, and the ways to others."""
    seen, (wide, high) = asked.seen, asked.layer.canvas
    middle = seen.left + seen.width / 2, seen.top + seen.width * high / wide / 2

    def zoomed(by: float) -> str:
        width = seen.width * by
        return asked.url(view=View(middle[0] - width / 2, middle[1] - width * high / wide / 2, width).text)

    box = (seen.left, seen.top, seen.width, seen.width * high / wide)
    return {
        "view_box": " ".join(f"{one * 10:.0f}" for one in box),
        "canvas_box": f"0 0 {wide * 10:.0f} {high * 10:.0f}",
        "is_close": seen.width < wide,
        "zoom_in": zoomed(0.5),
        "zoom_out": zoomed(2),
        "zoom_whole": asked.url(view=""),
        "clear_url": asked.url(area="", place=""),
        "rows_url": asked.url(every="" if asked.every else "1"),
        "more_rows": len(mapped.rows) - SHOWN,
        "exports": [
            ("CSV", _export(asked, "csv")),
            ("Excel", _export(asked, "xlsx")),
            ("CSV for others", _export(asked, "csv", others="1")),
            ("SVG", _export(asked, "svg")),
        ],
    }


def _export(asked: Asked, kind: str, others: str = "") -> str:
    """The address of a file of what the page shows."""
    path, _, query = asked.url().partition("?")
    more = "&".join(filter(None, [query, "for=others" if others else ""]))
    return f"{path}export/{kind}/{'?' if more else ''}{more}"


def _coverage(mapped: Mapped) -> dict[str, Any]:
    """How many are on the map, and why the others aren't."""
    found = coverage_of(None if mapped.asked.who.problem else mapped.ids)
    others = [
        (line.customers, REASON_WORDS.get(line.reason) or COVERAGE_WORDS[line.coverage])
        for line in found.lines
        if line.coverage is not Coverage.PLACED
    ]
    if found.waiting:
        others.append((found.waiting, "waiting to be placed"))
    return {
        "placed": found.count(Coverage.PLACED),
        "customers": found.customers,
        "share": found.placed_share,
        "others": others,
    }


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def quadrant(request: HttpRequest) -> HttpResponseBase:
    """Where to go: what a customer is worth against what comes back, by metro area or state."""
    now = read_clock()
    asked = read_asked(request, local_time(now).date())
    by_growth = request.GET.get("by") == "growth"
    kind = AreaKind.STATE if asked.layer is Layer.STATES else AreaKind.METRO
    metrics = {Metric.AVERAGE_VALUE, Metric.REFUND_RATIO}
    areas = (
        []
        if asked.who.problem
        else figures_by_area(kind, asked.period, asked.compared, asked.who.node, now=now, metrics=metrics)
    )
    plot = plot_of(areas, by_growth=by_growth)
    here = "backoffice:insight_quadrant"
    by = {"by": "growth"} if by_growth else {}
    context = {
        "tabs": insight_tabs(request, here),
        "asked": asked,
        "who": asked.who,
        "plot": plot,
        "drawn": drawn_of(plot, asked, by_growth=by_growth),
        "stops": stops_of(plot, asked),
        "counts": counts_of(plot),
        "by_growth": by_growth,
        "value_words": say_value(Unit.RATIO if by_growth else Unit.MONEY, plot.height),
        "ratio_words": say_value(Unit.RATIO, plot.ratio),
        "guard": FEWEST,
        "by_tabs": [
            {"label": "Average customer value", "href": asked.url(here, by=""), "current": not by_growth},
            {"label": "Its growth", "href": asked.url(here, by="growth"), "current": by_growth},
        ],
        "kinds": [
            {"label": words, "href": asked.url(here, layer=layer, **by), "current": one is kind}
            for one, words, layer in (
                (AreaKind.METRO, "Metro areas", "metros"),
                (AreaKind.STATE, "States", "states"),
            )
        ],
        "extra_kept": by,
        **_form(asked),
    }
    return render(request, "backoffice/insights/quadrant.html", context)
