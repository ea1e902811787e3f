"""The map's figures as files: a table, and the map itself as a picture. In what is meant for others, areas with fewer
than five customers are hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tirage.backoffice.frame.cells import money_value
from tirage.backoffice.insights.page import FEWEST, Legend, Mapped, Row
from tirage.backoffice.insights.saying import say_range
from tirage.core.contrast import mix
from tirage.core.winery import current_winery
from tirage.insights.rules.metrics import Unit
from tirage.tables.writing import Cell

HEADERS = (
    "area",
    "code",
    "figure",
    "worked out from",
    "divided by",
    "few cases",
    "customers",
    "bought in the period",
    "new",
    "lapsed",
    "orders",
    "bottles",
    "sales",
    "sales before",
)


def rows_of(mapped: Mapped, *, for_others: bool) -> Iterator[list[Cell]]:
    """Each area with its figure and what it was worked out from; money in whole units, ratios as they are."""
    spec = mapped.asked.spec
    everything = [*mapped.rows, *([mapped.elsewhere] if mapped.elsewhere else [])]
    for row in everything:
        sums = row.area.sums
        if for_others and sums.customers < FEWEST:
            continue
        yield [
            row.area.name,
            row.area.key,
            _cell(spec.unit, row.figure.value),
            _cell(spec.part_unit, row.figure.numerator),
            _cell(spec.base_unit, row.figure.denominator),
            "yes" if row.is_few else "",
            sums.customers,
            sums.active,
            sums.new,
            sums.lapsed,
            sums.orders,
            sums.bottles,
            money_value(sums.sales_minor),
            money_value(sums.sales_before_minor),
        ]


def _cell(unit: Unit | None, value: float | None) -> Cell:
    if unit is None or value is None:
        return None
    if unit is Unit.MONEY:
        return money_value(round(value))
    return round(value, 4) if value != int(value) else int(value)


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a picture that stands for itself; ``tones`` as the page has them, on light paper."""

    paper: str
    ink: str
    land: str
    tones: dict[str, str]


def ink_of() -> Ink:
    """From the winery's own colours."""
    winery = current_winery()
    paper, ink, accent = winery.paper, winery.ink, winery.accent
    cool = "#1f5673"
    ups = (0.20, 0.38, 0.58, 0.79, 1.0)
    tones = {f"up-{at + 1}": mix(accent, paper, share) for at, share in enumerate(ups)}
    tones |= {f"down-{at + 1}": mix(cool, paper, share) for at, share in enumerate((0.3, 0.62, 1.0))}
    tones |= {"nought": mix(ink, paper, 0.22), "few": mix(ink, paper, 0.15), "none": mix(ink, paper, 0.09)}
    return Ink(paper, ink, mix(ink, paper, 0.09), tones)


@dataclass(frozen=True, slots=True)
class Painted:
    """A shape or a colour of the legend with its colour written out; ``x`` is where it stands in the legend."""

    what: Row | Legend
    fill: str
    x: int = 0


def painted(mapped: Mapped, ink: Ink) -> list[Painted]:
    shown = [one for one in mapped.drawn if one.area.sums.customers >= FEWEST]
    return [Painted(one, ink.tones[one.tone]) for one in shown]


def keys_of(mapped: Mapped, ink: Ink) -> list[Painted]:
    """The legend in a row of columns, of the shapes that are painted: hidden areas are in no range and no count."""
    shown = [one for one in mapped.drawn if one.area.sums.customers >= FEWEST]
    found = []
    for one in mapped.legend:
        values = [row.figure.value for row in shown if row.tone == one.tone and row.figure.value is not None]
        if not any(row.tone == one.tone for row in shown):
            continue
        is_range = one.tone not in ("few", "none") and values
        words = say_range(mapped.asked.spec.unit, min(values), max(values)) if is_range else one.words
        found.append(Legend(one.tone, words, 0))
    step = int(mapped.asked.layer.canvas[0] / max(4, len(found)))
    return [Painted(one, ink.tones[one.tone], at * step) for at, one in enumerate(found)]
