"""What is wanted of a release, from which maximums are suggested."""

from __future__ import annotations

from django import forms

from tirage.planning.suggesting import Wanted


class WantedForm(forms.Form):
    """Two shares in percent."""

    sell_through = forms.IntegerField(
        label="Sell at least, in percent of the stock",
        min_value=1,
        max_value=100,
        help_text="Of each wine, as expected.",
    )
    chance = forms.IntegerField(
        label="Chance that it lasts for the first group, in percent",
        min_value=1,
        max_value=99,
        help_text="That nobody in the first group finds a wine gone, to the end of its offer.",
    )

    @property
    def wanted(self) -> Wanted:
        """As shares, once the form is valid."""
        return Wanted(self.cleaned_data["sell_through"] / 100, self.cleaned_data["chance"] / 100)
