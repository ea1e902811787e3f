"""How many of the bottles wanted can be had. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How far off the end of bottles is while they are being paid for, or kept back by a policy: they neither lapse nor are
#: let go when stock is corrected. Every outcome of the payment sets a normal end again; who keeps back frees.
FIRM = timedelta(days=3650)


def firm_from(now: datetime) -> datetime:
    """Holds that end from then on are firm; all others end within weeks."""
    return now + FIRM / 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pieces asked for; they come in multiples, and fewer than ``minimum`` are not worth having."""

    quantity: int
    multiple: int = 1
    minimum: int = 0


def grant_wanted(wanted: Wanted, *, free: int) -> int:
    """The most of ``wanted`` that ``free`` pieces allow, in whole multiples, nought rather than below the minimum.

    >>> grant_wanted(Wanted(6, multiple=3), free=5)
    3
    """
    had = min(wanted.quantity, max(free, 0))
    had -= had % wanted.multiple
    return had if had >= wanted.minimum else 0
