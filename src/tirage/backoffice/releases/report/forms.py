"""The goals of a release: bottles and money as a whole and by wine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import MoneyField
from tirage.catalog.models import Sku
from tirage.offers.models import Release
from tirage.parts.hands import EditForm
from tirage.reports.models import MOST_BOTTLES
from tirage.reports.operations import BOTTLES, MONEY, goals_of


class GoalsForm(EditForm):
    """Two fields for the release (``bottles-0``, ``money-0``) and for each wine, by the sku's id."""

    def __init__(self, *args: Any, release: Release, skus: Sequence[Sku], **options: Any) -> None:
        standing = goals_of(release)
        names = [(0, "The whole release"), *((sku.pk, str(sku)) for sku in skus)]
        initial = {
            f"{what}-{key}": standing.get(f"{what}-{key}") for key, _ in names for what in (BOTTLES, MONEY)
        }
        super().__init__(*args, initial=initial, about=release, **options)
        self.lines: list[tuple[str, str, str]] = []
        for key, name in names:
            bottles, money = f"{BOTTLES}-{key}", f"{MONEY}-{key}"
            self.fields[bottles] = forms.IntegerField(
                label="Bottles", required=False, min_value=1, max_value=MOST_BOTTLES
            )
            self.fields[money] = MoneyField(label="Wine sold", required=False)
            self.lines.append((name, bottles, money))

    @property
    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """The name, the field of bottles and the field of money of each line."""
        return [(name, self[bottles], self[money]) for name, bottles, money in self.lines]

    def clean(self) -> dict[str, Any]:
        """A goal of no money is none."""
        cleaned = super().clean() or self.cleaned_data
        for _, _, money in self.lines:
            if cleaned.get(money) == 0:
                cleaned[money] = None
        return cleaned
