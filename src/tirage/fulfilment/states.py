"""Shipping many orders at once."""

from enum import StrEnum


class ShipState(StrEnum):
    #: Chosen and previewed, nothing done yet.
    DRAFT = "draft"
    RUNNING = "running"
    #: Between two orders, by somebody: what has left has left, the rest can go on.
    STOPPED = "stopped"
    FINISHED = "finished"


SHIP_STEPS: dict[ShipState, frozenset[ShipState]] = {
    ShipState.DRAFT: frozenset({ShipState.RUNNING}),
    ShipState.RUNNING: frozenset({ShipState.FINISHED, ShipState.STOPPED}),
    ShipState.STOPPED: frozenset({ShipState.RUNNING}),
    ShipState.FINISHED: frozenset(),
}


class PickupState(StrEnum):
    """An order that lies ready; whether it was picked up, or is no pickup any more, the order says."""

    READY = "ready"
    #: Its time is over: the change that sends it instead is under way.
    SENDING = "sending"
    #: It is an order that is sent, from here on.
    SENT = "sent"
    #: It couldn't be sent: a person decides.
    STUCK = "stuck"


class ShipOutcome(StrEnum):
    WAITING = "waiting"
    SHIPPED = "shipped"
    #: Left as it was; the row says why.
    REFUSED = "refused"
