"""The list of findings: its filters and columns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html

from tirage.backoffice.frame.cells import moment_cell, moment_value, reference_cell
from tirage.backoffice.frame.filters import DayFilter, ListFilters, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList
from tirage.backoffice.payments.findings.words import (
    KINDS,
    RESOLUTIONS,
    STATES,
    finding_state,
    say_ours,
    say_theirs,
)
from tirage.backoffice.payments.words import gateway_words
from tirage.core.money import Money
from tirage.payments.models import Finding
from tirage.tables.writing import Cell


class FindingFilters(ListFilters):
    q = search_filter("Finding, payment, order or the gateway’s reference")
    state = choice_filter("State", "state", choices=list(STATES.items()))
    kind = choice_filter("What", "kind", choices=list(KINDS.items()))
    resolution = choice_filter("Became", "resolution", choices=list(RESOLUTIONS.items()))
    first = DayFilter("happened_at", label="Happened from")
    last = DayFilter("happened_at", last=True, label="Happened until")

    class Meta:
        model = Finding
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        """A number of ours, or the gateway's reference, from the beginning."""
        text = value.strip()
        if text.upper().startswith("FND-"):
            return rows.filter(reference__startswith=text.upper())
        if text.upper().startswith("ORD-"):
            number = text.upper()
            return rows.filter(
                Q(description__startswith=number) | Q(payment__order__reference__startswith=number)
            )
        return rows.filter(
            Q(gateway_reference__startswith=text)
            | Q(idempotency_key__startswith=text.upper())
            | Q(payment__reference__startswith=text.upper())
        )


def finding_url(finding: Finding) -> str:
    return reverse("backoffice:finding", args=[finding.reference])


def _what(finding: Finding) -> Any:
    return format_html('<a href="{}">{}</a>', finding_url(finding), KINDS[finding.kind])


def _value(minor: int | None, finding: Finding) -> Cell:
    return None if minor is None else Money(minor, finding.currency).decimal


class FindingList(RowList[Finding]):
    name = "findings"
    noun_one = "finding"
    noun_many = "findings"
    filters = FindingFilters
    default_sort = "-when"
    template = "backoffice/payments/findings/list.html"
    columns = (
        Column("what", "What", _what, lambda f: KINDS[f.kind], kind="main"),
        Column(
            "finding", "Finding", lambda f: reference_cell(f.reference, finding_url(f)), lambda f: f.reference
        ),
        Column("state", "State", finding_state, lambda f: RESOLUTIONS.get(f.resolution) or STATES[f.state]),
        Column(
            "when",
            "Happened",
            lambda f: moment_cell(f.happened_at),
            lambda f: moment_value(f.happened_at),
            ("-happened_at", "-id"),
        ),
        Column(
            "found",
            "Found",
            lambda f: moment_cell(f.found_at),
            lambda f: moment_value(f.found_at),
            shown=False,
        ),
        Column("gateway", "Gateway", lambda f: gateway_words(f.gateway), shown=False),
        Column("gateway_reference", "Gateway’s reference", lambda f: f.gateway_reference, wide=True),
        Column("description", "Says", lambda f: f.description, wide=True),
        Column("by", "By", lambda f: f.actor_label, shown=False),
        Column("reason", "Reason", lambda f: f.reason, shown=False),
        Column("currency", "Currency", lambda f: f.currency, shown=False),
        Column("ours", "Books", say_ours, lambda f: _value(f.ours_minor, f), kind="number", labelled=True),
        Column("theirs", "Gateway", say_theirs, lambda f: _value(f.theirs_minor, f), kind="aside"),
    )

    def rows(self) -> QuerySet[Finding]:
        return Finding.objects.all()


FINDINGS = FindingList()
