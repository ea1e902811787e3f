"""A change's life. Whether its bottles are still held is the clock's business, not a state."""

from enum import StrEnum


class DraftState(StrEnum):
    #: Being put together.
    OPEN = "open"
    #: Confirmed: its payment is under way, nothing else may happen to the order meanwhile.
    PAYING = "paying"
    #: Confirmed, and waiting for money: a declined card, a bank that wants the customer, a pay link.
    WAITING = "waiting"
    APPLIED = "applied"
    #: Let go by a person.
    DROPPED = "dropped"
    #: Its time was over.
    LAPSED = "lapsed"


#: The legal steps; nothing else happens to a draft's state.
DRAFT_STEPS: dict[DraftState, frozenset[DraftState]] = {
    DraftState.OPEN: frozenset(
        {DraftState.PAYING, DraftState.WAITING, DraftState.APPLIED, DraftState.DROPPED, DraftState.LAPSED}
    ),
    DraftState.PAYING: frozenset({DraftState.WAITING, DraftState.APPLIED}),
    DraftState.WAITING: frozenset(
        {DraftState.OPEN, DraftState.PAYING, DraftState.APPLIED, DraftState.DROPPED, DraftState.LAPSED}
    ),
    DraftState.APPLIED: frozenset(),
    DraftState.DROPPED: frozenset(),
    DraftState.LAPSED: frozenset(),
}

#: Drafts that can still become a change.
LIVE = (DraftState.OPEN, DraftState.PAYING, DraftState.WAITING)


class Maker(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


class Rates(StrEnum):
    """By which delivery prices, taxes and discount a change is reckoned."""

    AS_ORDERED = "as_ordered"
    AS_OF_TODAY = "as_of_today"


class SettleBy(StrEnum):
    """How a difference to pay is settled."""

    CARD = "card"
    LINK = "link"
    OFFLINE = "offline"
    CREDIT = "credit"


class RefundTo(StrEnum):
    """Where a difference to give back goes."""

    ORIGINAL = "original"
    CREDIT = "credit"
