"""How long the lines of a label may be where carriers and warehouses print them."""

from __future__ import annotations

from collections.abc import Mapping

#: By whose limits; characters by column. Parcel carriers take 35 a line, WineDirect 30, and 8 in the second.
LINE_LENGTHS: Mapping[str, Mapping[str, int]] = {
    "parcel": {"recipient": 35, "company": 35, "line1": 35, "line2": 35},
    "winedirect": {"recipient": 30, "company": 30, "line1": 30, "line2": 8},
}
_INSTEAD = {
    "recipient": "Leave out titles and second names.",
    "company": "Write the company's short name, or leave it out.",
    "line1": "Write St for Street, and move the apartment to the second line.",
    "line2": "Write the number alone, such as #4B.",
}


def long_lines(parts: Mapping[str, str], whose: str) -> dict[str, str]:
    """What to say of each column that is too long for ``whose`` labels, by how many characters, and what to do."""
    limits = LINE_LENGTHS.get(whose, {})
    over = {name: len(parts.get(name, "")) - most for name, most in limits.items()}
    return {
        name: f"{limits[name]} characters fit on the label: {_say(count)} too many. {_INSTEAD[name]}"
        for name, count in over.items()
        if count > 0
    }


def _say(count: int) -> str:
    return "this is 1" if count == 1 else f"these are {count}"
