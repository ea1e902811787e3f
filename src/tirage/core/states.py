"""Habits of the winery that are a choice of a few; what is counted of strangers."""

from enum import StrEnum


class ChargeWhen(StrEnum):
    AT_ORDER = "at_order"
    #: Set aside when ordered, taken when shipped.
    AT_SHIPMENT = "at_shipment"


class SmallRests(StrEnum):
    """What becomes of an amount that is less than a card can be charged, where store credit doesn't pay it."""

    #: It is let go, as a charge of its own.
    WAIVE = "waive"
    #: It stays open and is paid with the order's next payment.
    KEEP = "keep"


class LabelLimits(StrEnum):
    """Whose line lengths an address has to keep when it is saved (``places.lengths``)."""

    ANY = "any"
    PARCEL = "parcel"
    WINEDIRECT = "winedirect"


class TransferPolicy(StrEnum):
    """Whether customers may give wine en primeur to each other."""

    OFF = "off"
    #: Once both have signed, the team says yes or no.
    APPROVED = "approved"
    #: It is done when the second has signed.
    FREE = "free"


class SignUpMode(StrEnum):
    """What becomes of a stranger who signs up at the shop's door."""

    #: Nobody can.
    CLOSED = "closed"
    #: On the list at once, in the default group.
    LIST = "list"
    #: On the list, and in line for a place in a group.
    WAITING = "waiting"


class HouseText(StrEnum):
    """A page of the winery's own words."""

    PRIVACY = "privacy"
    TERMS = "terms"


class TryKind(StrEnum):
    """What thieves and guessers try."""

    CARD = "card"
    #: The six figures of a customer's sign-in.
    CODE = "code"
    #: Of somebody of the team, known or not.
    PASSWORD = "password"  # noqa: S105  # a kind's name


class TryOutcome(StrEnum):
    #: The fields of a card were opened at its gateway; what came of it we hear only when it went well.
    BEGUN = "begun"
    ASKING = "asking"
    PASSED = "passed"
    REFUSED = "refused"
    #: Kept off by a limit; nobody was asked.
    HELD = "held"


class BulkState(StrEnum):
    #: Chosen and previewed, nothing done yet.
    DRAFT = "draft"
    RUNNING = "running"
    #: Between two rows, by somebody: what is done stays done, the rest can go on.
    STOPPED = "stopped"
    FINISHED = "finished"


BULK_STEPS: dict[BulkState, frozenset[BulkState]] = {
    BulkState.DRAFT: frozenset({BulkState.RUNNING}),
    BulkState.RUNNING: frozenset({BulkState.FINISHED, BulkState.STOPPED}),
    BulkState.STOPPED: frozenset({BulkState.RUNNING}),
    BulkState.FINISHED: frozenset(),
}


class BulkOutcome(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: Left as it was; the row says why.
    REFUSED = "refused"
