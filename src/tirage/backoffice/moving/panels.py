"""What an order of the history was in its former system, on its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.backoffice.moving.page import files_by_reference, say_rows
from tirage.moving.models import MovedOrder
from tirage.orders.history import is_history
from tirage.orders.models import Order
from tirage.staff.permissions import Permission


def _read_origin(look: Look[Order]) -> Mapping[str, Any] | None:
    if not is_history(look.about.channel):
        return None
    moved = MovedOrder.objects.filter(order=look.about).first()
    if moved is None:
        return None
    rows = list(moved.rows.order_by("file", "row").values_list("file", "row")[:40])
    names = files_by_reference({file for file, _ in rows})
    return {"moved": moved, "rows": say_rows(rows, names)}


ORDER_PAGE.declare(
    Panel(
        title="In your former system",
        template="backoffice/moving/origin.html",
        read=_read_origin,
        permission=Permission.SEE_ORDERS,
        rank=25,
        aside=True,
    )
)
CUSTOMER_PAGE.declare(
    Panel(
        title="Their own data",
        template="backoffice/moving/own_data.html",
        read=lambda look: {},
        permission=Permission.EXPORT,
        rank=95,
        aside=True,
    )
)
