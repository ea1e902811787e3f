"""Releases of invented wineries whose truth is known, because people made it: one by one, not by the model.

Each customer comes to a release with a chance of their own (the season moves it for all), has a thirst, likes some
wines better than others, and takes what the maximum lets. Prices rise now and then, and keep some away.
"""

from __future__ import annotations

import numpy as np

from tirage.planning.forecast.cells import Cell, Taken

_GROUPS = ((1, 120, 0.75, 2.0), (2, 320, 0.55, 1.0), (3, 600, 0.35, 0.5), (4, 40, 0.5, 1.0))
_WINES = (
    (1, 6, 0.3, 95_00),
    (2, 3, 0.9, 180_00),
    (3, 6, -0.4, 52_00),
    (4, 4, 0.2, 70_00),
    (5, 6, -0.8, 34_00),
)


def invent(seed: int, releases: int = 5) -> list[list[Taken]]:
    """The releases of one winery, oldest first."""
    chance = np.random.default_rng(seed)
    groups = [
        (key, max(12, int(people * chance.uniform(0.5, 1.8))), comes + chance.normal(0, 0.5), size)
        for key, people, rate, size in _GROUPS
        for comes in [np.log(rate / (1 - rate))]
    ]
    liking = {wine: base + chance.normal(0, 0.4) for wine, _, base, _ in _WINES}
    taste = {(group[0], wine[0]): chance.normal(0, 0.2) for group in groups for wine in _WINES}
    prices = {wine: price for wine, _, _, price in _WINES}
    offered: dict[tuple[int, int], int] = {}
    found = []
    for release in range(1, releases + 1):
        season = chance.normal(0, 0.25)
        wines = [one for one in _WINES if chance.random() < 0.75] or [_WINES[0]]
        vintage = {one[0]: chance.normal(0, 0.2) for one in wines}
        for one in wines:
            prices[one[0]] = round(prices[one[0]] * chance.choice([1, 1, 1.06, 1.12]))
        cells = []
        for group, people, comes, size in groups:
            mood = season + chance.normal(0, 0.12)
            here = chance.random(people) < 1 / (1 + np.exp(-(comes + mood + chance.normal(0, 0.6, people))))
            thirst = chance.normal(0, 0.8, people)
            for wine, most, _, _ in wines:
                for millilitres, factor in ((750, 1.0), (1500, 0.34)) if wine <= 2 else ((750, 1.0),):
                    maximum = max(1, round(most * size * factor))
                    price = prices[wine] * (2 if millilitres == 1500 else 1)
                    before = offered.get((wine, millilitres))
                    step = np.log(price / before) if before else 0.0
                    wants = liking[wine] + taste[group, wine] + vintage[wine] - 2.5 * step
                    wants += thirst - (0.7 if millilitres == 1500 else 0) - 0.25 * np.log2(maximum / 3)
                    share = 1 / (1 + np.exp(-(wants + chance.normal(0, 0.7, people))))
                    pieces = np.where(here, np.rint(share * (maximum + 0.9) - 0.45), 0).clip(0, maximum)
                    cell = Cell(
                        release=release,
                        group=group,
                        sku=wine * 100 + release * 10 + (millilitres > 750),
                        wine=wine,
                        vintage=2018 + release,
                        millilitres=millilitres,
                        units=1,
                        maximum=maximum,
                        people=people,
                        entitled=people * maximum,
                        price_minor=price,
                        price_before=before,
                    )
                    cells.append(
                        Taken(cell, int(pieces.sum()), int((pieces > 0).sum()), int((pieces**2).sum()))
                    )
        for wine, _, _, _ in wines:
            offered[wine, 750] = prices[wine]
            offered[wine, 1500] = prices[wine] * 2
        found.append(cells)
    return found
