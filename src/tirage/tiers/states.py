from enum import StrEnum


class LadderState(StrEnum):
    #: Rules alone; nobody has an allowance by it.
    DRAFT = "draft"
    APPLIED = "applied"
    #: Its guarantee is over: what nobody took is free.
    ENDED = "ended"
