"""The clock, read once at each interface and passed on as ``now``."""

from __future__ import annotations

from datetime import UTC, datetime


def read_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
