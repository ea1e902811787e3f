"""What a clock's zone is called."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_datetime


def say_zone(local: datetime, locale: str) -> str:
    """``PST``, ``CET``, ``Brasilia Standard Time``: a name, not a count of hours, wherever there is one.

    ``local`` is on its zone's clock. What the locale has no short name for has the one that its own people use.
    """
    short, own = _format(local, "zzz", locale), local.strftime("%Z")
    return next((name for name in (short, own) if name.isalpha()), "") or _format(local, "zzzz", locale)


def _format(local: datetime, pattern: str, locale: str) -> str:
    return str(format_datetime(local, pattern, tzinfo=local.tzinfo, locale=locale))
