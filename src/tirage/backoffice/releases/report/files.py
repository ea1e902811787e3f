"""A report as a file: by wine and group, or by day."""

from __future__ import annotations

from collections.abc import Iterator

from tirage.backoffice.frame.cells import money_value
from tirage.reports.allocation import Report
from tirage.reports.rules import Figures
from tirage.tables.writing import Cell

WINES = (
    "group",
    "sku",
    "wine",
    "offered",
    "bought",
    "of which beyond the maximum",
    "take rate",
    "in carts",
    "left",
    "wished",
    "granted",
    "wine sold",
    "goal bottles",
    "goal wine sold",
)
DAYS = (
    "day",
    "bottles sold",
    "so far",
    "offered so far",
    "take rate so far",
    "left",
    "wished",
    "wine sold",
    "wine so far",
)


def wine_rows(report: Report) -> Iterator[list[Cell]]:
    """Each wine of each group, then each wine over all groups, then everything; bottles."""
    for line in report.groups:
        for sku, figures in line.wines:
            yield [line.offer.group.name, sku.code, str(sku), *_cells(figures), None, None]
        if line.off_minor:
            yield _money_row(line.offer.group.name, "discounts on whole orders", line.off_minor)
    for wine in report.wines:
        goal = (wine.aim.bottles, money_value(wine.aim.wine_minor)) if wine.aim else (None, None)
        yield ["all groups", wine.sku.code, str(wine.sku), *_cells(wine.figures), *goal]
    if report.outside.bottles or report.outside.wine_minor:
        outside = Figures(beyond=report.outside.bottles, wine_minor=report.outside.wine_minor)
        yield ["outside the offers", "", "", *_cells(outside), None, None]
    total, aim = report.total, report.aim
    whole = Figures(
        total.offered,
        total.taken,
        total.beyond + report.outside.bottles,
        total.held,
        total.left,
        total.wished,
        total.granted,
        report.sold.wine_minor,
    )
    goal = (aim.bottles, money_value(aim.wine_minor)) if aim else (None, None)
    yield ["all groups", "", "everything, after discounts", *_cells(whole), *goal]


def _cells(figures: Figures) -> list[Cell]:
    rate = figures.take_rate
    return [
        figures.offered,
        figures.bought,
        figures.beyond,
        None if rate is None else round(rate, 4),
        figures.held,
        figures.left,
        figures.wished,
        figures.granted,
        money_value(figures.wine_minor),
    ]


def _money_row(group: str, words: str, minor: int) -> list[Cell]:
    return [group, "", words, *[None] * 8, money_value(minor), None, None]


def day_rows(report: Report) -> Iterator[list[Cell]]:
    """Each day of the release's life."""
    for day in report.days:
        rate = day.take_rate
        yield [
            day.day,
            day.sold.bottles,
            day.so_far.bottles,
            day.offered,
            None if rate is None else round(rate, 4),
            day.left,
            day.wished,
            money_value(day.sold.wine_minor),
            money_value(day.so_far.wine_minor),
        ]
