"""Days of laws and limits, as of all dated rules."""

from calendar import monthrange
from datetime import date

from tirage.core.dated import ENDING, OLD, say_date
from tirage.delivery.states import ReportEvery

__all__ = ["ENDING", "OLD", "next_due", "say_date"]

#: Months from one report to the next.
REPORT_MONTHS = {
    ReportEvery.MONTH: 1,
    ReportEvery.TWO_MONTHS: 2,
    ReportEvery.QUARTER: 3,
    ReportEvery.HALF_YEAR: 6,
    ReportEvery.YEAR: 12,
}


def next_due(day: date, every: ReportEvery) -> date:
    """The day on which the next report is due; the end of a month is followed by the end of a month.

    >>> next_due(date(2026, 11, 30), ReportEvery.MONTH)
    datetime.date(2026, 12, 31)
    """
    counted = day.year * 12 + day.month - 1 + REPORT_MONTHS[every]
    year, month = counted // 12, counted % 12 + 1
    last = monthrange(year, month)[1]
    is_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month, last if is_end else min(day.day, last))
