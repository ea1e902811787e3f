"""What is asked before bottles are shared out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from tirage.backoffice.wishes.words import OBJECTIVES, RULES
from tirage.catalog.models import Sku
from tirage.core.bounds import FIRST_DAY, LAST_DAY, YEARS
from tirage.core.winery import current_winery
from tirage.parts.numbers import read_whole
from tirage.wishes.granting import Give, Terms
from tirage.wishes.granting.gathering import BY_GROUP, BY_LOYALTY, SAME
from tirage.wishes.rules import Objective, Rule

#: More than a winery has of one wine is a slip of the finger.
MOST = 100_000


@dataclass(frozen=True, slots=True)
class WineAsked:
    """A wine of a release with its open wishes, against what is there."""

    sku: Sku
    customers: int
    asked: int
    available: int


class GrantForm(forms.Form):
    """``give-<sku id>`` and ``reserve-<sku id>`` for each wine, and by what they are shared out."""

    rule = forms.ChoiceField(
        label="Rule",
        widget=forms.RadioSelect,
        choices=[(rule.value, f"{name}: {words}") for rule, (name, words) in RULES.items()],
    )
    customer_cap = forms.IntegerField(
        label="At most for a customer",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Pieces over all wines. Empty for no cap.",
    )
    household_cap = forms.IntegerField(
        label="At most for a household",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Those who live at one address.",
    )
    case = forms.IntegerField(
        label="Only whole cases of",
        required=False,
        min_value=1,
        max_value=100,
        help_text="6 grants 6, 12, 18 and so on. Empty for single pieces.",
    )
    since = forms.DateField(
        label="Spend since",
        required=False,
        validators=[MinValueValidator(FIRST_DAY, YEARS), MaxValueValidator(LAST_DAY, YEARS)],
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="For the rule Spend. Empty for a lifetime.",
    )
    odds = forms.ChoiceField(
        label="Odds of the draw",
        choices=[
            (SAME, "The same for all"),
            (BY_GROUP, "Higher groups have more"),
            (BY_LOYALTY, "One more for each year as a customer"),
        ],
    )
    bonus = forms.IntegerField(
        label="More odds after each release without a bottle",
        required=False,
        min_value=0,
        max_value=100,
        help_text="For those who wished and got nothing, for each time in a row.",
    )
    seed = forms.CharField(
        label="Seed of the draw",
        required=False,
        max_length=60,
        help_text="The draw follows from it; publish it. Empty draws one.",
    )
    objective = forms.ChoiceField(
        label="Goal",
        widget=forms.RadioSelect,
        required=False,
        choices=[(goal.value, f"{name}: {words}") for goal, (name, words) in OBJECTIVES.items()],
    )
    minimum = forms.IntegerField(
        label="At least for a customer",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Pieces over all wines, or nothing. Who wished for fewer gets nothing.",
    )
    prefers_case = forms.IntegerField(
        label="Rather in cases of",
        required=False,
        min_value=1,
        max_value=100,
        help_text="Of ways that are equally good, the one with more whole cases of a wine.",
    )
    keeps_rest = forms.BooleanField(
        label="What is left of a wish that is granted in part stays open", required=False, initial=True
    )
    kept_days = forms.IntegerField(
        label="Days that bottles are kept",
        min_value=1,
        max_value=90,
        help_text="When a card is declined; and requests, to be bought: customers see the time counted down.",
    )

    def __init__(self, wines: Sequence[WineAsked], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(
            data,
            initial={
                "rule": Rule.EQUAL.value,
                "odds": SAME,
                "objective": Objective.EQUAL.value,
                "keeps_rest": True,
                "kept_days": current_winery().set_aside_days,
            },
        )
        self.wines = wines
        for wine in wines:
            most = max(wine.available, 0)
            for name, label, initial in (
                ("give", f"Pieces of {wine.sku} to give", min(most, wine.asked)),
                ("reserve", f"Pieces of {wine.sku} that stay", 0),
            ):
                self.fields[f"{name}-{wine.sku.pk}"] = forms.IntegerField(
                    label=label, required=False, min_value=0, max_value=MOST, initial=initial
                )

    def fill_in(self, asked: Mapping[str, str]) -> None:
        """Begins with the pieces of an address (``?give-<sku id>=24``); wines that it doesn't name with none."""
        given = {wine.sku.pk: asked.get(f"give-{wine.sku.pk}", "") for wine in self.wines}
        if any(given.values()):
            for wine in self.wines:
                pieces = max(read_whole(given[wine.sku.pk]), 0)
                self.initial[f"give-{wine.sku.pk}"] = min(pieces, wine.available, wine.asked)

    @property
    def rows(self) -> list[tuple[WineAsked, forms.BoundField, forms.BoundField]]:
        return [(wine, self[f"give-{wine.sku.pk}"], self[f"reserve-{wine.sku.pk}"]) for wine in self.wines]

    def stock(self) -> dict[int, Give]:
        values = self.cleaned_data
        return {
            wine.sku.pk: Give(
                values.get(f"give-{wine.sku.pk}") or 0, values.get(f"reserve-{wine.sku.pk}") or 0
            )
            for wine in self.wines
        }

    def terms(self) -> Terms:
        values = self.cleaned_data
        return Terms(
            customer_cap=values["customer_cap"],
            household_cap=values["household_cap"],
            case=values["case"] or 1,
            odds=values["odds"],
            bonus=values["bonus"] or 0,
            since=values["since"],
            objective=values["objective"] or Objective.EQUAL.value,
            minimum=values["minimum"] or 1,
            prefers_case=values["prefers_case"] or 1,
        )


class AnswerForm(forms.Form):
    """How many of one wish are granted, and whether the rest stays open."""

    pieces = forms.IntegerField(label="Pieces to grant", min_value=1, max_value=MOST)
    keeps_rest = forms.BooleanField(label="The rest stays open", required=False, initial=True)
    kept_days = forms.IntegerField(label="Days that they are kept", min_value=1, max_value=90, required=False)
