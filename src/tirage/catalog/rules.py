"""How wines are named and skus coded. Pure."""

from __future__ import annotations

import re

#: The format that goes without saying.
PLAIN = "750 ml"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def sku_name(wine: str, year: int | None) -> str:
    """``Estate Cabernet 2023``; a wine without a year is ``Estate Brut NV``."""
    return f"{wine} {year or 'NV'}"


def full_title(name: str, format_name: str) -> str:
    """``Estate Cabernet 2023``, with its format where that isn't the plain bottle: ``…, 1.5 l``."""
    return name if format_name == PLAIN else f"{name}, {format_name}"


def code_problem(code: str) -> str:
    """What is wrong with a sku code, in words; empty when nothing is."""
    if not code:
        return "Give it a code, such as CAB23."
    if len(code) > 40:
        return "Shorten the code to 40 characters."
    if not CODE.fullmatch(code):
        return "A code is letters, digits, - and _, such as CAB23-MAG."
    return ""
