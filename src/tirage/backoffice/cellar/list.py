"""The list of skus with what the cellar has of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.cells import link_cell, money_cell, money_value, number_cell, state_cell
from tirage.backoffice.frame.filters import ListFilters, Source, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList, Total, below
from tirage.backoffice.frame.wines import skus_matching
from tirage.catalog.lwin import say_lwin
from tirage.catalog.models import Sku, Wine
from tirage.catalog.states import Colour
from tirage.core.clock import read_clock
from tirage.inventory.models import Stock
from tirage.inventory.queries import NO_STOCK, StockFigures, stock_figures
from tirage.tables.cleaning import NON_VINTAGE

STOCKS = (("some", "Some left"), ("none", "None left"))
LIVES = (("yes", "Active"), ("no", "Inactive"))


class SkuFilters(ListFilters):
    sources: ClassVar = {"wine": Source(Wine.objects.all)}

    q = search_filter("Name, code or LWIN")
    wine = choice_filter("Wine", method="of_wine")
    colour = choice_filter(
        cast(str, gettext_lazy("Color")),
        "vintage__wine__colour",
        choices=[(colour.value, colour.value.capitalize()) for colour in Colour],
    )
    stock = choice_filter("In the cellar", method="with_stock", choices=STOCKS)
    active = choice_filter("State", method="in_state", choices=LIVES)

    class Meta:
        model = Sku
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Sku], name: str, value: str) -> QuerySet[Sku]:
        return skus_matching(rows, value.lower().split()[:6])

    def of_wine(self, rows: QuerySet[Sku], name: str, value: str) -> QuerySet[Sku]:
        return rows.filter(vintage__wine__reference=value)

    def with_stock(self, rows: QuerySet[Sku], name: str, value: str) -> QuerySet[Sku]:
        some = Q(stock__on_hand__gt=F("stock__sold") - F("stock__expected"))
        return rows.filter(some) if value == "some" else rows.exclude(some)

    def in_state(self, rows: QuerySet[Sku], name: str, value: str) -> QuerySet[Sku]:
        return rows.filter(is_active=value == "yes")


def sku_url(sku: Sku) -> str:
    return reverse("backoffice:sku", args=[sku.code])


def wine_url(wine: Wine) -> str:
    return reverse("backoffice:wine", args=[wine.reference])


def _figures(sku: Any) -> StockFigures:
    """Set by ``SkuList.decorate``."""
    figures: StockFigures = sku.figures
    return figures


def _state(sku: Sku) -> str:
    return "Active" if sku.is_active else "Inactive"


class SkuList(RowList[Sku]):
    name = "cellar"
    noun_one = "sku"
    noun_many = "skus"
    filters = SkuFilters
    default_sort = "name"
    row_key = "code"
    template = "backoffice/cellar/list.html"
    totals = (
        Total(
            "on_hand",
            lambda found: below(Stock.objects.all(), "sku", found, F("on_hand")),
            lambda total: f"{total:,} on hand",
        ),
        Total(
            "sold",
            lambda found: below(Stock.objects.all(), "sku", found, F("sold")),
            lambda total: f"{total:,} sold",
        ),
    )
    columns = (
        Column(
            "name",
            "Wine",
            lambda s: link_cell(f"{s.name} {s.format_name}", sku_url(s)),
            lambda s: s.name,
            ("name", "millilitres", "units", "id"),
            kind="main",
            in_files="Name",
        ),
        Column(
            "wine",
            "Wine and vintages",
            lambda s: link_cell(s.vintage.wine.name, wine_url(s.vintage.wine)),
            lambda s: s.vintage.wine.name,
            wide=True,
            in_files="Wine",
        ),
        Column("vintage", "Vintage", lambda s: str(s.vintage.year or NON_VINTAGE), shown=False),
        Column("code", "Code", lambda s: s.code, lambda s: s.code, ("code",)),
        Column("format", "Format", lambda s: s.format_name, shown=False),
        Column("lwin", "LWIN", lambda s: say_lwin(s.lwin), lambda s: s.lwin, shown=False),
        Column("variety", "Variety", lambda s: s.vintage.wine.variety, shown=False),
        Column(
            "colour",
            cast(str, gettext_lazy("Color")),
            lambda s: s.vintage.wine.colour.capitalize(),
            shown=False,
        ),
        Column(
            "state",
            "State",
            lambda s: state_cell("active" if s.is_active else "withdrawn", _state(s)),
            _state,
        ),
        Column(
            "price",
            "List price",
            lambda s: money_cell(s.price_minor),
            lambda s: money_value(s.price_minor),
            ("-price_minor", "id"),
            kind="number",
        ),
        Column(
            "on_hand",
            "On hand",
            lambda s: number_cell(_figures(s).on_hand),
            lambda s: _figures(s).on_hand,
            kind="number",
            labelled=True,
        ),
        Column(
            "sold",
            "Sold",
            lambda s: number_cell(_figures(s).sold),
            lambda s: _figures(s).sold,
            kind="number",
            labelled=True,
        ),
        Column(
            "held",
            "Held",
            lambda s: number_cell(_figures(s).held),
            lambda s: _figures(s).held,
            kind="number",
            labelled=True,
        ),
        Column(
            "available",
            "Available",
            lambda s: number_cell(_figures(s).available),
            lambda s: _figures(s).available,
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Sku]:
        return Sku.objects.all()

    def load(self, rows: QuerySet[Sku]) -> QuerySet[Sku]:
        return rows.select_related("vintage__wine")

    def decorate(self, rows: Sequence[Sku]) -> None:
        found = stock_figures([row.pk for row in rows], read_clock())
        for row in rows:
            shown: Any = row
            shown.figures = found.get(row.pk, NO_STOCK)


SKUS = SkuList()
