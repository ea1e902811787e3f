"""Small plots side by side of how something is spread, each with the straight line of an even spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """One curve: ``points`` from (0, 0) to (1, 1), rising, none where there is nothing; ``words`` say what it shows."""

    label: str
    points: Sequence[Point]
    note: str
    words: str
    is_chosen: bool = False


def spread_chart(spreads: Sequence[Spread], *, title: str, unit: str) -> SafeString:
    """A ``<figure>`` of one small Lorenz plot for each; what each shows is its words, on the screen and read out."""
    return format_html(
        '<figure class="chart"><figcaption class="chart-title">{} <span class="chart-unit">{}</span></figcaption>'
        '<ul class="spreads">{}</ul></figure>',
        title,
        unit,
        format_html_join("", "{}", ((_one(spread),) for spread in spreads)),
    )


def _one(spread: Spread) -> SafeString:
    points = " ".join(f"{x * 100:.2f},{100 - y * 100:.2f}" for x, y in spread.points)
    curve = (
        format_html(
            '<polygon class="spread-area" points="{}"/><polyline class="spread-line" points="{}"/>',
            points,
            points,
        )
        if points
        else ""
    )
    return format_html(
        '<li class="spread{}"><svg class="spread-plot" viewBox="0 0 100 100" aria-hidden="true">'
        '<rect class="spread-frame" width="100" height="100"/>'
        '<line class="spread-even" x1="0" y1="100" x2="100" y2="0"/>'
        '{}</svg><span class="spread-name">{}</span> <span class="spread-note">{}</span>'
        '<span class="spread-words">{}</span></li>',
        " spread-chosen" if spread.is_chosen else "",
        curve,
        spread.label,
        spread.note,
        spread.words,
    )
