"""What the page of a release grid says around its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.releases.grid.acts import CASES, ROUNDINGS, Worked
from tirage.backoffice.releases.grid.cells import cells_of, faults_of
from tirage.backoffice.releases.grid.sent import carried_of
from tirage.backoffice.releases.grid.sheet import LABELS, LAYER_OF, LAYERS, Column, Row, Sheet
from tirage.catalog.models import Sku
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.offers.models import GridDraft
from tirage.offers.states import DraftState
from tirage.parts.faults import Fault


@dataclass(frozen=True, slots=True)
class RowShown:
    """A wine with its cells, and what they promise of it in pieces."""

    row: Row
    cells: list[SafeString]
    promised: int
    likely: int

    @property
    def is_short(self) -> bool:
        return self.promised > self.row.there

    @property
    def over(self) -> str:
        return say_over(self.promised, self.row.there)


@dataclass(frozen=True, slots=True)
class ColumnShown:
    """An offer with what one member may take of it."""

    column: Column
    bottles: int
    money: Money


def say_over(promised: int, there: int) -> str:
    """How many times over the stock is offered: ``1.8×``; empty where nothing is promised."""
    if there <= 0:
        return "no stock" if promised else ""
    return f"{promised / there:.1f}×" if promised else ""


def grid_context(
    sheet: Sheet,
    now: datetime,
    *,
    may_edit: bool,
    draft: GridDraft | None = None,
    layer: str = "maximum",
    worked: Worked | None = None,
    faults: Sequence[Fault] = (),
    asked: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that the template takes."""
    release, currency = sheet.release, current_winery().currency
    rows = [
        RowShown(row, cells_of(sheet, index, may_edit=may_edit), sheet.promised(index), sheet.likely(index))
        for index, row in enumerate(sheet.rows)
    ]
    columns = [
        ColumnShown(column, bottles, Money(minor, currency))
        for column, (bottles, minor) in zip(
            sheet.columns, map(sheet.each, range(len(sheet.columns))), strict=True
        )
    ]
    wrong = faults_of(sheet)
    if wrong and not any(spot[2] is LAYERS[layer] for spot in sheet.problems):
        layer = LAYER_OF[min(sheet.problems, key=lambda spot: list(LAYERS.values()).index(spot[2]))[2]]
    bottles = sum(one.promised * one.row.sku.units for one in rows)
    there = sum(max(one.row.there, 0) * one.row.sku.units for one in rows)
    return {
        "crumbs": [
            ("Releases", reverse("backoffice:releases")),
            (release.name, reverse("backoffice:release", args=[release.reference])),
            ("Grid", ""),
        ],
        "release": release,
        "rows": rows,
        "columns": columns,
        "before": sheet.before.releases,
        "bottles": bottles,
        "there": there,
        "over": say_over(bottles, there),
        "money": Money(
            sum(one.money.minor * one.column.members for one in columns if one.column.counts), currency
        ),
        "changed": len(sheet.changed()),
        "carried": carried_of(sheet),
        "draft": draft,
        "drafts": list(release.drafts.filter(state=DraftState.OPEN.value).order_by("-made_at", "-id")),
        "layer": layer,
        "layers": list(LABELS.items()),
        "addable": _addable(sheet) if may_edit else [],
        "cases": list(CASES.items()),
        "roundings": [(one.value, words) for one, words in ROUNDINGS.items()],
        "worked": worked.words if worked else "",
        "faults": [*faults, *wrong],
        "asked": asked or {},
        "may_edit": may_edit,
        "now": now,
    }


def _addable(sheet: Sheet) -> list[tuple[str, str]]:
    """Wines that have no row yet, as choices."""
    rows = {row.sku.pk for row in sheet.rows}
    skus = Sku.objects.filter(is_active=True).order_by("name", "millilitres", "units")
    return [(sku.code, f"{sku} ({sku.code})") for sku in skus if sku.pk not in rows]
