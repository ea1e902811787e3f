"""An address in one cell taken apart: "12 Main St, Apt 3, Napa, CA 94558" and what other countries write."""

from __future__ import annotations

import re
from functools import lru_cache

from tirage.places import normalise_state, read_country, subdivisions

PARTS = ("line_1", "line_2", "city", "state", "postal_code", "country")
_BREAK = re.compile(r"\s*(?:[\n\r;|]+|<br\s*/?>|\s{2,}|,)\s*")
_US_END = re.compile(r"(?P<zip>\d{5}(?:-\d{4})?)$")
_CODE_LAST = (
    re.compile(r"(?P<code>[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})$", re.IGNORECASE),  # Great Britain
    re.compile(r"(?P<code>[A-Z]\d[A-Z]\s*\d[A-Z]\d)$", re.IGNORECASE),  # Canada
    re.compile(r"(?P<code>\d{4,6})$"),
)
_CODE_FIRST = re.compile(r"^(?:[A-Z]{1,2}-)?(?P<code>\d{4,5}|\d{3} \d{2}|\d{4} [A-Z]{2})\s+(?P<city>\D.*)$")


@lru_cache(maxsize=64)
def take_apart(text: str) -> tuple[str, str, str, str, str, str]:
    """Line 1, line 2, city, state, postal code, country; what isn't told stays empty, and nothing is thrown away.

    A text in which no postal code is found comes back whole as line 1.
    """
    pieces = [piece for piece in _BREAK.split(text.strip()) if piece]
    country = ""
    if len(pieces) > 1 and _is_country(pieces[-1], pieces[-2]):
        country = pieces.pop()
    found = None
    if not country or read_country(country)[0] == "US":
        found = _american(pieces, country)
    if found is None and country:
        found = _other(pieces, country)
    return found or (" ".join(text.split()), "", "", "", "", "")


def _is_country(piece: str, before: str) -> bool:
    """CA behind a ZIP is Canada, behind a town California."""
    code, state = read_country(piece)
    if not code or state:
        return False
    return len(piece) > 2 or bool(re.search(r"\d", before)) or piece.upper() not in subdivisions("US")


def _american(pieces: list[str], country: str) -> tuple[str, str, str, str, str, str] | None:
    rest = list(pieces)
    if not rest or not (end := _US_END.search(piece := rest.pop())):
        return None
    before, zip_code = piece[: end.start()].strip(" ,"), end["zip"]
    if not before and rest:
        before = rest.pop()
    state, city = _state_at_end(before)
    if not state:
        return None
    city = city or (rest.pop() if rest else "")
    return _whole(rest, city, state, zip_code, country or "US")


def _state_at_end(text: str) -> tuple[str, str]:
    """The state and what stands before it: "St. Helena CA", "New York New York"."""
    words = text.split()
    for count in (1, 2, 3):
        if count <= len(words):
            state = normalise_state("US", " ".join(words[-count:]))
            if state in subdivisions("US"):
                return state, " ".join(words[:-count])
    return "", text


def _other(pieces: list[str], country: str) -> tuple[str, str, str, str, str, str] | None:
    rest = list(pieces)
    for place in range(len(rest) - 1, 0, -1):
        piece = rest[place]
        if first := _CODE_FIRST.match(piece):
            state = " ".join(rest[place + 1 :])
            return _whole(rest[:place], first["city"], state, first["code"], country)
        last = next((found for pattern in _CODE_LAST if (found := pattern.search(piece))), None)
        if last is not None:
            return _before_code(rest[:place], piece[: last.start()].strip(" ,"), last["code"], country)
    return None


def _before_code(
    rest: list[str], before: str, code: str, country: str
) -> tuple[str, str, str, str, str, str] | None:
    """Town and state, if the country has states, stand before the code."""
    states = subdivisions(read_country(country)[0])
    state = ""
    if states:
        words = before.split()
        known = normalise_state(read_country(country)[0], words[-1]) if words else ""
        if known in states:
            state, before = words[-1], " ".join(words[:-1])
    city = before or (rest.pop() if len(rest) > 1 else "")
    return _whole(rest, city, state, code, country) if city else None


def _whole(
    street: list[str], city: str, state: str, code: str, country: str
) -> tuple[str, str, str, str, str, str] | None:
    if not street:
        return None
    return street[0], ", ".join(street[1:]), city, state, code, country
