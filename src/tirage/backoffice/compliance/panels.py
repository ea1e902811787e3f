"""What the order's page says of its compliance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.compliance.page import checks_of, current_of, say_check
from tirage.backoffice.frame.panels import ORDER_PAGE, Look, Panel
from tirage.compliance.services import current_service
from tirage.orders.models import Order
from tirage.staff.permissions import Permission


def _read(look: Look[Order]) -> Mapping[str, Any] | None:
    """Nothing, and no statement, where nobody is asked: what was said once stands on the list of compliance."""
    waits = look.about.awaits_compliance
    checks = checks_of(look.about) if waits or current_service() is not None else []
    if not checks and not waits:
        return None
    current = current_of(checks)
    return {"said": say_check(current) if current else None}


ORDER_PAGE.declare(
    Panel(
        title="Compliance",
        template="backoffice/compliance/of_order.html",
        read=_read,
        permission=Permission.SEE_ORDERS,
        rank=15,
    )
)
