"""Plots: valid, strict-CSP-safe markup with a table behind."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tirage.parts.charts import Bar, Part, bar_chart, row_chart, sparkline, stack
from tirage.parts.curves import Spread, spread_chart

EVIL = '<script>alert("1")</script>'


def _bars(*values: int) -> list[Bar]:
    return [Bar(f"{at} AM", value) for at, value in enumerate(values, 1)]


def _parsed(markup: str) -> ET.Element:
    return ET.fromstring(f"<x>{markup}</x>")


def test_every_bar_is_drawn_and_stands_in_the_table() -> None:
    root = _parsed(bar_chart(_bars(12, 0, 7), title="Bottles by hour", unit="bottles"))
    heights = [float(rect.get("height", "")) for rect in root.iter("rect")]
    assert heights[0] > heights[2] > heights[1] == 0
    assert [cell.text for cell in root.iter("td")] == ["12", "0", "7"]
    assert [cell.text for cell in root.findall(".//tbody//th")] == ["1 AM", "2 AM", "3 AM"]
    plot = root.find(".//svg")
    assert plot is not None
    assert plot.get("aria-label") == "Bottles by hour: 3 bars, the highest 12 at 1 AM"


def test_the_axis_has_round_ticks_and_reaches_the_highest_bar() -> None:
    root = _parsed(bar_chart(_bars(212, 40), title="t", unit="u"))
    ticks = [text.text for text in root.iter("text") if text.get("class") == "chart-tick"]
    assert ticks == ["0", "100", "200", "300"]


@pytest.mark.parametrize("values", [(0, 0), (1,), (2,), (999_999_999,), tuple(range(200))])
def test_bars_stay_inside_the_plot(values: tuple[int, ...]) -> None:
    for rect in _parsed(bar_chart(_bars(*values), title="t", unit="u")).iter("rect"):
        left, width = (float(rect.get(name, "").rstrip("%")) for name in ("x", "width"))
        assert left >= 0
        assert left + width <= 100
        assert float(rect.get("y", "")) >= 14
        assert float(rect.get("height", "")) >= 0


def test_no_figures_is_said_in_words() -> None:
    assert "No figures yet." in bar_chart([], title="Bottles", unit="bottles")


def test_labels_are_thinned_out() -> None:
    root = _parsed(bar_chart(_bars(*range(1, 25)), title="t", unit="u"))
    assert len([text for text in root.iter("text") if text.get("class") == "chart-label"]) == 6


def test_names_from_outside_are_escaped_and_nothing_is_styled_inline() -> None:
    made = [
        bar_chart([Bar(EVIL, 1)], title=EVIL, unit=EVIL, say=lambda value: EVIL),
        row_chart([Bar(EVIL, 1, EVIL)], title=EVIL, unit=EVIL),
        spread_chart([Spread(EVIL, [(0, 0), (1, 1)], EVIL, EVIL)], title=EVIL, unit=EVIL),
        sparkline([1, 2], title=EVIL),
        stack([Part(EVIL, 1, "sold")], title=EVIL),
    ]
    for markup in made:
        assert "<script" not in markup
        assert not re.search(r"\sstyle=|\son\w+=", markup)
        _parsed(markup)


def test_a_line_of_equal_or_too_few_values() -> None:
    assert "polyline" in sparkline([3, 3, 3], title="t")
    assert "polyline" not in sparkline([3], title="t")


def test_a_stack_never_runs_over_its_end() -> None:
    root = _parsed(stack([Part("sold", 90, "sold"), Part("held", 30, "held")], title="t", total=100))
    parts = [rect for rect in root.iter("rect") if "stack-part" in rect.get("class", "")]
    assert [rect.get("width") for rect in parts] == ["90.00%", "10.00%"]
    with pytest.raises(ValueError, match="class name"):
        stack([Part("x", 1, 'sold" onload="')], title="t")


def test_rows_name_every_bar_and_none_is_longer_than_the_longest() -> None:
    root = _parsed(row_chart(_bars(12, 0, *range(1, 9)), title="t", unit="u"))
    assert len(root.findall(".//dt")) == 10
    assert [rect.get("width") for rect in root.iter("rect")][:2] == ["100.00%", "0.00%"]
    assert "No figures yet." in row_chart([], title="t", unit="u")


def test_a_spread_is_drawn_under_evenness_and_nothing_where_nobody_has_anything() -> None:
    some = Spread("Oldest first", [(0, 0), (0.5, 0.25), (1, 1)], "Gini 0.25", "w", is_chosen=True)
    root = _parsed(spread_chart([some, Spread("none", [], "", "w")], title="t", unit="u"))
    (line,) = root.iter("polyline")
    assert line.get("points") == "0.00,100.00 50.00,75.00 100.00,0.00"
    assert [item.get("class") for item in root.iter("li")] == ["spread spread-chosen", "spread"]
