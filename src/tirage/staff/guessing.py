"""What strangers try at the shop's doors and card forms: how much, from how many addresses, and when it is guessing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from axes.models import AccessAttempt
from django.db.models import Count, Sum

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


_LABELS = {TryKind.CARD: "New cards", TryKind.CODE: "Sign-in codes"}
_PASSWORDS = "Passwords of the team"


def guessed(now: datetime) -> list[Guessed]:
    """Cards, sign-in codes and the team's passwords; four statements."""
    hour, day = (_refused(now - ago) for ago in (HOUR, DAY))
    return [Guessed(label, hour[label], day[label]) for label in hour]


def _refused(since: datetime) -> dict[str, Tally]:
    found = {_LABELS[kind]: counted for kind, counted in tallies(since=since).items()}
    return found | {_PASSWORDS: _passwords(since)}


def _passwords(since: datetime) -> Tally:
    """As axes counts them, by account and address, until somebody of the team gets in from there."""
    counted = AccessAttempt.objects.filter(attempt_time__gt=since).aggregate(
        refused=Sum("failures_since_start"), addresses=Count("ip_address", distinct=True)
    )
    return Tally(int(counted["refused"] or 0), 0, counted["addresses"])


def noticed(now: datetime) -> dict[str, Tally]:
    """What is being guessed in this hour, by labels such as ``New cards``; two statements."""
    return {label: counted for label, counted in _refused(now - HOUR).items() if counted.is_guessing}


def watch_guessing(*, now: datetime) -> int:
    """The schedule's entry: what is noticed goes into the log, for whoever watches that; how many kinds."""
    found = noticed(now)
    for label, counted in found.items():
        facts = {"refused": counted.refused, "held": counted.held, "addresses": counted.addresses}
        _log.warning("guessing_noticed", what=label, **facts)
    return len(found)
