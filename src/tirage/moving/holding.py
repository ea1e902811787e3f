"""Who changes the history and who puts a name under it wait for each other, so that nothing changes under a name."""

from __future__ import annotations

from tirage.core.errors import Conflict
from tirage.core.sql import is_postgresql, run
from tirage.moving.models import SignOff

#: The number of the lock, for PostgreSQL: any that nothing else of ours has.
_HISTORY = 7_301_968


def hold_history() -> None:
    """Keeps everybody else from changing the history, or from signing it, until the caller's transaction ends.

    SQLite has one writer at a time.
    """
    if is_postgresql():
        run("SELECT pg_advisory_xact_lock(%s)", [_HISTORY])


def share_history() -> None:
    """Keeps somebody from signing the history until the caller's transaction ends; others may change it, too.

    Raises Conflict ``signed_off`` where somebody has signed.
    """
    if is_postgresql():
        run("SELECT pg_advisory_xact_lock_shared(%s)", [_HISTORY])
    refuse_signed_off()


def refuse_signed_off() -> None:
    """What somebody put a name under isn't changed any more. Raises Conflict ``signed_off``."""
    if (signed := SignOff.objects.filter(stands=True).first()) is not None:
        raise Conflict(
            "signed_off",
            f"{signed.by_label} has signed the history off. Open it again before anything of it is changed.",
        )
