"""Orders of the system before this one: they count in every figure, and nothing is done with them any more."""

from __future__ import annotations

from django.db.models import Q

from tirage.core.errors import Conflict
from tirage.orders.states import Channel

#: Orders that were placed here: for whatever is to be done with an order.
IS_OURS = ~Q(channel=Channel.HISTORY.value)
#: What whoever tries is told.
KEPT_AS_IT_WAS = (
    "This order came with the history of your former system and is kept as it was: it can't be changed, charged,"
    " refunded or shipped here. Make a new order, or give store credit, for what is to be put right."
)


def is_history(channel: str) -> bool:
    """Whether an order of this channel was brought in from a former system."""
    return channel == Channel.HISTORY


def refuse_history(channel: str) -> None:
    """Raises Conflict ``history`` for an order of a former system. Every act on an order asks this with it locked."""
    if is_history(channel):
        raise Conflict("history", KEPT_AS_IT_WAS)
