"""What the order's page says of the batch that it is packed in, and of a change that its customer asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import ORDER_PAGE, Look, Panel
from tirage.fulfilment.models import Batch, ChangeAsked
from tirage.fulfilment.states import AskState
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.staff.permissions import Permission


def _read(look: Look[Order]) -> Mapping[str, Any] | None:
    """Nothing, and no statement, for an order that isn't packed; two for one that is."""
    order = look.about
    if order.step != OrderState.PLACED or not order.packed_in:
        return None
    return {
        "batch": Batch.objects.filter(reference=order.packed_in).first(),
        "asked": ChangeAsked.objects.filter(order=order, state=AskState.OPEN.value).first(),
    }


ORDER_PAGE.declare(
    Panel(
        title="Packed",
        template="backoffice/packing/of_order.html",
        read=_read,
        permission=Permission.SEE_ORDERS,
        rank=14,
    )
)
