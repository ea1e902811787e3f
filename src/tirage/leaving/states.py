"""States of what goes out and of who is erased."""

from __future__ import annotations

from enum import StrEnum


class ExportState(StrEnum):
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    #: Its days are over, or somebody let it go: the record stays, the file doesn't.
    GONE = "gone"


class EraseState(StrEnum):
    #: The customer asked for it; the team hasn't decided.
    ASKED = "asked"
    RUNNING = "running"
    FINISHED = "finished"
    #: The team said no, or the customer took it back.
    DECLINED = "declined"
