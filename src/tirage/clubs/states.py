"""A membership's life."""

from enum import StrEnum


class MemberState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


#: A customer has at most one of these in a club.
LIVE = (MemberState.ACTIVE, MemberState.PAUSED)
