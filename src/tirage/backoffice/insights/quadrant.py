"""Where to go: average customer value (or its growth) against the refund ratio, as a plot and as a list."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tirage.backoffice.insights.asked import Asked
from tirage.backoffice.insights.saying import say_value
from tirage.core.texts import say_count
from tirage.insights.rules.areas import AreaFigures
from tirage.insights.rules.metrics import Unit
from tirage.insights.rules.quadrants import QUADRANT_WORDS, Placed, Plot, Quadrant

_WIDE, _HIGH = 1000.0, 560.0
_LEFT, _RIGHT, _TOP, _FOOT = 70.0, 20.0, 16.0, 46.0
#: Between the edges and the outermost bubbles.
_AIR = 32.0
_SMALLEST, _LARGEST = 5.0, 26.0
#: Names beside the largest bubbles, so that they don't stand on one another.
_NAMED = 16
_LETTER, _LINE = 8.0, 15.0


@dataclass(frozen=True, slots=True)
class Bubble:
    placed: Placed
    x: float
    y: float
    radius: float
    said: str
    url: str
    name: str = ""
    name_x: float = 0.0

    @property
    def kind(self) -> str:
        return self.placed.quadrant.value


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Drawn:
    bubbles: list[Bubble]
    across: list[Tick]
    up: list[Tick]
    line_x: float
    line_y: float

    @property
    def go_width(self) -> float:
        """Of the ground where to go."""
        return max(0.0, self.line_x - _LEFT)

    @property
    def go_height(self) -> float:
        return max(0.0, self.line_y - _TOP)


@dataclass(frozen=True, slots=True)
class Stop:
    """A place to go to with its reasons; ``url`` shows it on the map."""

    name: str
    url: str
    reasons: str
    value: str
    ratio: str
    growth: str
    people: int
    extra: str


def drawn_of(plot: Plot, asked: Asked, *, by_growth: bool) -> Drawn | None:
    """The plot; None of nothing. The axes end at the outermost areas, and never run through all of them at once."""
    if not plot.placed:
        return None
    unit = Unit.RATIO if by_growth else Unit.MONEY
    low = min(*(one.height for one in plot.placed), plot.height, 0.0)
    top = max(*(one.height for one in plot.placed), plot.height) or 1.0
    most = max(*(one.ratio for one in plot.placed), plot.ratio * 1.5, 0.01)
    most_sales = max(one.area.sums.sales_minor for one in plot.placed) or 1

    def x(ratio: float) -> float:
        return _LEFT + _AIR + (_WIDE - _LEFT - _RIGHT - 2 * _AIR) * math.sqrt(ratio / most)

    def y(height: float) -> float:
        return _TOP + _AIR + (_HIGH - _TOP - _FOOT - _AIR) * (1 - (height - low) / ((top - low) or 1.0))

    largest = sorted(plot.placed, key=lambda one: -one.area.sums.sales_minor)
    bubbles = [
        Bubble(
            one,
            round(x(one.ratio), 1),
            round(y(one.height), 1),
            round(_SMALLEST + _LARGEST * math.sqrt(max(0, one.area.sums.sales_minor) / most_sales), 1),
            f"{one.area.name}: {say_value(unit, one.height)}, {say_value(Unit.RATIO, one.ratio)} given back, "
            f"{say_value(Unit.MONEY, one.area.sums.sales_minor)} sold",
            asked.url(area=f"{one.area.kind}-{one.area.key}"),
        )
        for one in largest
    ]
    return Drawn(
        _named(bubbles),
        [
            Tick(round(x(most * share * share), 1), say_value(Unit.RATIO, most * share * share))
            for share in (0, 0.25, 0.5, 0.75, 1)
        ],
        [
            Tick(round(y(low + (top - low) * share), 1), say_value(unit, low + (top - low) * share))
            for share in (0, 0.25, 0.5, 0.75, 1)
        ],
        round(x(plot.ratio), 1),
        round(y(plot.height), 1),
    )


def _named(bubbles: list[Bubble]) -> list[Bubble]:
    """Names on the largest, but where one would stand on another."""
    taken: list[tuple[float, float, float]] = []
    found = []
    for one in bubbles:
        name = short_name(one.placed.area)
        half = len(name) * _LETTER / 2
        x = min(max(one.x, half), _WIDE - half)
        is_free = all(abs(x - other) > half + wide or abs(one.y - y) > _LINE for other, y, wide in taken)
        if not is_free or len(taken) >= _NAMED:
            found.append(one)
            continue
        taken.append((x, one.y, half))
        found.append(replace(one, name=name, name_x=round(x, 1)))
    return found


def short_name(area: AreaFigures) -> str:
    """“Seattle” of “Seattle-Tacoma-Bellevue, WA”."""
    return area.name.split(",")[0].split("-")[0]


def stops_of(plot: Plot, asked: Asked) -> list[Stop]:
    return [
        Stop(
            one.area.name,
            asked.url(area=f"{one.area.kind}-{one.area.key}"),
            reasons_of(one, plot),
            say_value(Unit.MONEY, one.value_minor),
            say_value(Unit.RATIO, one.ratio),
            say_value(Unit.RATIO, one.growth),
            one.area.sums.active,
            say_value(Unit.MONEY, one.extra_minor),
        )
        for one in plot.go
    ]


def reasons_of(one: Placed, plot: Plot) -> str:
    """Made from the figures that stand beside it."""
    people = say_count(one.area.sums.active, "customer", "customers")
    more = one.value_minor / plot.value_minor - 1 if plot.value_minor else 0.0
    words = f"{people} bought for {say_value(Unit.MONEY, one.value_minor)} each"
    if round(more, 2) > 0:
        words += f", {say_value(Unit.RATIO, round(more, 2))} more than everywhere"
    back = f"{say_value(Unit.RATIO, one.ratio)} of it" if one.ratio else "nothing"
    words += f"; {back} came back, against {say_value(Unit.RATIO, plot.ratio)}"
    if one.growth is not None and round(one.growth, 3):
        grew = "grew" if one.growth > 0 else "fell"
        words += f". What each bought {grew} by {say_value(Unit.RATIO, abs(one.growth))}"
    return f"{words}."


def counts_of(plot: Plot) -> list[tuple[Quadrant, str, int]]:
    return [
        (one, words, sum(placed.quadrant is one for placed in plot.placed))
        for one, words in QUADRANT_WORDS.items()
    ]
