"""What becomes of wine that lies ready and isn't picked up: reminders by the day, then the road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: A method's columns that say what happens by the day to wine that waits.
WAITING_DAYS = ("remind_first_days", "remind_again_days", "send_after_days")
#: The longest that any of them is.
MOST_WAITING = 365


def say_sent_after(days: int | None) -> str:
    """What customers are told before they choose; nothing where wine waits as long as it takes."""
    if not days:
        return ""
    return f"What isn’t picked up {days} {'day' if days == 1 else 'days'} after it is ready is sent to you"


def waiting_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the days of a method that wine is picked up by, by field."""
    first, again, sent = (values[name] for name in WAITING_DAYS)
    problems = {
        name: f"Between 1 and {MOST_WAITING} days."
        for name in WAITING_DAYS
        if values[name] is not None and not 1 <= values[name] <= MOST_WAITING
    }
    if again is not None and (first is None or again <= first):
        problems["remind_again_days"] = "The second reminder comes some days after the first."
    if sent is not None and sent <= max(first or 0, again or 0):
        problems["send_after_days"] = "Remind them before the wine is sent."
    return problems
