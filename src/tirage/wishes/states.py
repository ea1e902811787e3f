from enum import StrEnum


class WishState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    #: Left open when its release was tidied away; never granted unless it is put back.
    ARCHIVED = "archived"
    #: Made in an offer to a test group: nobody counts, lists or grants it.
    TEST = "test"


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


class PolicyState(StrEnum):
    """The life of a policy of reallocation."""

    #: Written and simulated; nothing happens by itself.
    DRAFT = "draft"
    #: It begins by itself at its time.
    WAITING = "waiting"
    RUNNING = "running"
    #: It needs somebody: a go that was asked for, or something that stands in the way.
    ASKING = "asking"
    #: Between two acts, by somebody: what is done stays done, the rest can go on.
    STOPPED = "stopped"
    FINISHED = "finished"
    UNDOING = "undoing"
    #: Taken back, as far as nobody had bought of it.
    UNDONE = "undone"


POLICY_STEPS: dict[PolicyState, frozenset[PolicyState]] = {
    PolicyState.DRAFT: frozenset({PolicyState.WAITING, PolicyState.RUNNING}),
    PolicyState.WAITING: frozenset({PolicyState.DRAFT, PolicyState.RUNNING, PolicyState.ASKING}),
    PolicyState.RUNNING: frozenset({PolicyState.ASKING, PolicyState.STOPPED, PolicyState.FINISHED}),
    PolicyState.ASKING: frozenset({PolicyState.RUNNING, PolicyState.STOPPED}),
    PolicyState.STOPPED: frozenset({PolicyState.RUNNING, PolicyState.UNDOING}),
    PolicyState.FINISHED: frozenset({PolicyState.UNDOING}),
    PolicyState.UNDOING: frozenset({PolicyState.UNDONE}),
    PolicyState.UNDONE: frozenset(),
}


class PolicyTrigger(StrEnum):
    """When a policy begins."""

    #: When the window of its offer is over, wherever that is moved to.
    CLOSING = "closing"
    #: At a time of the winery's clock.
    TIME = "time"
    #: When somebody says so.
    HAND = "hand"


class StepKind(StrEnum):
    """What one step of a policy does with what is left."""

    GRANT = "grant"
    OPEN = "open"
    RAISE = "raise"
    #: Mails the team, and waits for a go.
    ASK = "ask"


class StepState(StrEnum):
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    #: Left out by somebody.
    SKIPPED = "skipped"
