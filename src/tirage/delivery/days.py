"""Days of laws and limits: how they are said, and when somebody should look at one again."""

from __future__ import annotations

from datetime import date, timedelta

#: A rule that nobody looked at for so long is old; one that ends within so long is ending.
OLD, ENDING = timedelta(days=365), timedelta(days=30)


def say_date(day: date) -> str:
    """``December 1, 2026``."""
    return f"{day:%B} {day.day}, {day.year}"
