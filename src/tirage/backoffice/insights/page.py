"""What the map's page shows: shapes with their colours, the ranking, the totals, the legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tirage.backoffice.insights.asked import LAYER_WORDS, Asked, Layer
from tirage.backoffice.insights.drawing import (
    Outline,
    clusters_of,
    hexagon_miles,
    is_outside,
    only_points,
    outline_of,
)
from tirage.backoffice.insights.saying import say_parts, say_range, say_value
from tirage.insights.queries import Spot, fold, sums_of_ids
from tirage.insights.rules.areas import ELSEWHERE, AreaFigures, AreaKind, Sums, add_up
from tirage.insights.rules.metrics import METRICS, Direction, Figure, Metric, figure_of
from tirage.insights.rules.residents import residents_of
from tirage.insights.rules.scales import Scale, scale_of
from tirage.places import is_inside
from tirage.segments.models import SavedPlace
from tirage.segments.rules import home_name

#: Rows of the ranking before somebody asks for all of them.
SHOWN = 15
#: Shapes that are links each; where there are more, the ranking has the links and a script asks for the rest.
MOST_LINKS = 400
#: What the totals say, whatever the map shows.
TOTALS = (
    Metric.CUSTOMERS,
    Metric.ACTIVE,
    Metric.NEW,
    Metric.SALES,
    Metric.GROWTH,
    Metric.AVERAGE_VALUE,
    Metric.REFUND_RATIO,
    Metric.RETENTION,
)
#: Of metrics that say how much better or worse something is, nought is the middle.
_DIVERGING = frozenset({Metric.GROWTH, Metric.AVERAGE_GROWTH})
#: In files for others, areas with fewer customers are hidden.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Row:
    """An area with its figure; what is said of it is put into words for those that are shown."""

    asked: Asked
    area: AreaFigures
    figure: Figure
    tone: str
    is_chosen: bool
    outline: Outline | None
    #: Where other things stand in its place: a circle of several ZIPs can't be chosen.
    zips: int = 1

    @property
    def is_few(self) -> bool:
        return not self.figure.is_enough

    @property
    def key(self) -> str:
        return f"{self.area.kind}-{self.area.key}"

    @property
    def value(self) -> str:
        return say_value(self.asked.spec.unit, self.figure.value)

    @property
    def parts(self) -> str:
        return say_parts(self.asked.spec, self.figure)

    @property
    def look(self) -> str:
        """Shows it close."""
        return self.asked.url(view=self.outline.box.text) if self.outline else ""

    @property
    def make(self) -> str:
        """Makes a place of a hexagon, which every filter and act knows; empty of all else."""
        if self.area.kind is not AreaKind.HEXAGON or self.outline is None:
            return ""
        asked = urlencode({"drawn": self.outline.corners, "of": "country"}, safe=",")
        return f"{reverse('backoffice:draw_place')}?{asked}"

    @property
    def url(self) -> str:
        """Chooses it, or lets it go again; what can't be chosen is shown close."""
        if self.area.key == ELSEWHERE or self.area.kind is AreaKind.HEXAGON:
            return self.look or self.asked.url()
        return self.asked.url(area="" if self.is_chosen else self.key, place="")

    @property
    def said(self) -> str:
        """What stands beside the pointer."""
        few = " (few)" if self.is_few and self.figure.value is not None else ""
        return f"{self.area.name}: {self.value}{few} · {self.parts}"


@dataclass(frozen=True, slots=True)
class Legend:
    """One colour, what it means, and how many areas have it."""

    tone: str
    words: str
    count: int


@dataclass(frozen=True)
class Mapped:
    """Everything counted for one address."""

    asked: Asked
    rows: list[Row]
    drawn: list[Row]
    elsewhere: Row | None
    legend: list[Legend]
    whole: AreaFigures
    place: SavedPlace | None
    chosen_name: str
    #: Customers with a point that this canvas doesn't have.
    outside: int
    spots: Mapping[Spot, Sums]
    #: Whom the page's filter finds; None for everybody.
    ids: list[int] | None

    @property
    def is_empty(self) -> bool:
        return not self.spots


Chosen = Callable[[Spot], bool]


def mapped_of(asked: Asked, now: datetime, *, also: Sequence[Metric] = TOTALS) -> Mapped:
    """Counts; two to four statements, and one more for a drawn place."""
    place = SavedPlace.objects.filter(reference=asked.place).first() if asked.place else None
    ids: list[int] | None = [] if asked.who.problem else asked.who.ids(now)
    metrics = {asked.metric, *also}
    spots = {} if ids == [] else sums_of_ids(ids, asked.period, asked.compared, now=now, metrics=metrics)
    chosen = _chosen(asked, place)
    inside = spots if chosen is None else {spot: sums for spot, sums in spots.items() if chosen(spot)}
    shown = inside if chosen is not None and _narrows(asked, place) else spots
    areas = _areas(asked, shown)
    scale = scale_of(
        (_counted(asked, area) for area, _, _ in areas if area.key or asked.layer.is_points),
        diverges=asked.metric in _DIVERGING,
    )
    drawn = [_row(asked, area, scale, outline, zips) for area, outline, zips in areas]
    rows = [one for one in drawn if one.area.key != ELSEWHERE] if not asked.layer.is_points else []
    if asked.layer.is_points:
        rows = [_row(asked, area, scale, None, 1) for area in fold(asked.layer.kind, shown)]
        rows = [one for one in rows if one.area.key != ELSEWHERE]
    rest = next((one for one in drawn if one.area.key == ELSEWHERE and not asked.layer.is_points), None)
    return Mapped(
        asked=asked,
        rows=sorted(rows, key=_order),
        # The chosen one last, so that no neighbour's line covers its own.
        drawn=sorted((one for one in drawn if one.outline is not None), key=lambda one: one.is_chosen),
        elsewhere=rest,
        legend=_legend(asked, scale, drawn),
        whole=_whole(inside),
        place=place,
        chosen_name=place.name if place else home_name(asked.area),
        outside=sum(sums.customers for spot, sums in shown.items() if is_outside(spot, asked)),
        spots=inside,
        ids=ids,
    )


def _chosen(asked: Asked, place: SavedPlace | None) -> Chosen | None:
    if place is not None:
        corners = place.corners
        return lambda spot: (
            spot.latitude is not None
            and spot.longitude is not None
            and is_inside(corners, spot.latitude, spot.longitude)
        )
    if not asked.area:
        return None
    kind, _, code = asked.area.partition("-")
    return {
        "state": lambda spot: spot.country == "US" and spot.state == code,
        "metro": lambda spot: spot.metro == code,
        "county": lambda spot: spot.county == code,
        "zip": lambda spot: spot.country == "US" and spot.zip_code == code,
        "country": lambda spot: spot.country == code,
    }[kind]


def _narrows(asked: Asked, place: SavedPlace | None) -> bool:
    """An area of another kind than the map shows, or a drawn one, is all that is shown; of the same it is marked."""
    return place is not None or asked.area.partition("-")[0] != asked.layer.kind.value


def _areas(asked: Asked, spots: Mapping[Spot, Sums]) -> list[tuple[AreaFigures, Outline | None, int]]:
    if asked.layer.is_points:
        found = clusters_of(asked, only_points(spots, asked.layer))
        return [(one.area, one.outline, one.zips) for one in found]
    miles = hexagon_miles(asked) if asked.layer is Layer.HEXAGONS else None
    return [(area, outline_of(asked, area), 1) for area in fold(asked.layer.kind, dict(spots), miles)]


def _counted(asked: Asked, area: AreaFigures) -> float | None:
    """What the scale is made of: figures of enough cases."""
    figure = figure_of(asked.metric, area)
    return figure.value if figure.is_enough else None


def _row(asked: Asked, area: AreaFigures, scale: Scale, outline: Outline | None, zips: int) -> Row:
    figure = figure_of(asked.metric, area)
    tone = scale.tone(figure.value) if figure.is_enough else "few" if figure.value is not None else "none"
    is_chosen = area.key != ELSEWHERE and asked.area == f"{area.kind}-{area.key}"
    return Row(asked, area, figure, tone, is_chosen, outline, zips)


def _order(row: Row) -> tuple[bool, bool, float, str]:
    """The largest first; after them those with few cases, last those of which nothing can be said."""
    value = row.figure.value
    return value is None, row.is_few, -(value or 0.0), row.area.name


def _legend(asked: Asked, scale: Scale, drawn: list[Row]) -> list[Legend]:
    found = [
        Legend(one.tone, say_range(asked.spec.unit, one.low, one.high), one.count) for one in scale.classes
    ]
    counts = {
        tone: sum(row.tone == tone for row in drawn if row.area.key or asked.layer.is_points)
        for tone in ("few", "none")
    }
    if counts["few"]:
        found.append(Legend("few", f"Fewer cases than it takes ({asked.spec.guard})", counts["few"]))
    if counts["none"]:
        found.append(Legend("none", "Nothing to say", counts["none"]))
    return found


def _whole(spots: Mapping[Spot, Sums]) -> AreaFigures:
    residents = residents_of(AreaKind.COUNTRY, "US") if {spot.country for spot in spots} == {"US"} else None
    return AreaFigures(AreaKind.COUNTRY, "", "", add_up(spots.values()), residents)


@dataclass(frozen=True, slots=True)
class Total:
    """A metric of everything that is meant, with what it was worked out from; ``url`` puts it on the map."""

    words: str
    value: str
    parts: str
    formula: str
    url: str
    is_shown: bool
    mood: str


def totals_of(mapped: Mapped) -> list[Total]:
    asked, found = mapped.asked, []
    for metric in TOTALS if asked.metric in TOTALS else (asked.metric, *TOTALS[:-1]):
        spec, figure = METRICS[metric], figure_of(metric, mapped.whole)
        value = figure.value if figure.is_enough or spec.denominator is None else None
        found.append(
            Total(
                spec.words,
                say_value(spec.unit, value),
                say_parts(spec, figure),
                spec.formula,
                asked.url(metric=metric.value),
                metric is asked.metric,
                _mood(metric, value),
            )
        )
    return found


def _mood(metric: Metric, value: float | None) -> str:
    if metric not in _DIVERGING or not value:
        return ""
    return "good" if (value > 0) is (METRICS[metric].direction is Direction.UP) else "bad"


def layer_tabs(asked: Asked) -> list[dict[str, Any]]:
    return [
        {"label": words, "href": asked.url(layer=layer.value), "current": layer is asked.layer}
        for layer, words in LAYER_WORDS.items()
    ]
