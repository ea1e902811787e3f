"""What becomes of the check of an order. No Django."""

from datetime import timedelta
from enum import StrEnum


class CheckState(StrEnum):
    #: To be asked, or being asked.
    WAITING = "waiting"
    PASSED = "passed"
    REFUSED = "refused"
    #: Asked, without an answer; asked again by itself.
    UNANSWERED = "unanswered"
    #: Somebody of the team lets it ship, with words why.
    DECIDED = "decided"
    #: The order changed: another check stands in its place.
    REPLACED = "replaced"
    #: It has shipped.
    COMMITTED = "committed"
    #: It was called off, or goes no more by a carrier.
    VOIDED = "voided"


CHECK_STEPS: dict[CheckState, frozenset[CheckState]] = {
    CheckState.WAITING: frozenset(
        {
            CheckState.PASSED,
            CheckState.REFUSED,
            CheckState.UNANSWERED,
            CheckState.DECIDED,
            CheckState.REPLACED,
            CheckState.VOIDED,
        }
    ),
    CheckState.UNANSWERED: frozenset(
        {
            CheckState.PASSED,
            CheckState.REFUSED,
            CheckState.DECIDED,
            CheckState.REPLACED,
            CheckState.VOIDED,
        }
    ),
    CheckState.REFUSED: frozenset(
        {CheckState.WAITING, CheckState.DECIDED, CheckState.REPLACED, CheckState.VOIDED}
    ),
    CheckState.PASSED: frozenset({CheckState.COMMITTED, CheckState.REPLACED, CheckState.VOIDED}),
    CheckState.DECIDED: frozenset({CheckState.COMMITTED, CheckState.REPLACED, CheckState.VOIDED}),
    CheckState.REPLACED: frozenset(),
    CheckState.COMMITTED: frozenset(),
    CheckState.VOIDED: frozenset(),
}
#: To be asked.
ASKING = (CheckState.WAITING, CheckState.UNANSWERED)
#: Keep their order from shipping.
HOLDING = (*ASKING, CheckState.REFUSED)
#: Let it ship.
LETTING = (CheckState.PASSED, CheckState.DECIDED)
#: The one check that an order has now.
CURRENT = (*HOLDING, *LETTING)


class Duty(StrEnum):
    """What the service has still to be told."""

    NONE = ""
    #: That it has shipped.
    COMMIT = "commit"
    #: That it was called off.
    VOID = "void"


#: Minutes after which an unanswered question is asked again, by how often it was asked.
_WAITS = (1, 2, 5, 15, 30, 60, 120, 240)


def wait_after(tries: int) -> timedelta:
    return timedelta(minutes=_WAITS[min(max(tries, 1), len(_WAITS)) - 1])
