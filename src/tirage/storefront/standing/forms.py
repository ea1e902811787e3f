"""What is agreed to: chosen first, then read as whole sentences beside the button."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from tirage.customers.models import Address
from tirage.payments.models import PaymentMethod
from tirage.standing.agreeing import Wanted
from tirage.standing.models import StandingOrder
from tirage.standing.rules import MOST_CAP
from tirage.standing.states import Amount


class WantedForm(forms.Form):
    """How much of each release, whither and from which card."""

    amount = forms.ChoiceField(
        label="What is ordered for you",
        choices=[
            (Amount.FULL.value, "My full allocation"),
            (Amount.USUAL.value, "The quantities that you suggest for me"),
            (Amount.CAPPED.value, "My allocation, up to a number of bottles"),
        ],
        widget=forms.RadioSelect,
        initial=Amount.FULL.value,
        error_messages={"required": "Choose how much is ordered."},
    )
    cap = forms.IntegerField(
        label="Up to how many bottles in all",
        required=False,
        min_value=1,
        max_value=MOST_CAP,
        help_text="For the third choice: filled in the order in which the wines stand in the offer.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    address = forms.ChoiceField(label="Where it goes")
    card = forms.ChoiceField(label="What is charged")

    def __init__(
        self,
        data: QueryDict | None,
        *,
        addresses: list[Address],
        cards: list[PaymentMethod],
        standing: StandingOrder | None,
    ) -> None:
        super().__init__(data, initial=_as_agreed(standing))
        _choose(self, "address", [(one.reference, f"{one.recipient}, {one.one_line}") for one in addresses])
        _choose(self, "card", [(one.reference, one.label) for one in cards])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("amount") == Amount.CAPPED and not found.get("cap") and "cap" not in self.errors:
            self.add_error("cap", f"Write how many bottles at most, from 1 to {MOST_CAP}.")
        return found

    @property
    def wanted(self) -> Wanted:
        """What a valid form says."""
        amount = Amount(self.cleaned_data["amount"])
        cap = self.cleaned_data["cap"] if amount is Amount.CAPPED else None
        return Wanted(amount, cap, self.cleaned_data["address"], self.cleaned_data["card"])


def _as_agreed(standing: StandingOrder | None) -> dict[str, Any]:
    if standing is None:
        return {}
    found: dict[str, Any] = {"amount": standing.amount, "cap": standing.cap}
    if standing.address:
        found["address"] = standing.address.reference
    if standing.card:
        found["card"] = standing.card.reference
    return found


def _choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class AgreeForm(forms.Form):
    """Beside the words: that they are of age, where nobody has asked yet."""

    adult = forms.BooleanField(label="", required=False)
    birth_date = forms.DateField(
        label="Date of birth (some states require it)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}),
        error_messages={"invalid": "Enter the day you were born, with all four digits of the year."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: QueryDict | None, *, age: int, asks: bool, version: int) -> None:
        super().__init__(data, initial={"version": version})
        self.fields["adult"].label = f"I am {age} or older"
        if not asks:
            del self.fields["adult"], self.fields["birth_date"]
