"""Periods, areas, hexagons, and the table of metrics."""

from __future__ import annotations

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.insights.rules.areas import ELSEWHERE, AreaFigures, AreaKind, Sums, add_up, area_name
from tirage.insights.rules.hexagons import MILES, corners_of, hexagon_at, middle_of, project, unproject
from tirage.insights.rules.metrics import METRICS, Metric, Unit, figure_of
from tirage.insights.rules.periods import CHOICES, Period, last_months
from tirage.insights.rules.residents import residents_of
from tirage.insights.rules.spending import assumed_spending, income_index
from tirage.places import miles_between

days = st.dates(date(2001, 1, 1), date(2060, 12, 31))
latitudes, longitudes = st.floats(25, 49), st.floats(-124, -67)


def area(**sums: int) -> AreaFigures:
    return AreaFigures(AreaKind.STATE, "CA", "California", Sums(**sums), residents=39_538_223)


@given(days, st.integers(0, 900))
def test_the_period_before_is_as_long_and_touches(first: date, more: int) -> None:
    period = Period(first, date.fromordinal(first.toordinal() + more))
    before = period.previous()
    assert (period.first - before.last).days == 1
    whole = period.first.day == 1 and before.first.day == 1
    assert before.days == period.days or whole
    assert abs(period.year_before().days - period.days) <= 1


def test_whole_months_are_compared_with_whole_months() -> None:
    assert Period(date(2026, 3, 1), date(2026, 3, 31)).previous() == Period(
        date(2026, 2, 1), date(2026, 2, 28)
    )
    assert Period(date(2024, 2, 1), date(2024, 2, 29)).year_before() == Period(
        date(2023, 2, 1), date(2023, 2, 28)
    )
    assert last_months(date(2026, 11, 30), 12) == Period(date(2025, 12, 1), date(2026, 11, 30))
    with pytest.raises(ValueError, match="first day"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


@given(days)
def test_every_choice_is_a_period_that_ends_by_today(today: date) -> None:
    for _, choose in CHOICES.values():
        assert choose(today).last <= today


def test_every_metric_is_in_the_table_and_says_its_formula() -> None:
    assert set(METRICS) == set(Metric)
    for spec in METRICS.values():
        assert spec.words and spec.formula.endswith(".")
        assert bool(spec.denominator) == bool(spec.denominator_words), spec.metric


def test_figures_are_their_numerator_by_their_denominator() -> None:
    some = area(
        customers=40, active=30, active_before=25, retained=20, sales_minor=60_000_00, sales_before_minor=50_000_00,
        orders=45, orders_before=40, gross_minor=70_000_00, refunded_minor=3_500_00, shipping_minor=3_000_00,
        offered=300, taken=120, wished=50, unmet=20, spending_minor=240_000_00,
    )  # fmt: skip
    values = {metric: figure_of(metric, some).value for metric in Metric}
    assert values[Metric.AVERAGE_VALUE] == 2_000_00
    assert values[Metric.GROWTH] == pytest.approx(0.2)
    assert values[Metric.AVERAGE_GROWTH] == pytest.approx(0.0)
    assert values[Metric.RETENTION] == pytest.approx(0.8)
    assert values[Metric.REFUND_RATIO] == pytest.approx(0.05)
    assert values[Metric.TAKE_RATE] == pytest.approx(0.4)
    assert values[Metric.SHIPPING_SHARE] == pytest.approx(0.05)
    assert values[Metric.WALLET_SHARE] == pytest.approx(0.25)
    assert values[Metric.PENETRATION] == pytest.approx(40 / 39_538_223 * 100_000)
    assert values[Metric.WISHES_UNMET] == 20


def test_nothing_is_said_of_nobody_and_little_of_few() -> None:
    for metric in Metric:
        found = figure_of(metric, area())
        assert not found.value
        assert found.denominator is None or not found.is_enough
    few = figure_of(Metric.REFUND_RATIO, area(orders=2, gross_minor=100, refunded_minor=100))
    assert few.value == 1 and not few.is_enough


sums = st.builds(Sums, *(st.integers(0, 9) for _ in Sums._fields))


@given(st.lists(sums, max_size=6))
def test_sums_add_up_in_any_order(some: list[Sums]) -> None:
    one_by_one = Sums()
    for one in some:
        one_by_one = add_up([one_by_one, one])
    assert add_up(some) == add_up(reversed(some)) == one_by_one


@given(latitudes, longitudes)
def test_a_point_lies_in_its_hexagon_and_nearest_its_middle(latitude: float, longitude: float) -> None:
    x, y = project(latitude, longitude)
    north, east = unproject(x, y)
    assert abs(north - latitude) < 1e-6 and abs(east - longitude) < 1e-6
    key = hexagon_at(latitude, longitude)
    away = _squared(middle_of(key), (x, y))
    column, row = (int(part) for part in key.split("."))
    for step in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)):
        assert away <= _squared(middle_of(f"{column + step[0]}.{row + step[1]}"), (x, y)) + 1e-6
    assert away <= MILES**2 + 1e-6
    assert all(_squared(middle_of(key), corner) == pytest.approx(MILES**2) for corner in corners_of(key))


def _squared(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def test_the_plane_keeps_areas() -> None:
    """A square mile by the shore is as large as one on the plains: its sides' stretches make up for each other."""
    for latitude, longitude in ((47.6, -122.3), (25.8, -80.2), (41.0, -96.0)):
        north, east = project(latitude + 0.1, longitude), project(latitude, longitude + 0.1)
        x, y = project(latitude, longitude)
        plane = abs((east[0] - x) * (north[1] - y) - (north[0] - x) * (east[1] - y))
        real = miles_between(latitude, longitude, latitude + 0.1, longitude) * miles_between(
            latitude, longitude, latitude, longitude + 0.1
        )
        assert plane == pytest.approx(real, rel=0.005)


def test_areas_have_names_people_know() -> None:
    assert area_name(AreaKind.METRO, "42660").startswith("Seattle")
    assert area_name(AreaKind.COUNTY, "53033") == "King County, WA"
    assert area_name(AreaKind.ZIP, "94110") == "94110 San Francisco, CA"
    assert area_name(AreaKind.STATE, "WA") == "Washington"
    assert area_name(AreaKind.COUNTRY, "SE") == "Sweden"
    assert all(area_name(kind, ELSEWHERE) for kind in AreaKind)


def test_residents_and_spending() -> None:
    assert residents_of(AreaKind.STATE, "CA") == 39_538_223
    assert residents_of(AreaKind.COUNTRY, "US") == 331_449_281
    assert residents_of(AreaKind.COUNTRY, "SE") is None
    assert income_index("") == 1.0 and 0.4 <= income_index("94110") <= 3.0
    assert assumed_spending("", 2, 365) == 2 * assumed_spending("", 1, 365) > assumed_spending("", 2, 30) > 0
    assert METRICS[Metric.SALES].unit is Unit.MONEY
