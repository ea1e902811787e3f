"""Texts that people write, kept whole or refused but never cut off; names and counts as they are said."""

from __future__ import annotations

from collections.abc import Sequence

from tirage.core.errors import DomainError


def as_written(text: str) -> str:
    """The text without space around it, with one kind of line end: browsers send two characters for a new line."""
    return text.replace("\r\n", "\n").strip()


def fitting(text: str, most: int, field: str) -> str:
    """The text without space around it. Raises DomainError ``too_long`` for more than ``most`` characters.

    An end of a line is one character, as browsers count it.
    """
    text = as_written(text)
    if len(text) <= most:
        return text
    words = f"This has {len(text):,} characters; {most:,} are possible. Shorten it a little."
    raise DomainError("too_long", words, {field: words})


def say_names(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def say_count(count: int, one: str, many: str) -> str:
    """``1 customer``, ``1,312 customers``."""
    return f"{count:,} {one if count == 1 else many}"
