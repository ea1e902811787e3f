"""What people write is kept whole or refused: nothing of it is cut off without a word."""

from __future__ import annotations

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
