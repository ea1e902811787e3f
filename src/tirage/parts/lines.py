"""Curves over days as inline SVG made on the server, drawn like the other plots (``charts``), a table behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tirage.parts.charts import Number, Say, axis_of, kind_of, say_plain

_TOP, _PLOT, _FOOT = 14, 190, 22
_LABELS_AT_MOST = 6
#: The right-hand strip that carries the axis figures, in percent of the width.
_AXIS = 8.0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: a value for each place of the axis, from the first; it may end early. ``kind`` is a class."""

    label: str
    values: Sequence[Number]
    kind: str


def line_chart(
    lines: Sequence[Line],
    labels: Sequence[str],
    *,
    title: str,
    unit: str,
    goal: Number | None = None,
    say: Say = say_plain,
) -> SafeString:
    """A ``<figure>`` of curves over ``labels``; ``goal`` is a line across. The first curve has a ground below it."""
    top, ticks = axis_of([float(value) for line in lines for value in line.values] + [float(goal or 0)])
    return format_html(
        '<figure class="chart"><figcaption class="chart-title">{} <span class="chart-unit">{}</span></figcaption>'
        '<p class="line-keys">{}</p>'
        '<svg class="chart-plot" role="img" aria-label="{}" width="100%" height="{}">{}'
        '<svg x="0" y="{}" width="{}%" height="{}" viewBox="0 0 100 100" preserveAspectRatio="none">{}{}</svg>{}'
        "</svg>{}</figure>",
        title,
        unit,
        _keys(lines, goal, say),
        _summary(lines, title, say),
        _TOP + _PLOT + _FOOT,
        _grid(ticks, top, say),
        _TOP,
        100 - _AXIS,
        _PLOT,
        _goal(goal, top),
        format_html_join("", "{}", ((_curve(line, len(labels), top),) for line in reversed(lines))),
        _labels(labels),
        _table(lines, labels, title, say),
    )


def _keys(lines: Sequence[Line], goal: Number | None, say: Say) -> SafeString:
    keys = [(kind_of(line.kind), line.label) for line in lines]
    if goal:
        keys.append(("goal", f"Goal: {say(goal)}"))
    return format_html_join(" ", '<span class="line-key line-{}">{}</span>', keys)


def _summary(lines: Sequence[Line], title: str, say: Say) -> str:
    ends = [f"{line.label} {say(line.values[-1])} in the end" for line in lines if line.values]
    return f"{title}: {', '.join(ends) or 'no figures yet'}"


def _y(value: float, top: float) -> float:
    return _TOP + _PLOT * (1 - value / top)


def _grid(ticks: Sequence[float], top: float, say: Say) -> SafeString:
    return format_html_join(
        "",
        '<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<text class="chart-tick" x="100%" y="{}" text-anchor="end">{}</text>',
        (
            (
                "chart-grid" if tick else "chart-base",
                f"{_y(tick, top):.1f}",
                f"{_y(tick, top):.1f}",
                f"{_y(tick, top) - 4:.1f}",
                say(int(tick) if tick == int(tick) else tick),
            )
            for tick in ticks
        ),
    )


def _goal(goal: Number | None, top: float) -> SafeString:
    if not goal:
        return SafeString("")
    at = f"{100 - float(goal) / top * 100:.2f}"
    return format_html('<line class="line-goal" x1="0" x2="100" y1="{0}" y2="{0}"/>', at)


def _curve(line: Line, count: int, top: float) -> SafeString:
    """Begins at nought at the left edge; each value stands at the end of its day."""
    step = 100 / max(count, 1)
    points = ["0,100"] + [
        f"{(place + 1) * step:.2f},{100 - float(value) / top * 100:.2f}"
        for place, value in enumerate(line.values)
    ]
    ends = f"{len(line.values) * step:.2f},100"
    return format_html(
        '<g class="line-{}"><polygon class="line-ground" points="{} {}"/>'
        '<polyline class="line-curve" points="{}"/></g>',
        kind_of(line.kind),
        " ".join(points),
        ends,
        " ".join(points),
    )


def _labels(labels: Sequence[str]) -> SafeString:
    every = -(-len(labels) // _LABELS_AT_MOST) or 1
    slot = (100 - _AXIS) / max(1, len(labels))
    return format_html_join(
        "",
        '<text class="chart-label" x="{}%" y="{}" text-anchor="{}">{}</text>',
        (
            (
                f"{0 if at == 0 else (at + 0.5) * slot:.2f}",
                _TOP + _PLOT + 17,
                "start" if at == 0 else "middle",
                label,
            )
            for at, label in enumerate(labels)
            if at % every == 0
        ),
    )


def _table(lines: Sequence[Line], labels: Sequence[str], title: str, say: Say) -> SafeString:
    heads = format_html_join("", '<th scope="col" class="number">{}</th>', ((line.label,) for line in lines))
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (
                label,
                format_html_join(
                    "",
                    '<td class="number">{}</td>',
                    ((say(line.values[at]) if at < len(line.values) else "",) for line in lines),
                ),
            )
            for at, label in enumerate(labels)
        ),
    )
    return format_html(
        '<details class="chart-figures"><summary>The figures</summary><table class="table table-small">'
        '<caption class="unseen">{}</caption><thead><tr><th scope="col">Until the end of</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></details>",
        title,
        heads,
        rows,
    )
