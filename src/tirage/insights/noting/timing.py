"""When customers buy: the hour and the day of their first order of the twelve months, and the months of all.

The first order says nothing of the month: the earlier ones of twelve have more of them, whatever the season.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_time, get_day_names, get_month_names

from tirage.core.sql import moment_out
from tirage.core.winery import current_winery
from tirage.insights.noting.homes import Gathered
from tirage.insights.noting.scene import Scene
from tirage.insights.rules.chance import highest_of_many
from tirage.insights.rules.facts import Fact, FactKind
from tirage.insights.statements import _not_of, rows_of, within
from tirage.segments.compiling.scope import Sql


def timing(scene: Scene) -> Gathered:
    """The busiest hour, day of the week and month against an even spread; a customer counts once, or once a month."""
    gathered = Gathered()
    winery = current_winery()
    zone, locale = ZoneInfo(winery.time_zone), winery.locale
    rows = rows_of(
        Sql(
            "SELECT o.customer_id, o.placed_at FROM orders_order o WHERE o.state IN ('placed', 'shipped') AND"
        )
        + within("o.placed_at", scene.period)
        + _not_of(scene.tests)
        + Sql("ORDER BY o.customer_id, o.placed_at")
    )
    first: dict[int, datetime] = {}
    monthly: dict[tuple[int, int], datetime] = {}
    for customer_id, stored in rows:
        stood = moment_out(stored)
        if stood and customer_id in scene.homes.areas:
            at = stood.astimezone(zone)
            first.setdefault(customer_id, at)
            monthly.setdefault((customer_id, at.month), at)
    months_of = [(customer_id, at) for (customer_id, _), at in monthly.items()]
    of_each = list(first.items())
    hours = [format_time(time(hour), "short", locale=locale) for hour in range(24)]
    days = [str(get_day_names("wide", locale=locale)[day]) for day in range(7)]
    months = [str(get_month_names("wide", locale=locale)[month]) for month in range(1, 13)]
    _add(gathered, FactKind.BUSY_HOUR, of_each, lambda at: at.hour, hours, [1] * 24)
    _add(gathered, FactKind.BUSY_DAY, of_each, lambda at: at.weekday(), days, [1] * 7)
    lengths = [(date(2025 + at // 11, (at + 1) % 12 + 1, 1) - date(2025, at + 1, 1)).days for at in range(12)]
    _add(gathered, FactKind.BUSY_MONTH, months_of, lambda at: at.month - 1, months, lengths)
    return gathered


def _add(
    gathered: Gathered,
    kind: FactKind,
    bought: Sequence[tuple[int, datetime]],
    place_of: Callable[[datetime], int],
    names: Sequence[str],
    lengths: Sequence[int],
) -> None:
    counts = [0] * len(names)
    for _, at in bought:
        counts[place_of(at)] += 1
    highest = max(range(len(names)), key=lambda at: counts[at] / lengths[at])
    fact = Fact(
        kind=kind,
        key=str(highest),
        name=names[highest],
        part=counts[highest],
        whole=len(bought),
        rest_part=lengths[highest],
        rest_whole=sum(lengths),
        p=highest_of_many(counts, [length / sum(lengths) for length in lengths]),
        bars=tuple(zip(names, counts, strict=True)),
    )
    gathered.add(fact, [customer_id for customer_id, at in bought if place_of(at) == highest])
