"""Rules that hold from a day to a day: how their days are said, and when somebody should look at one again."""

from __future__ import annotations

from datetime import date, timedelta

#: A rule that nobody looked at for so long is old; one that ends within so long is ending.
OLD, ENDING = timedelta(days=365), timedelta(days=30)


def say_date(day: date) -> str:
    """``December 1, 2026``."""
    return f"{day:%B} {day.day}, {day.year}"


def say_span(first_day: date, last_day: date | None) -> str:
    """``from January 1, 2026 on``, ``from January 1, 2026 to January 31, 2026``."""
    return f"from {say_date(first_day)} {f'to {say_date(last_day)}' if last_day else 'on'}"


def overlap(first: date, last: date | None, other_first: date, other_last: date | None) -> bool:
    """Whether two spans, both days counted, have a day in common; without a last day a span has no end."""
    return (last is None or other_first <= last) and (other_last is None or first <= other_last)
