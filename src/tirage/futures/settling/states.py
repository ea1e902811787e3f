"""What becomes of an order en primeur once its wine is there."""

from enum import StrEnum


class SettlementState(StrEnum):
    #: The customer is asked where the wine goes.
    ASKED = "asked"
    #: It stays in the winery's cellar, chosen or by default; the customer may settle it any day.
    KEPT = "kept"
    #: Agreed to; its money is under way or being collected.
    AGREED = "agreed"
    #: Paid: it may be sent, or be picked up.
    SETTLED = "settled"
    #: Taken back by the team before it was settled.
    CALLED_OFF = "called_off"


#: Waits for the customer.
OPEN = (SettlementState.ASKED, SettlementState.KEPT)
#: The wine is spoken for by it.
STANDING = (SettlementState.ASKED, SettlementState.KEPT, SettlementState.AGREED, SettlementState.SETTLED)


class Precedence(StrEnum):
    """Whose orders are settled first where a lot came in part."""

    OLDEST = "oldest"
    #: The first groups first, by their rank; the oldest orders first within one.
    GROUP = "group"
