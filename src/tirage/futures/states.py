"""What becomes of wine between its sale and its bottle."""

from enum import StrEnum


class LotStage(StrEnum):
    """How far a lot has come; it only goes on."""

    ELEVAGE = "elevage"
    BOTTLED = "bottled"
    #: In the winery's cellar as bottles; its settlement comes next.
    ARRIVED = "arrived"


class CutRule(StrEnum):
    """Who goes without when a lot brings less than was sold."""

    #: Everybody keeps as much as everybody else, as far as they bought that much.
    EQUAL = "equal"
    #: Everybody loses the same part of what they bought.
    PROPORTIONAL = "proportional"
    #: The last groups first, by their rank.
    BY_GROUP = "by_group"


class CutState(StrEnum):
    """A planned cut begins by itself at its time, and can be called off until then."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CALLED_OFF = "called_off"


#: Meanwhile nobody can buy what leaves an order of the lot.
LIVE_CUTS = (CutState.PLANNED, CutState.RUNNING)


class CutOutcome(StrEnum):
    WAITING = "waiting"
    #: Another wine is held for the customer, who hasn't answered yet.
    PROPOSED = "proposed"
    DONE = "done"
    #: The customer took the other wine instead.
    SWAPPED = "swapped"
    #: The pieces had left the order before its turn came.
    GONE = "gone"
    #: Something stood against it; it is tried again by hand.
    REFUSED = "refused"


class SettlementState(StrEnum):
    #: The customer is asked where the wine goes.
    ASKED = "asked"
    #: It stays in the winery's cellar, chosen or by default; the customer may settle it any day.
    KEPT = "kept"
    #: Agreed to; its money is under way or being collected.
    AGREED = "agreed"
    #: Paid: it may be sent, or be picked up.
    SETTLED = "settled"
    #: Nobody chose in time, or what was agreed to came to nothing more than once: the team decides. The customer may
    #: still choose.
    PERSON = "person"
    #: Taken back by the team before it was settled.
    CALLED_OFF = "called_off"


#: Waits for the customer.
OPEN = (SettlementState.ASKED, SettlementState.KEPT, SettlementState.PERSON)
#: The wine is spoken for by it.
STANDING = (*OPEN, SettlementState.AGREED, SettlementState.SETTLED)


class StoragePer(StrEnum):
    #: Twelve bottles of 750 ml, or what comes to that.
    CASE = "case"
    BOTTLE = "bottle"


class StorageCharged(StrEnum):
    #: Each month, when it is over.
    MONTHLY = "monthly"
    #: With what is charged when the wine leaves.
    LEAVING = "leaving"


class Undecided(StrEnum):
    """What becomes of wine whose customer hasn't chosen by the last day."""

    KEEP = "keep"
    PERSON = "person"


class ArrearsState(StrEnum):
    #: Its customer was told; the team decides.
    OPEN = "open"
    #: The team waits until a day, on which it is tried again.
    WAITING = "waiting"
    #: The money came.
    PAID = "paid"
    #: The order was canceled, or owes nothing any more.
    OVER = "over"


#: Not ended yet.
IN_ARREARS = (ArrearsState.OPEN, ArrearsState.WAITING)


class ArrearsCause(StrEnum):
    INSTALMENT = "instalment"
    STORAGE = "storage"
    #: What else an order owes.
    BALANCE = "balance"


class TransferState(StrEnum):
    #: Its giver has signed; the other is asked.
    PROPOSED = "proposed"
    #: Both have signed; the team says whether it is done.
    ACCEPTED = "accepted"
    #: Done: the wine is on the other's order.
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


#: The legal steps of a transfer.
TRANSFER_STEPS: dict[TransferState, frozenset[TransferState]] = {
    TransferState.PROPOSED: frozenset(
        {
            TransferState.ACCEPTED,
            TransferState.APPROVED,
            TransferState.REFUSED,
            TransferState.WITHDRAWN,
            TransferState.EXPIRED,
        }
    ),
    TransferState.ACCEPTED: frozenset(
        {TransferState.APPROVED, TransferState.REFUSED, TransferState.WITHDRAWN, TransferState.EXPIRED}
    ),
    TransferState.APPROVED: frozenset(),
    TransferState.REFUSED: frozenset(),
    TransferState.WITHDRAWN: frozenset(),
    TransferState.EXPIRED: frozenset(),
}
#: Its pieces are spoken for.
TRANSFER_OPEN = (TransferState.PROPOSED, TransferState.ACCEPTED)


class Precedence(StrEnum):
    """Whose orders are settled first where a lot came in part."""

    OLDEST = "oldest"
    #: The first groups first, by their rank; the oldest orders first within one.
    GROUP = "group"
