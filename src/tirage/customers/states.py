from enum import StrEnum


class CustomerStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class ConsentSource(StrEnum):
    """Where somebody agreed to mail about offers and news, or asked for no more of it."""

    UNKNOWN = ""
    ACCOUNT = "account"
    STAFF = "staff"
    IMPORT = "import"
    LINK = "link"
    MAIL_PROGRAM = "mail_program"
    SIGN_UP = "sign_up"
    #: By a link in a newsletter that a newsletter service sent.
    NEWSLETTER = "newsletter"


class GroupKind(StrEnum):
    STANDARD = "standard"
    ALLOCATION = "allocation"


class MoveKind(StrEnum):
    """What a bulk act does to the other groups of its customers: add keeps them, move leaves them."""

    ADD = "add"
    MOVE = "move"
    #: Takes them out of the group, and keeps the others.
    LEAVE = "leave"
    #: Changes the allocation group, or takes them out of it, and keeps the standard ones.
    TIER = "tier"


class MoveSource(StrEnum):
    """Where the choice of a run came from."""

    #: The customers' list.
    LIST = "list"
    #: The criteria of the groups: nobody who is pinned, or was moved since, is moved.
    TIERING = "tiering"
    #: A spreadsheet, which names each customer's group.
    SHEET = "sheet"
    #: One person, moved on the customer's page: done at once, kept so that it can be undone.
    PERSON = "person"


class MoveState(StrEnum):
    #: Chosen and previewed, nothing done yet.
    DRAFT = "draft"
    #: Begins at ``MoveRun.due_at``, unless somebody calls it off.
    SCHEDULED = "scheduled"
    RUNNING = "running"
    FINISHED = "finished"
    #: Between two portions, by somebody: what is moved stays, and the run can go on or be undone.
    STOPPED = "stopped"
    UNDOING = "undoing"
    UNDONE = "undone"


MOVE_STEPS: dict[MoveState, frozenset[MoveState]] = {
    MoveState.DRAFT: frozenset({MoveState.RUNNING, MoveState.SCHEDULED}),
    MoveState.SCHEDULED: frozenset({MoveState.RUNNING, MoveState.DRAFT}),
    MoveState.RUNNING: frozenset({MoveState.FINISHED, MoveState.STOPPED, MoveState.UNDOING}),
    MoveState.FINISHED: frozenset({MoveState.UNDOING}),
    MoveState.STOPPED: frozenset({MoveState.RUNNING, MoveState.UNDOING}),
    MoveState.UNDOING: frozenset({MoveState.UNDONE, MoveState.STOPPED}),
    MoveState.UNDONE: frozenset(),
}


class MoveOutcome(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: Was there already.
    UNCHANGED = "unchanged"
    #: Adding would have given a second allocation group.
    REFUSED = "refused"
    UNDONE = "undone"
    #: Somebody changed the customer's groups after the run, so undoing leaves them alone.
    LEFT_ALONE = "left_alone"
    #: Pinned by hand, so the tiering leaves them where they are.
    PINNED = "pinned"
    #: Somebody moved the customer since the tiering was drafted, so it leaves them where they are.
    OVERTAKEN = "overtaken"
