"""What strangers try at the shop's doors and card forms: how much, from how many addresses, and when it is guessing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from tirage.core.states import TryKind
from tirage.core.tries import Tally, tallies

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Guessed:
    """One thing that is tried, with what was refused of it in the last hour and the last day."""

    label: str
    hour: Tally
    day: Tally


_LABELS = {
    TryKind.CARD: "New cards",
    TryKind.CODE: "Sign-in codes",
    TryKind.PASSWORD: "Passwords of the team",
}


def guessed(now: datetime) -> list[Guessed]:
    """Cards, sign-in codes and the team's passwords; two statements."""
    hour, day = (_refused(now - ago) for ago in (HOUR, DAY))
    return [Guessed(label, hour[label], day[label]) for label in hour]


def _refused(since: datetime) -> dict[str, Tally]:
    return {_LABELS[kind]: counted for kind, counted in tallies(since=since).items()}


def noticed(now: datetime) -> dict[str, Tally]:
    """What is being guessed in this hour, by labels such as ``New cards``; one statement."""
    return {label: counted for label, counted in _refused(now - HOUR).items() if counted.is_guessing}


def watch_guessing(*, now: datetime) -> int:
    """The schedule's entry: what is noticed goes into the log, for whoever watches that; how many kinds."""
    found = noticed(now)
    for label, counted in found.items():
        facts = {"refused": counted.refused, "held": counted.held, "addresses": counted.addresses}
        _log.warning("guessing_noticed", what=label, **facts)
    return len(found)
