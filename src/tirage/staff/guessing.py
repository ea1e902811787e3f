"""What strangers try at the shop's doors and card forms: how much, from how many addresses, and when it is guessing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from axes.models import AccessAttempt
from django.db.models import Count, Sum

from tirage.core.states import TryKind
from tirage.core.tries import Tally, tally

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Guessed:
    """One thing that is tried, with what was refused of it in the last hour and the last day."""

    label: str
    hour: Tally
    day: Tally


def guessed(now: datetime) -> list[Guessed]:
    """Cards, sign-in codes and the team's passwords; six statements."""
    kinds = (("New cards", TryKind.CARD), ("Sign-in codes", TryKind.CODE))
    found = [Guessed(label, *(tally(kind, since=now - ago) for ago in (HOUR, DAY))) for label, kind in kinds]
    return [*found, Guessed("Passwords of the team", *(_passwords(now - ago) for ago in (HOUR, DAY)))]


def _passwords(since: datetime) -> Tally:
    """As axes counts them, by account and address, until somebody of the team gets in from there."""
    counted = AccessAttempt.objects.filter(attempt_time__gt=since).aggregate(
        refused=Sum("failures_since_start"), addresses=Count("ip_address", distinct=True)
    )
    return Tally(int(counted["refused"] or 0), 0, counted["addresses"])


def noticed(now: datetime) -> list[str]:
    """What is being guessed in this hour, such as ``New cards``."""
    return [one.label for one in guessed(now) if one.hour.is_guessing]


def watch_guessing(*, now: datetime) -> int:
    """The schedule's entry: what is noticed goes into the log, for whoever watches that; how many kinds."""
    found = [one for one in guessed(now) if one.hour.is_guessing]
    for one in found:
        _log.warning(
            "guessing_noticed",
            what=one.label,
            refused=one.hour.refused,
            held=one.hour.held,
            addresses=one.hour.addresses,
        )
    return len(found)
