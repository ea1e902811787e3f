"""Moments at which software that passes today fails: ends of years, leap days, nights when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WINERY, EUROPE = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Paris")
#: So long before the moment itself, so that the tests are under way when it comes.
EARLIER = timedelta(minutes=3)
A_DAY = timedelta(days=1)


def moments(today: date) -> dict[str, datetime]:
    """Name -> moment, aware, in UTC; all of them to come, but for the last minutes of a year."""
    return {
        "year's end": datetime(today.year + 1, 1, 1, tzinfo=UTC) - EARLIER,
        "leap day": datetime.combine(_leap_day(today), time(12), UTC),
        **_changes("Los Angeles", WINERY, today),
        **_changes("Paris", EUROPE, today),
        "Sunday": _after_midnight(today, weekday=6),
        "Monday": _after_midnight(today, weekday=0),
        **{
            f"in {days} days": datetime.combine(today + days * A_DAY, time(hour, 5), UTC)
            for days, hour in ((37, 17), (103, 2), (188, 13), (271, 16), (349, 23))
        },
    }


def moment_of_the_day(today: date) -> str:
    """Another name each day; each has its turn within two weeks."""
    names = list(moments(today))
    return names[today.toordinal() % len(names)]


def _leap_day(today: date) -> date:
    day = today + A_DAY
    while (day.month, day.day) != (2, 29):
        day += A_DAY
    return day


def _changes(place: str, zone: ZoneInfo, today: date) -> dict[str, datetime]:
    """The next nights in which the clocks go forward and back there, in this order on every day of the year."""
    found: dict[str, datetime] = {}
    day = datetime.combine(today + A_DAY, time(), UTC)
    while len(found) < 2:
        if _offset(day, zone) != _offset(day + A_DAY, zone):
            at = next(
                day + timedelta(hours=hour)
                for hour in range(1, 25)
                if _offset(day + timedelta(hours=hour), zone) != _offset(day, zone)
            )
            found["forward" if _offset(at, zone) > _offset(day, zone) else "back"] = at - EARLIER
        day += A_DAY
    return {f"clocks {way} in {place}": found[way] for way in ("forward", "back")}


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _after_midnight(today: date, weekday: int) -> datetime:
    """Half past midnight on that day of next week, on the winery's clock: another day in UTC."""
    day = today + A_DAY * (7 + (weekday - today.weekday()) % 7)
    return datetime.combine(day, time(0, 30), WINERY).astimezone(UTC)
