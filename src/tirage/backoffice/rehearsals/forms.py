"""What may be different in a what-if."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import MomentField
from tirage.backoffice.rehearsals.words import moment_at
from tirage.parts.hands import CLOCK_CHANGE, is_left_alone
from tirage.planning.gathering import LEAVES
from tirage.planning.rehearsing import DAYS
from tirage.planning.simulation.plan import MINUTE, Changes, Plan, PlannedGroup

#: More pieces of a wine than a winery has are a slip of the finger; a person's maximum is kept in a small column.
MOST_STOCK, MOST_EACH = 1_000_000, 999
_OFTEN = {1_000: "1,000 times: enough for small chances", 300: "300 times", 100: "100 times: a quick look"}


class RehearseForm(forms.Form):
    """How often, and how many carts are left."""

    days = forms.TypedChoiceField(
        label="Lived through", choices=[(days, _OFTEN[days]) for days in DAYS], coerce=int, initial=DAYS[0]
    )
    leaves = forms.IntegerField(
        label="Carts that nobody pays for",
        min_value=0,
        max_value=90,
        initial=round(LEAVES * 100),
        help_text="In percent of those that hold bottles.",
    )


class WhatIfForm(RehearseForm):
    """``stock-<sku>``, ``opens-<group>`` and ``most-<group>-<sku>`` besides, as they were in the plan."""

    cart = forms.IntegerField(
        label="Minutes that a cart holds", min_value=5, max_value=60, help_text="5 to 60."
    )

    def __init__(self, plan: Plan, days: int, *args: Any) -> None:
        super().__init__(*args)
        self.plan = plan
        self.fields["days"].initial = days
        self.fields["leaves"].initial = round(plan.leaves * 100)
        self.fields["cart"].initial = plan.cart // MINUTE
        for wine in plan.wines:
            self.fields[f"stock-{wine.sku}"] = _pieces(f"Stock of {wine.name}", wine.stock, MOST_STOCK)
        for group in plan.groups:
            self.fields[f"opens-{group.group}"] = MomentField(
                label=f"{group.name} opens", initial=moment_at(plan, group.opens)
            )
            for item in group.items:
                wine = plan.wines[item.wine]
                self.fields[f"most-{group.group}-{wine.sku}"] = _pieces(
                    f"Maximum of {wine.name} for {group.name}", item.limits.maximum, MOST_EACH
                )

    def clean(self) -> dict[str, Any]:
        """An opening in the hour that comes twice, left alone, is the one of the plan."""
        values = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if self.has_error(name, CLOCK_CHANGE) and is_left_alone(
                field, self.data.get(name), field.initial
            ):
                del self.errors[name]
                values[name] = field.initial.replace(second=0, microsecond=0)
        return values

    def rows(self) -> list[tuple[str, Any, list[tuple[PlannedGroup, Any]]]]:
        """Of each wine its name, its stock's field, and each group with its maximum's; None where it isn't offered."""
        return [
            (
                wine.name,
                self[f"stock-{wine.sku}"],
                [
                    (group, self[name] if (name := f"most-{group.group}-{wine.sku}") in self.fields else None)
                    for group in self.plan.groups
                ],
            )
            for wine in self.plan.wines
        ]

    def waves(self) -> list[tuple[PlannedGroup, Any]]:
        """Each group with the field of its opening."""
        return [(group, self[f"opens-{group.group}"]) for group in self.plan.groups]

    def changes(self) -> Changes:
        """What is different from the plan."""
        values = self.cleaned_data
        origin = datetime.fromisoformat(self.plan.origin)
        opens = {}
        for group in self.plan.groups:
            # A form knows minutes; what wasn't touched stays to the second.
            was, asked = moment_at(self.plan, group.opens), values[f"opens-{group.group}"]
            if asked != was.replace(second=0, microsecond=0):
                opens[group.group] = (asked - origin) // timedelta(milliseconds=1)
        return Changes(
            stock={wine.sku: values[f"stock-{wine.sku}"] for wine in self.plan.wines},
            maximums={
                (group.group, (sku := self.plan.wines[item.wine].sku)): values[f"most-{group.group}-{sku}"]
                for group in self.plan.groups
                for item in group.items
            },
            opens=opens,
            cart=values["cart"] * MINUTE,
        )


def _pieces(label: str, pieces: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=pieces, min_value=0, max_value=most)
