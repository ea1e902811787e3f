"""What a person says about a finding."""

from __future__ import annotations

from django import forms

_WORDS = {"required": "Write a few words."}


class AttachForm(forms.Form):
    order = forms.CharField(
        max_length=20,
        label="Order",
        widget=forms.TextInput(attrs={"placeholder": "ORD-…", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Write the order’s number."},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200, label="Reason", help_text="The finding’s story keeps it.", error_messages=_WORDS
    )


class BookRefundForm(ReasonForm):
    owed = forms.ChoiceField(
        label="The order",
        widget=forms.RadioSelect,
        choices=[
            ("less", "Owes that much less: it was goodwill"),
            ("still", "Still owes it: it has to be paid again"),
        ],
        error_messages={"required": "Say whether it is still owed."},
    )
