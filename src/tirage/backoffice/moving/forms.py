"""Forms of moving in."""

from __future__ import annotations

import csv
import io
from typing import Any

from django import forms

from tirage.core.errors import DomainError
from tirage.moving.reconciling import read_figures
from tirage.moving.states import By

#: More than any former system's sums by customer.
MOST_CHARACTERS = 5_000_000


class StartForm(forms.Form):
    books_differences = forms.BooleanField(
        label="Book what doesn’t add up as a charge of its own",
        required=False,
        help_text="An order whose wines and charges don’t come to its total is refused otherwise.",
    )
    takes_guests = forms.BooleanField(
        label="Give orders without an e-mail address to one customer called Guests",
        required=False,
        help_text="Sales over the counter, mostly. They are refused otherwise.",
    )


class FiguresForm(forms.Form):
    """Figures of the former system, as rows of a spreadsheet are pasted, or as a file."""

    figures = forms.CharField(
        label="Figures of your former system",
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="A line for each: kind, key, amount, such as “year; 2019; 182,340.50”, or pasted from a spreadsheet. "
        "Kinds are year, month (2019-10), customer (e-mail), wine (sku), payment (its way), order (number) and credit "
        "(e-mail).",
    )
    file = forms.FileField(
        label="Or a control file", required=False, help_text="CSV with the same three columns."
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        text = values.get("figures") or ""
        if (file := values.get("file")) is not None:
            text = file.read(MOST_CHARACTERS).decode("utf-8-sig", errors="replace")
        if not text.strip():
            self.add_error("figures", "Write at least one figure, or choose a file.")
            return values
        try:
            values["read"] = read_figures(_rows(text.replace("\0", "")))
        except DomainError as refusal:
            self.add_error("figures", refusal.message)
        except csv.Error:
            words = "A cell of it is too long, or has an open quotation mark. Write kind, key and amount on a line."
            self.add_error("figures", words)
        return values


def _rows(text: str) -> list[list[str]]:
    """Cells between tabs or semicolons, else between commas."""
    mark = next((one for one in "\t;" if one in text), ",")
    rows = list(csv.reader(io.StringIO(text), delimiter=mark))
    # A figure such as 182,340.50 has commas of its own.
    return [[*row[:2], ",".join(row[2:])] if mark == "," and len(row) > 3 else row for row in rows]


class SignForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(label="Why it is right, where figures differ", required=False, max_length=300)


class OpenForm(forms.Form):
    reason = forms.CharField(label="Why it is opened again", max_length=200)


KIND_WORDS = {
    By.YEAR: "Years",
    By.MONTH: "Months",
    By.CUSTOMER: "Customers",
    By.WINE: "Wines",
    By.PAYMENT: "Ways of payment",
    By.ORDER: "Orders",
    By.CREDIT: "Store credit",
}
