"""States of a file of everything."""

from __future__ import annotations

from enum import StrEnum


class ExportState(StrEnum):
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    #: Its days are over, or somebody let it go: the record stays, the file doesn't.
    GONE = "gone"
