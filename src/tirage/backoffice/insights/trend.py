"""The trend beside the map: what was bought by day, week or month, each a way to that stretch of days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tirage.backoffice.frame.cells import axis_money
from tirage.backoffice.insights.acting import node_of
from tirage.backoffice.insights.page import Mapped
from tirage.backoffice.insights.saying import say_days, say_stretch, say_value
from tirage.insights.rules.areas import AreaKind
from tirage.insights.rules.metrics import Metric, Unit
from tirage.insights.trending import Stretch, trends_of
from tirage.parts.charts import axis_of
from tirage.segments.queries import find_ids

_HIGH = 150
#: The rest of the width, in percent, carries the axis figures.
_WIDE = 82
_PEOPLE = frozenset(
    {Metric.CUSTOMERS, Metric.PENETRATION, Metric.ACTIVE, Metric.NEW, Metric.LAPSED, Metric.RETENTION}
)
_AVERAGE = frozenset({Metric.AVERAGE_VALUE, Metric.AVERAGE_GROWTH})


@dataclass(frozen=True, slots=True)
class Bar:
    """Positions in percent of the width, heights in pixels; ``before_y`` is where the other period's value stands."""

    x: str
    width: str
    y: str
    height: str
    before_y: str
    before_end: str
    label: str
    label_x: str
    days: str
    value: str
    before: str
    url: str


@dataclass(frozen=True, slots=True)
class Trend:
    title: str
    unit: str
    bars: list[Bar]
    ticks: list[tuple[str, str]]
    summary: str
    every: int


def _series(metric: Metric) -> tuple[str, Unit, Callable[[Stretch], float]]:
    """What of it is a matter of days: the rest shows the sales beside it."""
    if metric in _PEOPLE:
        return "Customers who bought", Unit.PEOPLE, lambda one: one.people
    if metric in _AVERAGE:
        return (
            "Sales a customer who bought",
            Unit.MONEY,
            lambda one: one.minor / one.people if one.people else 0,
        )
    if metric is Metric.ORDERS:
        return "Orders", Unit.ORDERS, lambda one: one.orders
    if metric in (Metric.BOTTLES, Metric.TAKE_RATE):
        return "Bottles", Unit.BOTTLES, lambda one: one.bottles
    return "Sales", Unit.MONEY, lambda one: one.minor


def trend_chart(mapped: Mapped, now: datetime) -> Trend:
    """Of the area that is chosen, or of everybody; two statements, and two more with a drawn place."""
    asked = mapped.asked
    title, unit, value_of = _series(asked.metric)
    stretches, earlier = _stretches(mapped, now)
    values = [value_of(one) for one in stretches]
    before = [value_of(one) for one in earlier]
    top, ticks = axis_of([float(one) for one in values + before])
    slot = _WIDE / max(1, len(stretches))
    bars = [
        Bar(
            x=f"{at * slot + slot * 0.12:.2f}%",
            width=f"{slot * 0.76:.2f}%",
            y=f"{_y(value, top):.1f}",
            height=f"{max(0.0, _HIGH - _y(value, top)):.1f}",
            before_y=f"{_y(before[at], top):.1f}" if at < len(before) else "",
            before_end=f"{at * slot + slot * 0.88:.2f}%",
            label=say_stretch(days.days),
            label_x=f"{at * slot + slot / 2:.2f}%",
            days=say_days(days.days),
            value=say_value(unit, value),
            before=say_value(unit, before[at]) if at < len(before) else "",
            url=asked.of_days(days.days) if len(stretches) > 1 else asked.url(**{"from": "", "to": ""}),
        )
        for at, (days, value) in enumerate(zip(stretches, values, strict=True))
    ]
    say = axis_money if unit is Unit.MONEY else None
    return Trend(
        title,
        "by day" if asked.period.days <= 31 else "by week" if asked.period.days <= 130 else "by month",
        bars,
        [(f"{_y(tick, top):.1f}", say(tick) if say else say_value(unit, tick)) for tick in ticks],
        f"{title}: the most, {say_value(unit, max(values, default=0))}",
        -(-len(bars) // 6) or 1,
    )


def _y(value: float, top: float) -> float:
    return 14 + (_HIGH - 14) * (1 - value / top)


def _stretches(mapped: Mapped, now: datetime) -> tuple[list[Stretch], list[Stretch]]:
    """Of the period, and of the one that it is compared with."""
    asked = mapped.asked
    kind, keys = None, tuple[str, ...]()
    ids = mapped.ids
    if mapped.place is not None:
        node = node_of(mapped)
        # No column says who lives in a drawn place; every filter knows it.
        ids = None if node is None else find_ids(node, now)
    elif asked.area:
        name, _, code = asked.area.partition("-")
        kind, keys = AreaKind(name), (code,)
    stretches, earlier = trends_of([asked.period, asked.compared], ids, kind=kind, keys=keys)
    return stretches, earlier
