"""The form in which a customer, or the team for one, gives a business's name and VAT number."""

from __future__ import annotations

from django import forms

from tirage.parts.hands import EditForm
from tirage.places import find_country
from tirage.taxes.book import EUROPEAN_UNION

#: Whose numbers can be checked; of others than the Union's they stand on receipts only.
COUNTRIES = sorted(
    ((code, known.name) for code in (*EUROPEAN_UNION, "CH", "GB", "NO") if (known := find_country(code))),
    key=lambda found: found[1],
)


class BusinessForm(EditForm):
    name = forms.CharField(
        label="Name of the business",
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(
        label="Country that gave the number",
        required=False,
        choices=[("", "Choose"), *COUNTRIES],
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    number = forms.CharField(
        label="VAT number",
        max_length=30,
        required=False,
        help_text="As it stands on your invoices, such as DE 136 695 976.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
