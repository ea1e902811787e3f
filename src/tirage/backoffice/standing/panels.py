"""The standing order on the page of its customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.backoffice.standing.words import OUTCOMES, amount_words
from tirage.customers.models import Customer
from tirage.staff.permissions import Permission
from tirage.standing.queries import live_standing
from tirage.standing.states import Outcome


def _read(look: Look[Customer]) -> Mapping[str, Any] | None:
    standing = live_standing(look.about)
    if standing is None:
        return None
    lines = standing.lines.select_related("run__release", "order").order_by("-run__begins_at")[:3]
    return {
        "standing": standing,
        "amount": amount_words(standing),
        "lines": [(line, *OUTCOMES[Outcome(line.outcome)]) for line in lines],
    }


CUSTOMER_PAGE.declare(
    Panel(
        title="Standing order",
        template="backoffice/standing/of_customer.html",
        read=_read,
        permission=Permission.SEE_WISHES,
        rank=9,
    )
)
