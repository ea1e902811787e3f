"""Whole numbers as forms of ours send them back."""

from __future__ import annotations

#: More digits than any amount or key of ours has; a database column holds all of them.
DIGITS = 15


def read_whole(text: str, otherwise: int = -1) -> int:
    """``-120`` or ``120`` as a number; ``otherwise`` for everything that a page of ours didn't write there."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= DIGITS else otherwise
