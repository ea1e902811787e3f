"""How long a line takes, said honestly. Pure."""

from __future__ import annotations

import math

#: What the pace of a line is taken from, in days, and what it needs to be one.
PACE_DAYS, LEAST_INVITED = 365, 10


def months_ahead(before: int, *, invited: int, days: int) -> int | None:
    """About how many months ``before`` people take, at the pace of ``invited`` in ``days``; None: nobody knows.

    Rounded up, since a promise that is too short disappoints.

    >>> months_ahead(60, invited=120, days=365)
    6
    >>> months_ahead(60, invited=3, days=365) is None
    True
    """
    if invited < LEAST_INVITED or days < 1:
        return None
    return max(math.ceil(before / (invited / days) / (365 / 12)), 1)


def say_estimate(months: int | None) -> str:
    """``about 6 months``, ``about 2 years``; empty when nobody knows."""
    if months is None:
        return ""
    if months < 18:
        return f"about {months} {'month' if months == 1 else 'months'}"
    return f"about {round(months / 12)} years"
