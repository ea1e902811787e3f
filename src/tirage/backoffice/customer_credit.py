"""The form that gives store credit or takes it back, and what a customer's page shows of it."""

from __future__ import annotations

from typing import Any

from django import forms

from tirage.backoffice.acting import MoneyField
from tirage.customers.models import Customer
from tirage.payments.queries import credit_entries

#: Entries on the customer's own page; the rest is a click away.
SHOWN = 5


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


def credit_facts(found: Customer) -> dict[str, Any]:
    """The latest entries, whether there are more, and an empty form; one statement."""
    entries = list(credit_entries(found)[: SHOWN + 1])
    return {
        "credit_form": CreditForm(),
        "credit_entries": entries[:SHOWN],
        "more_credit": len(entries) > SHOWN,
    }
