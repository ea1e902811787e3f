"""The trade's numbers of wines (LWIN): 7 digits of a wine, 11 with its vintage, 18 with the pack and the bottle. Pure.

https://www.liv-ex.com/lwin/ says what they are made of; which wine a number is of, only its list knows.
"""

from __future__ import annotations

#: A wine; with its year; with the bottles in a piece and the millilitres of each.
LENGTHS = (7, 11, 18)
#: In the place of the year of a wine without one.
NON_VINTAGE = "1000"
_SET_OFF = str.maketrans("", "", " -.\u00a0")


def bare_lwin(text: str) -> str:
    """The digits alone, of however it is written: ``LWIN 1012361-2010``.

    >>> bare_lwin("lwin18: 1012361 2010 12 00750")
    '101236120101200750'
    """
    said = text.strip().upper()
    for name in ("LWIN18", "LWIN11", "LWIN7", "LWIN"):
        if said.startswith(name):
            said = said.removeprefix(name).lstrip(" :#")
            break
    return said.translate(_SET_OFF)


def say_lwin(lwin: str) -> str:
    """In its parts, as people read it.

    >>> say_lwin("101236120101200750")
    '1012361 2010 12 00750'
    """
    parts = (lwin[:7], lwin[7:11], lwin[11:13], lwin[13:])
    return " ".join(part for part in parts if part)


def lwin_problem(lwin: str, *, year: int | None, units: int, millilitres: int) -> str:
    """What is wrong with a bare number for a piece of so many bottles; empty when nothing is, or it is empty."""
    if not lwin:
        return ""
    if not (lwin.isascii() and lwin.isdigit()) or len(lwin) not in LENGTHS or lwin[0] == "0":
        return "An LWIN has 7 digits for the wine, 11 with its vintage or 18 with pack and bottle size."
    wanted = str(year) if year else NON_VINTAGE
    if len(lwin) > 7 and lwin[7:11] != wanted:
        named = str(year) if year else f"a wine without a year ({NON_VINTAGE})"
        return f"Its vintage is {lwin[7:11]}, and this is {named}."
    if len(lwin) == 18 and (lwin[11:13], lwin[13:]) != (f"{units:02d}", f"{millilitres:05d}"):
        there = f"{int(lwin[11:13])} × {int(lwin[13:])} ml"
        return f"It is of {there}, and this is {units} × {millilitres} ml."
    return ""
