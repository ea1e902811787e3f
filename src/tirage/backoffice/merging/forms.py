"""What is chosen where both accounts say something else."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from django import forms

from tirage.core.winery import current_winery
from tirage.merging.facts import Both
from tirage.merging.rules import CHOICES, Consent, Side

_LABELS = {
    "email": "E-mail, which signs in",
    "name": "Name",
    "phone": "Telephone",
    "birth_date": "Date of birth",
    "group": "Allocation group",
    "consent": "Mail about new wines",
}
CONSENT_WORDS = {
    Consent.AGREED: "Agreed",
    Consent.NEVER_ASKED: "Never asked",
    Consent.LEFT: "Wants none",
}


class MergeForm(forms.Form):
    """``other``: the reference of the account that ends; ``seen``: the digest of what the page shows."""

    other = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    also_signs_in = forms.BooleanField(
        label="The other e-mail address signs in too",
        required=False,
        help_text="Only where you know that the same person reads both. Otherwise that address is nobody’s here.",
    )

    def __init__(self, data: Any, *, both: Both) -> None:
        super().__init__(data, initial={"other": both.ends.customer.reference, "seen": both.digest})
        for name in both.asked:
            self.fields[name] = forms.ChoiceField(
                label=_LABELS[name],
                widget=forms.RadioSelect,
                choices=[
                    (side.value, say(one.person.value(name)))
                    for side, one in ((Side.STAYS, both.stays), (Side.ENDS, both.ends))
                ],
                initial=both.proposed[name].value,
            )
        self.order_fields([*CHOICES, "also_signs_in", "other", "seen"])

    @property
    def chosen(self) -> dict[str, Side]:
        return {name: Side(self.cleaned_data[name]) for name in CHOICES if name in self.cleaned_data}


def say(value: object) -> str:
    """A value as the page shows it."""
    if isinstance(value, Consent):
        return CONSENT_WORDS[value]
    if isinstance(value, date):
        return format_date(value, format="long", locale=current_winery().locale)
    return str(value)
