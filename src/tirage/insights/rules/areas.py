"""Areas: their kinds, their names, and what is added up in one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tirage.places import STATES, county_name, find_country, find_metro_area, find_zip

#: What stands for everybody whose area of a kind isn't known, such as customers outside metropolitan areas.
ELSEWHERE = ""


class AreaKind(StrEnum):
    """Keys: two letters, FIPS, CBSA, five digits, ``column.row`` (``rules.hexagons``), two letters."""

    STATE = "state"
    COUNTY = "county"
    METRO = "metro"
    ZIP = "zip"
    HEXAGON = "hexagon"
    COUNTRY = "country"


class Sums(NamedTuple):
    """What an area's customers come to; all of it adds up. Money in minor units.

    ``…_before``: the same in the period that is compared with. A tuple, because a page makes thousands of them.
    """

    #: Customers now, whether they ever bought or not; households, accounts at one address counted once.
    customers: int = 0
    households: int = 0
    #: Who bought, who bought for the first time, who bought before and didn't now, who did both.
    active: int = 0
    active_before: int = 0
    new: int = 0
    lapsed: int = 0
    retained: int = 0
    sales_minor: int = 0
    sales_before_minor: int = 0
    orders: int = 0
    orders_before: int = 0
    bottles: int = 0
    bottles_before: int = 0
    gross_minor: int = 0
    refunded_minor: int = 0
    shipping_minor: int = 0
    #: Bottles that releases of the period offered them, and what they took of them.
    offered: int = 0
    taken: int = 0
    #: Bottles that they wished for, and what of it they weren't given.
    wished: int = 0
    unmet: int = 0
    #: What households of those who bought may spend on wine in such a period (``rules.spending``).
    spending_minor: int = 0


def add_up(some: Iterable[Sums]) -> Sums:
    """All of them together."""
    parts = list(some)
    # Nearly all ZIPs are one of a kind.
    return parts[0] if len(parts) == 1 else Sums(*map(sum, zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """An area and what its customers come to. ``metrics.figure_of`` makes a metric's figure of it.

    ``key`` is ``ELSEWHERE`` for those whose area isn't known. ``residents`` where they are known; the point is the
    middle of its customers, None where no one is placed.
    """

    kind: AreaKind
    key: str
    name: str
    sums: Sums
    residents: int | None = None
    latitude: float | None = None
    longitude: float | None = None


def area_name(kind: AreaKind, key: str) -> str:
    """What an area is called: “Seattle-Tacoma-Bellevue, WA”, “King County, WA”, “98109 Seattle, WA”."""
    if key == ELSEWHERE:
        return _ELSEWHERE[kind]
    return _NAMED[kind](key)


_ELSEWHERE = {
    AreaKind.STATE: "Outside the United States, or unknown",
    AreaKind.COUNTY: "Outside the counties, or unknown",
    AreaKind.METRO: "Outside metro areas, or unknown",
    AreaKind.ZIP: "Without a ZIP",
    AreaKind.HEXAGON: "Without a point on the map",
    AreaKind.COUNTRY: "Unknown",
}


def _state(key: str) -> str:
    return STATES[key].name if key in STATES else key


def _county(key: str) -> str:
    state = next((code for code, fips in _STATE_FIPS.items() if fips == key[:2]), "")
    name = county_name(key) or key
    return f"{name}, {state}" if state else name


def _metro(key: str) -> str:
    area = find_metro_area(key)
    return area.name if area else key


def _zip(key: str) -> str:
    place = find_zip(key)
    return f"{key} {place.city}, {place.state}" if place else key


def _country(key: str) -> str:
    country = find_country(key)
    return country.name if country else key


_NAMED = {
    AreaKind.STATE: _state,
    AreaKind.COUNTY: _county,
    AreaKind.METRO: _metro,
    AreaKind.ZIP: _zip,
    AreaKind.HEXAGON: lambda key: f"Hexagon {key}",
    AreaKind.COUNTRY: _country,
}
#: The first two digits of a county's code.
_STATE_FIPS = dict(
    pair.split(":")
    for pair in (
        "AL:01 AK:02 AZ:04 AR:05 CA:06 CO:08 CT:09 DE:10 DC:11 FL:12 GA:13 HI:15 ID:16 IL:17 IN:18 IA:19 KS:20 KY:21 "
        "LA:22 ME:23 MD:24 MA:25 MI:26 MN:27 MS:28 MO:29 MT:30 NE:31 NV:32 NH:33 NJ:34 NM:35 NY:36 NC:37 ND:38 OH:39 "
        "OK:40 OR:41 PA:42 RI:44 SC:45 SD:46 TN:47 TX:48 UT:49 VT:50 VA:51 WA:53 WV:54 WI:55 WY:56 AS:60 GU:66 MP:69 "
        "PR:72 VI:78"
    ).split()
)
