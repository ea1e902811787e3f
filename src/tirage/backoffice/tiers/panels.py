"""What the order's page says of discounts: of several groups the best one holds, never the sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import ORDER_PAGE, Look, Panel
from tirage.checkout.rules import percent_words
from tirage.customers.queries import discounting_groups
from tirage.orders.models import Order
from tirage.staff.permissions import Permission


def _read_discounts(look: Look[Order]) -> Mapping[str, Any] | None:
    """The groups whose discounts the customer had when the order was placed; nothing of one alone."""
    order = look.about
    if order.placed_at is None:
        return None
    groups = discounting_groups(order.customer_id, order.placed_at)
    if len(groups) < 2:
        return None
    return {"groups": [(group, percent_words(group.discount_bp)) for group in groups]}


ORDER_PAGE.declare(
    Panel(
        title="Discount",
        template="backoffice/tiers/discounts.html",
        read=_read_discounts,
        permission=Permission.SEE_GROUPS,
        rank=58,
    )
)
