"""Where the customer's page leads to segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.customers.models import Customer
from tirage.segments.models import Segment
from tirage.staff.permissions import Permission

_SHOWN = 12


def _read_segments(look: Look[Customer]) -> Mapping[str, Any] | None:
    """The segments that the customer was in when they were last counted; nothing while there is none."""
    names = Segment.objects.filter(members__customer=look.about).order_by("name")
    found = list(names[: _SHOWN + 1])
    return {"segments": found[:_SHOWN], "more": len(found) > _SHOWN}


CUSTOMER_PAGE.declare(
    Panel(
        title="Segments",
        template="backoffice/segments/of_customer.html",
        read=_read_segments,
        permission=Permission.SEE_CUSTOMERS,
        rank=105,
    )
)
