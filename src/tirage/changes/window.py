"""The change window: until when customers may change or cancel their orders. Staff may until an order ships.

A release says its last day itself, or when its wine is packed, and then the winery says how many days before. Without
either, orders change until they ship. Days are the winery's, and the last one counts to its end.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tirage.core.winery import current_winery, start_of_day
from tirage.offers.models import Release


def last_day(release: Release | None) -> date | None:
    """The last day on which customers may change orders of this release; None for until they ship."""
    if release is None:
        return None
    if release.changes_until:
        return release.changes_until
    days = current_winery().change_days
    if days is None or release.packing_on is None:
        return None
    return release.packing_on - timedelta(days=days)


def is_over(release: Release | None, now: datetime) -> bool:
    """Whether customers have to write to the winery about orders of this release."""
    last = last_day(release)
    return last is not None and now >= start_of_day(last + timedelta(days=1))
