"""A membership's life."""

from enum import StrEnum


class MemberState(StrEnum):
    #: Not a member yet: the joining fee is being paid.
    PAYING = "paying"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


#: A customer has at most one of these in a club.
LIVE = (MemberState.ACTIVE, MemberState.PAUSED)


class MemberAct(StrEnum):
    """What staff do to a membership and may take back."""

    JOIN = "join"
    PAUSE = "pause"
    RESUME = "resume"
    LEAVE = "leave"


class FeeWay(StrEnum):
    """How a joining fee is paid; all but the card are staff's."""

    CARD = "card"
    CHEQUE = "cheque"
    TRANSFER = "transfer"
    CASH = "cash"
    WAIVED = "waived"
