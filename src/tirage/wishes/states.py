from enum import StrEnum


class WishState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    #: Left open when its release was tidied away; never granted unless it is put back.
    ARCHIVED = "archived"


class GrantState(StrEnum):
    """A grant run's life."""

    #: The worker is about to share out: there are many wishes, or the rule takes its time.
    SHARING = "sharing"
    #: Shared out and looked at; nothing is granted yet.
    DRAFT = "draft"
    RUNNING = "running"
    #: Between two customers, by somebody: what is granted stays granted, the rest can go on.
    STOPPED = "stopped"
    FINISHED = "finished"


#: A finished run goes on where bottles came back to it, or something stood in the way.
GRANT_STEPS: dict[GrantState, frozenset[GrantState]] = {
    GrantState.SHARING: frozenset({GrantState.DRAFT}),
    GrantState.DRAFT: frozenset({GrantState.RUNNING}),
    GrantState.RUNNING: frozenset({GrantState.FINISHED, GrantState.STOPPED}),
    GrantState.STOPPED: frozenset({GrantState.RUNNING}),
    GrantState.FINISHED: frozenset({GrantState.RUNNING}),
}


class GrantOutcome(StrEnum):
    """What has become of one wish in a run."""

    #: To be granted, or of a draft: what would be. With no pieces it gets nothing.
    WAITING = "waiting"
    #: Its bottles are held and the card is being asked.
    GRANTING = "granting"
    GRANTED = "granted"
    #: The money didn't come: it is collected, and the bottles are kept until a date.
    COLLECTING = "collecting"
    #: A request: its bottles are set aside, and the customer may buy them until a date.
    OFFERED = "offered"
    #: The money never came, the change was let go, or nobody bought what was set aside: the bottles are free again.
    RETURNED = "returned"
    #: Something stood in the way; the line says what.
    REFUSED = "refused"


#: Lines whose bottles are on their way to an order.
UNDER_WAY = (GrantOutcome.GRANTING, GrantOutcome.COLLECTING, GrantOutcome.OFFERED)
#: Lines that a run can try again.
AGAIN = (GrantOutcome.RETURNED, GrantOutcome.REFUSED)
