"""Plots as inline SVG made on the server: classes instead of styles, a table behind each.

Positions along the width are percentages and heights are pixels, so text keeps its size on every screen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Number = int | float | Decimal
Say = Callable[[Number], str]

_TOP, _PLOT, _FOOT = 14, 150, 22
#: The right-hand strip that carries the axis figures, in percent of the width.
_AXIS = 10.0
_LABELS_AT_MOST = 6
_KIND = re.compile(r"[a-z][a-z-]*")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``label`` under it, ``value`` zero or more; ``note`` is added to its words in the table."""

    label: str
    value: Number
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stacked bar; ``kind`` is a class: sold, held, left, wish or any of your own."""

    label: str
    value: Number
    kind: str


def say_plain(value: Number) -> str:
    """``1,200`` or ``4.5``."""
    return f"{value:,}" if value == int(value) and isinstance(value, int) else f"{value:,.4g}"


def bar_chart(bars: Sequence[Bar], *, title: str, unit: str, say: Say = say_plain) -> SafeString:
    """A ``<figure>``: columns over labels, an axis in ``unit``, and the figures as a table that opens."""
    if not bars:
        return format_html(
            '<figure class="chart"><figcaption class="chart-title">{}</figcaption>'
            '<p class="chart-empty">No figures yet.</p></figure>',
            title,
        )
    top, ticks = axis_of([float(bar.value) for bar in bars])
    return format_html(
        '<figure class="chart"><figcaption class="chart-title">{} <span class="chart-unit">{}</span>'
        "</figcaption>"
        '<svg class="chart-plot" role="img" aria-label="{}" width="100%" height="{}">{}{}{}</svg>{}</figure>',
        title,
        unit,
        _summary(bars, title, say),
        _TOP + _PLOT + _FOOT,
        _grid(ticks, top, say),
        _columns(bars, top, say),
        _labels(bars),
        _table(bars, title, unit, say),
    )


def row_chart(bars: Sequence[Bar], *, title: str, unit: str, say: Say = say_plain) -> SafeString:
    """A ``<figure>``: a row for each bar, its whole name before it and its figure behind: for long names."""
    if not bars:
        return bar_chart(bars, title=title, unit=unit, say=say)
    top = max(float(bar.value) for bar in bars) or 1.0
    return format_html(
        '<figure class="chart"><figcaption class="chart-title">{} <span class="chart-unit">{}</span>'
        '</figcaption><dl class="chart-rows">{}</dl></figure>',
        title,
        unit,
        format_html_join(
            "",
            '<dt>{}</dt><dd><svg aria-hidden="true" width="100%" height="12"><rect class="chart-bar" width="{}%"'
            ' height="12"/></svg></dd><dd class="number">{}{}</dd>',
            (
                (
                    bar.label,
                    f"{float(bar.value) / top * 100:.2f}",
                    say(bar.value),
                    f" {bar.note}" if bar.note else "",
                )
                for bar in bars
            ),
        ),
    )


def sparkline(values: Sequence[Number], *, title: str) -> SafeString:
    """A small line without axes for a table cell; ``title`` says it in words."""
    if len(values) < 2:
        return format_html('<span class="spark" role="img" aria-label="{}"></span>', title)
    low, high = float(min(values)), float(max(values))
    span = (high - low) or 1.0
    step = 100 / (len(values) - 1)
    points = " ".join(
        f"{at * step:.1f},{22 - (float(value) - low) / span * 20:.1f}" for at, value in enumerate(values)
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polygon class="spark-area" points="0,24 {} 100,24"/>'
        '<polyline class="spark-line" points="{}"/></svg>',
        title,
        points,
        points,
    )


def stack(
    parts: Sequence[Part], *, title: str, total: Number | None = None, say: Say = say_plain
) -> SafeString:
    """One horizontal bar of parts, its words under it; ``total`` is the full width (default: their sum)."""
    return format_html(
        '<span class="stack">{}<span class="stack-words" aria-hidden="true">{}</span></span>',
        stack_bar(parts, title=title, total=total, say=say),
        format_html_join(
            " ",
            '<span class="stack-word stack-{}">{} {}</span>',
            ((kind_of(part.kind), say(part.value), part.label) for part in parts),
        ),
    )


def stack_bar(
    parts: Sequence[Part], *, title: str, total: Number | None = None, say: Say = say_plain
) -> SafeString:
    """The bar of ``stack`` alone."""
    whole = float(total if total is not None else sum(part.value for part in parts)) or 1.0
    return format_html(
        '<svg class="stack-bar" role="img" aria-label="{}: {}" width="100%" height="10">{}</svg>',
        title,
        ", ".join(f"{say(part.value)} {part.label}" for part in parts),
        format_html_join("", "{}", ((piece,) for piece in _pieces(parts, whole))),
    )


def band_bar(
    band: tuple[Number, Number, Number],
    *,
    top: Number,
    title: str,
    reached: Number | None = None,
    limit: Number | None = None,
    say: Say = say_plain,
) -> SafeString:
    """One horizontal bar from 0 to ``top``: the band from its low to its high, its middle as a tick.

    ``reached`` fills the ground up to what is there already; ``limit`` is a line that nothing passes.
    """
    low, middle, high = band
    whole = float(top) or 1.0
    words = f"{say(middle)} expected, {say(low)} to {say(high)}, of {say(top)}"
    words += "" if reached is None else f"; {say(reached)} so far"
    words += "" if limit is None else f"; there are {say(limit)}"

    def at(value: Number) -> float:
        return min(100.0, max(0.0, float(value) / whole * 100))

    return format_html(
        '<svg class="band-bar" role="img" aria-label="{}: {}" width="100%" height="16"><title>{}</title>'
        '<rect class="band-ground" y="4" width="100%" height="8" rx="2"/>'
        '<rect class="band-reached" y="4" width="{}%" height="8"/>'
        '<rect class="band-range" x="{}%" y="4" width="{}%" height="8"/>'
        '<line class="band-middle" x1="{}%" x2="{}%" y1="1" y2="15"/>{}</svg>',
        title,
        words,
        words,
        f"{at(reached or 0):.2f}",
        f"{at(low):.2f}",
        f"{max(at(high) - at(low), 0.6):.2f}",
        f"{at(middle):.2f}",
        f"{at(middle):.2f}",
        ""
        if limit is None
        else format_html(
            '<line class="band-limit" x1="{}%" x2="{}%" y1="0" y2="16"/>',
            f"{at(limit):.2f}",
            f"{at(limit):.2f}",
        ),
    )


def _pieces(parts: Sequence[Part], whole: float) -> Iterator[SafeString]:
    yield SafeString('<rect class="stack-ground" width="100%" height="10"/>')
    start = 0.0
    for part in parts:
        width = min(100.0 - start, max(0.0, float(part.value)) / whole * 100)
        yield format_html(
            '<rect class="stack-part stack-{}" x="{}%" width="{}%" height="10"/>',
            kind_of(part.kind),
            f"{start:.2f}",
            f"{width:.2f}",
        )
        start += width


def kind_of(kind: str) -> str:
    """``kind`` as part of a class name; raises ValueError."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} can't be part of a class name")
    return kind


def axis_of(values: Sequence[float]) -> tuple[float, list[float]]:
    """The top of the axis and its ticks: three or four round figures, from 0."""
    highest = max([*values, 0.0])
    if highest <= 0:
        return 1.0, [0.0]
    rough = highest / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough)
    if all(value == int(value) for value in values):
        step = max(1.0, math.ceil(step))
    count = math.ceil(highest / step)
    return step * count, [step * at for at in range(count + 1)]


def _y(value: float, top: float) -> float:
    return _TOP + _PLOT * (1 - value / top)


def _grid(ticks: Sequence[float], top: float, say: Say) -> SafeString:
    return format_html_join(
        "",
        '<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<text class="chart-tick" x="100%" y="{}" text-anchor="end">{}</text>',
        (
            (
                "chart-base" if tick == 0 else "chart-grid",
                f"{_y(tick, top):.1f}",
                f"{_y(tick, top):.1f}",
                f"{_y(tick, top) - 4:.1f}",
                say(int(tick) if tick == int(tick) else tick),
            )
            for tick in ticks
        ),
    )


def _slot(count: int) -> float:
    return (100 - _AXIS) / max(1, count)


def _columns(bars: Sequence[Bar], top: float, say: Say) -> SafeString:
    slot = _slot(len(bars))
    gap = min(slot * 0.25, 1.2)
    return format_html_join(
        "",
        '<rect class="chart-bar" x="{}%" y="{}" width="{}%" height="{}"><title>{}: {}</title></rect>',
        (
            (
                f"{at * slot + gap / 2:.2f}",
                f"{_y(float(bar.value), top):.1f}",
                f"{slot - gap:.2f}",
                f"{_PLOT * float(bar.value) / top:.1f}",
                bar.label,
                say(bar.value),
            )
            for at, bar in enumerate(bars)
        ),
    )


def _labels(bars: Sequence[Bar]) -> SafeString:
    every = math.ceil(len(bars) / _LABELS_AT_MOST) or 1
    slot = _slot(len(bars))
    return format_html_join(
        "",
        '<text class="chart-label" x="{}%" y="{}" text-anchor="{}">{}</text>',
        (
            (
                f"{0 if every > 1 and at == 0 else at * slot + slot / 2:.2f}",
                _TOP + _PLOT + 17,
                "start" if every > 1 and at == 0 else "middle",
                bar.label,
            )
            for at, bar in enumerate(bars)
            if at % every == 0
        ),
    )


def _summary(bars: Sequence[Bar], title: str, say: Say) -> str:
    highest = max(bars, key=lambda bar: bar.value)
    return f"{title}: {len(bars)} bars, the highest {say(highest.value)} at {highest.label}"


def _table(bars: Sequence[Bar], title: str, unit: str, say: Say) -> SafeString:
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="number">{}{}</td></tr>',
        ((bar.label, say(bar.value), f" {bar.note}" if bar.note else "") for bar in bars),
    )
    return format_html(
        '<details class="chart-figures"><summary>The figures</summary><table class="table table-small">'
        '<caption class="unseen">{}</caption><thead><tr><th scope="col">When or what</th>'
        '<th scope="col" class="number">{}</th></tr></thead><tbody>{}</tbody></table></details>',
        title,
        unit,
        rows,
    )
