"""The winery's settings, read on nearly every page and changed a few times a year."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from threading import Lock
from zoneinfo import ZoneInfo

from tirage.core.bounds import on_clock
from tirage.core.models import Winery

#: Other processes see a saved change after this many seconds at most.
FRESH_SECONDS = 5.0

_lock = Lock()
_cached: tuple[float, Winery] | None = None


def current_winery() -> Winery:
    """The winery, from memory when it was read in the last seconds. Don't change the object; load a fresh one."""
    global _cached
    kept = _cached
    if kept and time.monotonic() - kept[0] < FRESH_SECONDS:
        return kept[1]
    winery, _ = Winery.objects.get_or_create(
        id=1, defaults={"name": "Your winery", "support_email": "cellar@example.com"}
    )
    with _lock:
        _cached = (time.monotonic(), winery)
    return winery


def forget_winery() -> None:
    """Makes the next read a fresh one; called after every save and between tests."""
    global _cached
    with _lock:
        _cached = None


def local_time(moment: datetime) -> datetime:
    """``moment`` on the winery's own clock."""
    return on_clock(moment, ZoneInfo(current_winery().time_zone))


def start_of_day(day: date) -> datetime:
    """The moment at which ``day`` begins on the winery's clock; where it has no midnight, when the clock jumps."""
    zone = ZoneInfo(current_winery().time_zone)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
