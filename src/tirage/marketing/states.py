"""What a mailing list, a person on it and a run over it can be."""

from __future__ import annotations

from enum import StrEnum


class Every(StrEnum):
    """How often a list is synced by itself."""

    HAND = "hand"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


class Scope(StrEnum):
    """What a run sends: what is different from what was sent last, or everybody."""

    CHANGED = "changed"
    ALL = "all"


class SyncState(StrEnum):
    #: Also while it waits for the service to answer again (``SyncRun.retry_at``).
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    #: The service refused, or gave no answer for too long; it goes on when somebody says so.
    FAILED = "failed"


class Standing(StrEnum):
    """How a customer stands on a list, as far as we know."""

    #: On it, with what was sent last.
    SUBSCRIBED = "subscribed"
    #: Not on it, and nothing was sent; the reason says why.
    LEFT_OUT = "left_out"
    #: Was on it and was taken off by us.
    REMOVED = "removed"
    #: The service wouldn't take the address.
    REFUSED = "refused"
    #: Unsubscribed at the service, by a link in a newsletter or a complaint.
    UNSUBSCRIBED = "unsubscribed"
    #: The service found that the mailbox takes no mail.
    BOUNCED = "bounced"


class Done(StrEnum):
    """What a run did about somebody."""

    SENT = "sent"
    #: Taken off the list, because they don't belong on it any more.
    REMOVED = "removed"
    #: Told that they want no more mail.
    UNSUBSCRIBED = "unsubscribed"
    #: The service wouldn't take them; the reason says why.
    REFUSED = "refused"
    #: Heard from the service that they unsubscribed, or that their mailbox takes no mail.
    HEARD = "heard"
