"""What the address of the map asks for: metric, layer, period, comparison, customers, one area, a part of the map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote, urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tirage.backoffice.frame.who import Who, read_who
from tirage.core.bounds import LAST_DAY
from tirage.insights.rules.areas import AreaKind
from tirage.insights.rules.metrics import METRICS, Metric, MetricSpec
from tirage.insights.rules.periods import CHOICES, Comparison, Period
from tirage.places import US_CANVAS, WORLD_CANVAS
from tirage.segments.rules import home_name, read_home


class Layer(StrEnum):
    """What the map shows the figures by."""

    STATES = "states"
    METROS = "metros"
    COUNTIES = "counties"
    HEXAGONS = "hexagons"
    POINTS = "points"
    COUNTRIES = "countries"
    CITIES = "cities"

    @property
    def is_world(self) -> bool:
        return self in (Layer.COUNTRIES, Layer.CITIES)

    @property
    def is_points(self) -> bool:
        return self in (Layer.POINTS, Layer.CITIES)

    @property
    def canvas(self) -> tuple[float, float]:
        return WORLD_CANVAS if self.is_world else US_CANVAS

    @property
    def kind(self) -> AreaKind:
        return _KINDS[self]


_KINDS = {
    Layer.STATES: AreaKind.STATE,
    Layer.METROS: AreaKind.METRO,
    Layer.COUNTIES: AreaKind.COUNTY,
    Layer.HEXAGONS: AreaKind.HEXAGON,
    Layer.POINTS: AreaKind.ZIP,
    Layer.COUNTRIES: AreaKind.COUNTRY,
    Layer.CITIES: AreaKind.COUNTRY,
}
LAYER_WORDS = {
    Layer.STATES: "States",
    Layer.METROS: "Metro areas",
    Layer.COUNTIES: "Counties",
    Layer.HEXAGONS: "Hexagons",
    Layer.POINTS: "Points by ZIP",
    Layer.COUNTRIES: "Countries",
    Layer.CITIES: "Cities of the world",
}
E = TypeVar("E", bound=StrEnum)
CUSTOM = "days"
#: The first year, and the longest period, that somebody may type.
_FIRST_YEAR, _MOST_DAYS = 1990, 3_660
#: The closest and the widest part of a map that is shown, in units of the canvas.
_CLOSEST = 12.0


@dataclass(frozen=True, slots=True)
class View:
    """The part of the canvas that is seen: left, top, width; as high as the whole canvas is to its width."""

    left: float
    top: float
    width: float

    @property
    def text(self) -> str:
        return f"{self.left:.0f},{self.top:.0f},{self.width:.0f}"


@dataclass(frozen=True)
class Asked:
    """``area`` is one that was chosen (``metro-42660``), or empty; ``place`` the reference of a drawn one, or empty."""

    metric: Metric
    layer: Layer
    choice: str
    period: Period
    comparison: Comparison
    who: Who
    area: str
    place: str
    view: View | None
    every: bool

    @property
    def spec(self) -> MetricSpec:
        return METRICS[self.metric]

    @property
    def compared(self) -> Period:
        return self.period.compared(self.comparison)

    @cached_property
    def seen(self) -> View:
        """Never more than the canvas, nor too close to see anything."""
        wide, high = self.layer.canvas
        if self.view is None:
            return View(0, 0, wide)
        width = min(wide, max(_CLOSEST, self.view.width))
        height = width * high / wide
        return View(
            min(max(0.0, self.view.left), wide - width), min(max(0.0, self.view.top), high - height), width
        )

    @property
    def values(self) -> dict[str, str]:
        """What the address says, without what goes without saying."""
        found = {
            "metric": self.metric.value if self.metric is not Metric.SALES else "",
            "layer": self.layer.value if self.layer is not Layer.METROS else "",
            "period": self.choice if self.choice not in ("12m", CUSTOM) else "",
            "from": self.period.first.isoformat() if self.choice == CUSTOM else "",
            "to": self.period.last.isoformat() if self.choice == CUSTOM else "",
            "against": self.comparison.value if self.comparison is not Comparison.PREVIOUS else "",
            "area": self.area,
            "place": self.place,
            "view": self.view.text if self.view else "",
            "every": "1" if self.every else "",
            "filter": self.who.text,
        }
        return {name: value for name, value in found.items() if value}

    def url(self, name: str = "backoffice:insights", **changes: str) -> str:
        """The address with these words changed; an empty one is left out. Another layer shows its whole canvas."""
        values = self.values | changes
        if "layer" in changes and "view" not in changes:
            values.pop("view", None)
        text = urlencode({key: one for key, one in values.items() if one}, safe="(),:;@~", quote_via=quote)
        return f"{reverse(name)}?{text}" if text else reverse(name)

    def of_area(self, kind: AreaKind, key: str) -> str:
        return self.url(area=f"{kind}-{key}", place="")

    def of_days(self, days: Period) -> str:
        return self.url(**{"period": "", "from": days.first.isoformat(), "to": days.last.isoformat()})

    def with_area(self, area: str) -> Asked:
        return replace(self, area=area)


def read_asked(request: HttpRequest, today: date) -> Asked:
    """What the address asks for; what it says wrongly is as if it weren't said."""
    get = request.GET
    choice, period = _period(get, today)
    area, place = get.get("area", ""), get.get("place", "")[:20]
    layer = _one_of(Layer, get.get("layer", ""), Layer.METROS)
    return Asked(
        metric=_one_of(Metric, get.get("metric", ""), Metric.SALES),
        layer=layer,
        choice=choice,
        period=period,
        comparison=_one_of(Comparison, get.get("against", ""), Comparison.PREVIOUS),
        who=read_who(get.get("filter", ""), _here(request)),
        area=area if read_home(area) else "",
        place=place,
        view=_view(get.get("view", "")),
        every=get.get("every") == "1",
    )


def area_words(area: str) -> str:
    return home_name(area)


def _here(request: HttpRequest) -> str:
    """This page without its filter, which the builder is to change."""
    asked = request.GET.copy()
    asked.pop("filter", None)
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def _one_of(kinds: type[E], text: str, otherwise: E) -> E:
    return kinds(text) if text in tuple(kinds) else otherwise


def _period(get: QueryDict, today: date) -> tuple[str, Period]:
    """A choice of the list, or else the days that were typed."""
    choice = get.get("period", "")
    if choice in CHOICES:
        return choice, CHOICES[choice][1](today)
    first, last = _day(get.get("from", "")), _day(get.get("to", ""))
    if first and last and first <= last and (last - first).days < _MOST_DAYS:
        return CUSTOM, Period(first, last)
    return "12m", CHOICES["12m"][1](today)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR and day <= LAST_DAY and len(text) == 10 else None


def _view(text: str) -> View | None:
    parts = text.split(",")
    if len(parts) != 3 or not all(part.lstrip("-").isdigit() and len(part) < 6 for part in parts):
        return None
    left, top, width = (float(part) for part in parts)
    return View(left, top, width) if width > 0 else None
