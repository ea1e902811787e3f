"""The pages about money, side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from tirage.payments.models import Collection
from tirage.payments.operations import open_findings
from tirage.payments.states import CollectionState
from tirage.staff.permissions import Permission, may

_PLACES = (
    ("Payments", "backoffice:payments", ""),
    ("Money to collect", "backoffice:collect", "?state=open"),
    ("To look into", "backoffice:findings", "?state=open"),
    ("Daily totals", "backoffice:daily_totals", ""),
)


def payment_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages about money; how much waits for somebody stands beside their names."""
    if not may(request.user, Permission.SEE_PAYMENTS):
        return []
    counts = {"backoffice:collect": open_collections(), "backoffice:findings": open_findings()}
    return [
        {"label": label, "href": reverse(name) + query, "current": name == current, "count": counts.get(name)}
        for label, name, query in _PLACES
    ]


def open_collections() -> int:
    """How many amounts are to be collected."""
    return Collection.objects.filter(state=CollectionState.OPEN.value).count()
