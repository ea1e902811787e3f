"""States of a file of everything, and of an erasing."""

from __future__ import annotations

from enum import StrEnum


class AskState(StrEnum):
    """A customer's wish to be erased."""

    OPEN = "open"
    DONE = "done"
    #: Not now, for a reason that the customer reads.
    REFUSED = "refused"


class ErasureState(StrEnum):
    #: The account is closed and its own rows say nothing any more; the rest is being looked through.
    RUNNING = "running"
    DONE = "done"


class ExportState(StrEnum):
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    #: Its days are over, or somebody let it go: the record stays, the file doesn't.
    GONE = "gone"
