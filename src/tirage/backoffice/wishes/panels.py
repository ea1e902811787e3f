"""Wishes on the page of their customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.staff.permissions import Permission
from tirage.wishes.granting.queries import open_wishes_beside
from tirage.wishes.models import Wish

#: The latest of a customer.
LATEST = 20


def wishes_of(look: Look[Customer]) -> list[Wish]:
    """The customer's latest wishes, the newest first."""
    wishes = look.about.wishes.select_related("offer_item__sku", "offer_item__offer__release")
    return list(wishes.order_by("-id")[:LATEST])


def _read(look: Look[Customer]) -> Mapping[str, Any] | None:
    wishes = look.once(wishes_of)
    return {"wishes": wishes} if wishes else None


CUSTOMER_PAGE.declare(
    Panel(
        title="Wishes",
        template="backoffice/wishes/of_customer.html",
        read=_read,
        permission=Permission.SEE_CUSTOMERS,
        rank=8,
    )
)


def _read_beside(look: Look[Order]) -> Mapping[str, Any] | None:
    wishes = open_wishes_beside(look.about) if look.about.state == OrderState.PLACED else []
    return {"wishes": wishes} if wishes else None


ORDER_PAGE.declare(
    Panel(
        title="Open wishes",
        template="backoffice/wishes/of_order.html",
        read=_read_beside,
        permission=Permission.SEE_ORDERS,
        rank=32,
    )
)
