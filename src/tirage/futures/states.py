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


class CutOutcome(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: Something stood against it; it is tried again by hand.
    REFUSED = "refused"
