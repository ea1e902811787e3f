"""The form that gives store credit or takes it back."""

from __future__ import annotations

from django import forms

from tirage.backoffice.frame.acting import MoneyField


class CreditForm(forms.Form):
    act = forms.ChoiceField(choices=[("give", "Give"), ("take", "Take back")], widget=forms.HiddenInput)
    amount = MoneyField(label="Amount")
    reason = forms.CharField(label="Reason", max_length=300)
    #: The balance that was seen: the same form sent again finds another one and gives nothing.
    seen = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def amount_minor(self) -> int:
        """Negative when it takes."""
        amount: int = self.cleaned_data["amount"]
        return amount if self.cleaned_data["act"] == "give" else -amount
