"""Choosing customers wherever somebody does: by a segment, a list that was kept, or a filter of the one language.

Lists whose rows belong to customers extend ``OfCustomers``; other pages read their address by ``read_who`` and show
``backoffice/frame/who.html``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import django_filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from tirage.backoffice.frame.filters import ListFilters, Source, choice_filter
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.segments.models import CustomerList, Segment
from tirage.segments.naming import Things, say_filter
from tirage.segments.queries import find_ids, having_ids
from tirage.segments.rules import Condition, Node, parse, serialise

#: The parameters, which stand last in every list's form.
WHO = ("segment", "on_list", "filter")


class OfCustomers(ListFilters):
    """The filters of a list whose rows belong to customers. ``to_customer`` leads from a row to its customer."""

    to_customer: ClassVar[str] = "customer"
    sources: ClassVar = {"segment": Source(Segment.objects.all), "on_list": Source(CustomerList.objects.all)}

    segment = choice_filter("Customers in segment", method="in_segment")
    on_list = choice_filter("Customers on list", method="in_list")
    #: A filter as its builder writes it (``tirage.segments``).
    filter = django_filters.CharFilter(label="Who", method="fitting", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in WHO:
            self.filters[name] = self.filters.pop(name)

    def in_segment(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return self._of_found(rows, name, lambda: Condition("segment", (("segment", value),)))

    def in_list(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return self._of_found(rows, name, lambda: Condition("list", (("list", value),)))

    def fitting(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return self._of_found(rows, name, lambda: parse(value))

    def _of_found(self, rows: QuerySet[Any], name: str, read: Callable[[], Node]) -> QuerySet[Any]:
        """Looked for once for count, page and sums. A filter that can't be read finds nobody, and its chip says why."""
        try:
            ids = self.remember(name, lambda: find_ids(read(), read_clock()))
        except DomainError:
            return rows.none()
        return having_ids(rows, ids, self.to_customer)

    def _say(self, name: str, value: Any) -> str:
        if name != "filter":
            return super()._say(name, value)
        try:
            return f"Who {say_filter(parse(value))}"
        except DomainError as refused:
            return refused.message


def with_filter(path: str, text: str) -> str:
    """``path`` with a filter in its address, as readable as addresses go."""
    return f"{path}{'&' if '?' in path else '?'}filter={quote(text, safe='(),:;@~')}"


@dataclass(frozen=True)
class Who:
    """Whom an address means by ``filter``: everybody while it is empty. ``here`` is the page that asks."""

    text: str
    node: Node | None
    problem: str
    here: str
    things: Things

    @cached_property
    def said(self) -> str:
        """In words, after *everybody who*; empty for everybody."""
        return say_filter(self.node, self.things) if self.node else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Segments and lists by their filter; last what is meant now, where it is something else."""
        named = [
            (f"{word}({word}:{key})", f"{label} {name}")
            for word, label in (("segment", "Segment"), ("list", "List"))
            for key, name in self.things.choices(word)
        ]
        is_other = self.node is not None and self.text not in dict(named)
        return [*named, (self.text, f"Everybody who {self.said}")] if is_other else named

    @property
    def build_url(self) -> str:
        """The builder, which leads back here."""
        asked = urlencode({"back": self.here})
        return with_filter(f"{reverse('backoffice:build_filter')}?{asked}", self.text)

    def ids(self, now: datetime) -> list[int] | None:
        """Who fits now; None for everybody."""
        return find_ids(self.node, now) if self.node else None


def read_who(text: str, here: str) -> Who:
    """What ``text`` means; one that can't be read means nobody by itself, so pages show its ``problem``."""
    try:
        node = parse(text) if text else None
        return Who(serialise(node) if node else "", node, "", here, Things())
    except DomainError as refused:
        return Who("", None, refused.message, here, Things())
