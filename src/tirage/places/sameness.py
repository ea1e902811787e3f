"""Whether two written addresses are one place: case, punctuation, accents and the post's abbreviations aside."""

from __future__ import annotations

import re
import unicodedata

#: What the post writes short and people write out, or the other way round (USPS Publication 28, appendices B and C2).
_SHORT = {
    "alley": "aly",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "center": "ctr",
    "centre": "ctr",
    "circle": "cir",
    "court": "ct",
    "crescent": "cres",
    "crossing": "xing",
    "drive": "dr",
    "expressway": "expy",
    "fort": "ft",
    "freeway": "fwy",
    "heights": "hts",
    "highway": "hwy",
    "lane": "ln",
    "mount": "mt",
    "parkway": "pkwy",
    "place": "pl",
    "plaza": "plz",
    "point": "pt",
    "road": "rd",
    "saint": "st",
    "sainte": "ste",
    "square": "sq",
    "street": "st",
    "terrace": "ter",
    "trail": "trl",
    "turnpike": "tpke",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}
#: Words before the number of a flat, which is one by whatever name.
_UNITS = frozenset({"apartment", "apt", "flat", "no", "number", "num", "room", "rm", "suite", "unit"})


def address_key(
    line1: str, line2: str, city: str, state: str, postal_code: str, country: str
) -> tuple[str, ...]:
    """Equal for two spellings of one place: the lines in one, ZIP+4 as its ZIP; without a street the first is empty.

    >>> address_key("1 Valencia Street", "Apt. 4", "San Francisco", "CA", "94110", "US")
    ('1 valencia st #4', 'san francisco', 'CA', '94110', 'US')
    """
    postal = postal_code.strip().upper()
    postal = postal.split("-")[0] if country.upper() == "US" else re.sub(r"[\s-]", "", postal)
    return (_street(f"{line1} {line2}"), _words(city), state.strip().upper(), postal, country.strip().upper())


def town_key(name: str) -> str:
    """Equal for two spellings of a town: ``St. Louis`` and ``Saint Louis``."""
    return _words(name)


def _street(text: str) -> str:
    """``#4`` for a flat, whatever it is called there."""
    words = _words(text.replace("#", " unit ")).split()
    found: list[str] = []
    is_unit = False
    for place, word in enumerate(words):
        is_last_but_one = place + 1 < len(words)
        if (word in _UNITS or (word == "ste" and found)) and is_last_but_one:
            is_unit = True
            continue
        found.append(f"#{word}" if is_unit else word)
        is_unit = False
    return " ".join(found)


def _words(text: str) -> str:
    """Lower case, no accents, no punctuation, one blank between words, each as the post writes it short."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    parts = re.sub(r"[^\w\s]", " ", re.sub(r"[.'’]", "", bare)).split()
    return " ".join(_SHORT.get(part, part) for part in parts)
