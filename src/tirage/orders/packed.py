"""Orders in a frozen batch: what is packed stays as it is, until it is recalled or has left."""

from __future__ import annotations

from typing import Protocol

from tirage.core.errors import Conflict

#: What whoever tries is told.
RECALL_FIRST = "This order is being packed. It can be changed once it is recalled from its batch."


class Packable(Protocol):
    packed_in: str


def refuse_packed(order: Packable) -> None:
    """Raises Conflict ``packed`` for an order in a frozen batch. Every act on its bottles or its way asks this with
    the order locked."""
    if order.packed_in:
        raise Conflict("packed", RECALL_FIRST)
