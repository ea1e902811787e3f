"""A form of many rows: whatever count of rows a browser sends, no more are read than a page may have."""

from __future__ import annotations

from typing import TypeVar

from django.forms import BaseForm, BaseFormSet

Row = TypeVar("Row", bound=BaseForm)


class Rows(BaseFormSet[Row]):
    """Django bounds how many rows there are, not how many of them are said to have been there before."""

    def initial_form_count(self) -> int:
        count = super().initial_form_count()
        return min(count, self.total_form_count()) if self.is_bound else count
