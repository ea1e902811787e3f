"""Erasing, on the customer's page: the way to it, or that it was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.customers.models import Customer
from tirage.leaving.models import Erasure
from tirage.staff.permissions import Permission


def _read(look: Look[Customer]) -> Mapping[str, Any]:
    """A statement only for who was erased."""
    if look.about.erased_at is None:
        return {"erasure": None}
    return {"erasure": Erasure.objects.filter(customer_id=look.about.pk).first()}


CUSTOMER_PAGE.declare(
    Panel(
        title="Erase",
        template="backoffice/leaving/erase_panel.html",
        read=_read,
        permission=Permission.ERASE_CUSTOMERS,
        rank=96,
        aside=True,
    )
)
