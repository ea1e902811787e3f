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


class BatchState(StrEnum):
    #: Chosen and previewed; every order is still as free as before.
    DRAFT = "draft"
    #: The worker takes its orders in, portion by portion.
    FREEZING = "freezing"
    #: What is in it is packed, and changes no more unless it is recalled.
    FROZEN = "frozen"
    #: Its orders leave, one by one.
    LEAVING = "leaving"
    #: Every order has left, or was taken out with its reason.
    DONE = "done"
    #: Let go: its orders are free again.
    DISSOLVED = "dissolved"


BATCH_STEPS: dict[BatchState, frozenset[BatchState]] = {
    BatchState.DRAFT: frozenset({BatchState.FREEZING}),
    BatchState.FREEZING: frozenset({BatchState.FROZEN, BatchState.DISSOLVED}),
    BatchState.FROZEN: frozenset({BatchState.LEAVING, BatchState.DISSOLVED}),
    BatchState.LEAVING: frozenset({BatchState.DONE}),
    BatchState.DONE: frozenset(),
    BatchState.DISSOLVED: frozenset(),
}


class PackState(StrEnum):
    """One order of a batch."""

    CHOSEN = "chosen"
    #: Wasn't taken in; the row says why.
    LEFT_OUT = "left_out"
    PACKED = "packed"
    #: Taken out again by somebody, or refused when it was to leave; the row says why.
    RECALLED = "recalled"
    GONE = "gone"


class Hindrance(StrEnum):
    """Why an order isn't taken into a batch, the strongest first."""

    NOT_PLACED = "not_placed"
    IN_COMPLIANCE = "in_compliance"
    IN_A_BATCH = "in_a_batch"
    CHANGING = "changing"
    NOT_RELEASED = "not_released"
    AGAINST_LAW = "against_law"
    UNPAID = "unpaid"
    LATER = "later"
    WISHING = "wishing"
    ASKED = "asked"


HINDRANCES: dict[Hindrance, str] = {
    Hindrance.NOT_PLACED: "It has left, ended, or is still being paid.",
    Hindrance.IN_COMPLIANCE: "It waits in compliance.",
    Hindrance.IN_A_BATCH: "It is in another batch.",
    Hindrance.CHANGING: "A change of it is under way.",
    Hindrance.NOT_RELEASED: "It was bought en primeur, and isn’t released and settled yet.",
    Hindrance.AGAINST_LAW: "A law of its place stands against it.",
    Hindrance.UNPAID: "It is neither paid nor set aside on a card.",
    Hindrance.LATER: "Its customer asked for a later day.",
    Hindrance.WISHING: "Its customer has an open wish beside it.",
    Hindrance.ASKED: "Its customer asks for a change.",
}


class AskState(StrEnum):
    """What became of a change that a customer asked for once the order was packed."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"
    #: The order left, or ended, before anybody answered.
    OVERTAKEN = "overtaken"


class PaperKind(StrEnum):
    """What is printed for a batch."""

    PICK_LIST = "pick_list"
    SLIPS = "slips"
    LABELS = "labels"
    GIFT_NOTES = "gift_notes"
