"""Areas in which customers live, as filters name them: ``state-CA``, ``metro-42660``, ``county-53033``, ``country-FR``,
``zip-98109``.
"""

from __future__ import annotations

from tirage.places import STATES, county_name, find_country, find_metro_area, find_zip

HOME_KINDS = ("state", "metro", "county", "zip", "country")


def read_home(area: str) -> tuple[str, str] | None:
    """Kind and code of an area; None of what isn't one."""
    kind, _, code = area.partition("-")
    return (kind, code) if kind in HOME_KINDS and code and home_name(area) else None


def _county(code: str) -> str:
    state = next((one.code for one in STATES.values() if one.fips and one.fips == code[:2]), "")
    name = county_name(code)
    return f"{name}, {state}" if name and state else name


def home_name(area: str) -> str:
    """“Seattle-Tacoma-Bellevue, WA”; empty of what isn't an area."""
    kind, _, code = area.partition("-")
    if kind == "state":
        return STATES[code].name if code in STATES else ""
    if kind == "metro":
        metro = find_metro_area(code)
        return metro.name if metro else ""
    if kind == "county":
        return _county(code)
    if kind == "zip":
        place = find_zip(code)
        return f"{code} {place.city}" if place and place.zip == code else ""
    country = find_country(code) if kind == "country" else None
    return country.name if country else ""
