"""Marking orders as shipped: one with its tracking number, or many at once."""

from tirage.fulfilment.operations.handing_over import hand_over
from tirage.fulfilment.operations.pickups import mark_ready, remind_of_pickups
from tirage.fulfilment.operations.runs import (
    continue_shipping,
    draft_shipping,
    say_result,
    start_shipping,
    stop_shipping,
    sweep_stopped_shipping,
)
from tirage.fulfilment.operations.shipping import Shipped, ship_order
from tirage.fulfilment.operations.tracking import set_tracking

__all__ = [
    "Shipped",
    "continue_shipping",
    "draft_shipping",
    "hand_over",
    "mark_ready",
    "remind_of_pickups",
    "say_result",
    "set_tracking",
    "ship_order",
    "start_shipping",
    "stop_shipping",
    "sweep_stopped_shipping",
]
