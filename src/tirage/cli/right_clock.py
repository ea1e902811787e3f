"""The database's clock decides: a worker whose own is wrong would end holds and plans that still live."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError

#: How far two clocks may be apart.
APART = timedelta(minutes=1)


def require_right_clock() -> None:
    """Raises DomainError ``wrong_clock`` when this machine's clock isn't the database's. SQLite is on this machine."""
    difference = clock_difference()
    if abs(difference) > APART:
        way = "ahead of" if difference > timedelta(0) else "behind"
        raise DomainError(
            "wrong_clock",
            f"This machine's clock is {abs(difference)} {way} the database's, so the worker does nothing. "
            "Set the clock (on Debian: timedatectl set-ntp true), then start it again.",
        )


def clock_difference() -> timedelta:
    """How much this machine's clock is ahead of the database's."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return timedelta(seconds=round((read_clock() - cursor.fetchone()[0]).total_seconds()))
