"""Plots of a rehearsal as inline SVG: bands, medians and, dashed, those of the one beside it. Words are around them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: (low, middle, high), as ``planning.simulation.figures`` gives them.
Band = Sequence[float]
_HIGH, _PLOT, _TOP = 150, 120, 12


def left_plot(
    bands: Sequence[Band], stock: int, *, before: Sequence[Band] | None, before_stock: int, title: str
) -> SafeString:
    """What is left of a wine, from the opening to the close; the first day by the hour, then by the day."""
    most = max(stock, before_stock, 1)
    low = [_at(place, len(bands), band[0] / most) for place, band in enumerate(bands)]
    high = [_at(place, len(bands), band[2] / most) for place, band in enumerate(bands)]
    middle = [_at(place, len(bands), band[1] / most) for place, band in enumerate(bands)]
    earlier = before or ()
    was = [_at(place, len(earlier), band[1] / most) for place, band in enumerate(earlier)]
    return format_html(
        '<svg class="left-plot" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<line class="left-base" x1="0" x2="100" y1="39.5" y2="39.5"/>'
        '<polygon class="left-band" points="{}"/>{}<polyline class="left-line" points="{}"/></svg>',
        title,
        " ".join([*high, *reversed(low)]),
        format_html('<polyline class="left-before" points="{}"/>', " ".join(was)) if was else "",
        " ".join(middle),
    )


def _at(place: int, count: int, share: float) -> str:
    return f"{place / max(count - 1, 1) * 100:.2f},{39.5 - min(max(share, 0), 1) * 38:.2f}"


def chance_bar(chance: float, before: float | None, *, title: str) -> SafeString:
    """A chance as a bar, with a mark where it was."""
    mark = format_html(
        '<line class="chance-before" x1="{0}%" x2="{0}%" y1="0" y2="14"/>', f"{(before or 0) * 100:.1f}"
    )
    return format_html(
        '<svg class="chance" role="img" aria-label="{}" width="100%" height="14">'
        '<rect class="chance-ground" y="3" width="100%" height="8"/>'
        '<rect class="chance-part" y="3" width="{}%" height="8"/>{}</svg>',
        title,
        f"{chance * 100:.1f}",
        "" if before is None else mark,
    )


def money_plot(
    days: Sequence[tuple[str, Band]], before: Sequence[Band], *, title: str, most_words: str
) -> SafeString:
    """Money by day: columns up to the middle, a line from low to high, a mark where the middle was."""
    most = max([*(band[2] for _, band in days), *(band[1] for band in before), 1])
    slot = 100 / max(len(days), 1)
    every = -(-len(days) // 5)
    return format_html(
        '<svg class="money-plot" role="img" aria-label="{}" width="100%" height="{}">'
        '<line class="chart-grid" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<line class="chart-base" x1="0" x2="100%" y1="{}" y2="{}"/>{}{}'
        '<text class="chart-tick" x="100%" y="{}" text-anchor="end">{}</text></svg>',
        title,
        _HIGH + 4,
        _TOP,
        _TOP,
        _TOP + _PLOT,
        _TOP + _PLOT,
        format_html_join(
            "", "{}", ((_day(place, slot, band, most, before),) for place, (_, band) in enumerate(days))
        ),
        format_html_join(
            "",
            '<text class="chart-label" x="{}%" y="{}" text-anchor="{}">{}</text>',
            (
                (
                    f"{place * slot + (0 if place == 0 else slot / 2):.2f}",
                    _HIGH,
                    "start" if place == 0 else "middle",
                    label,
                )
                for place, (label, _) in enumerate(days)
                if place % every == 0
            ),
        ),
        _TOP - 3,
        most_words,
    )


def _day(place: int, slot: float, band: Band, most: float, before: Sequence[Band]) -> SafeString:
    left, width = place * slot + slot * 0.15, slot * 0.7
    mark = ""
    if place < len(before):
        mark = format_html(
            '<line class="money-before" x1="{}%" x2="{}%" y1="{}" y2="{}"/>',
            f"{left - slot * 0.1:.2f}",
            f"{left + width + slot * 0.1:.2f}",
            _high(before[place][1], most),
            _high(before[place][1], most),
        )
    middle = f"{left + width / 2:.2f}"
    return format_html(
        '<rect class="chart-bar" x="{}%" width="{}%" y="{}" height="{}"/>'
        '<line class="money-band" x1="{}%" x2="{}%" y1="{}" y2="{}"/>{}',
        f"{left:.2f}",
        f"{width:.2f}",
        _high(band[1], most),
        f"{_PLOT * band[1] / most:.1f}",
        middle,
        middle,
        _high(band[0], most),
        _high(band[2], most),
        mark,
    )


def _high(value: float, most: float) -> str:
    return f"{_TOP + _PLOT * (1 - value / most):.1f}"
