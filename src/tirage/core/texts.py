"""What people write is kept whole or refused: nothing of it is cut off without a word."""

from __future__ import annotations

from tirage.core.errors import DomainError


def fitting(text: str, most: int, field: str) -> str:
    """The text without space around it. Raises DomainError ``too_long`` for more than ``most`` characters.

    An end of a line is one character, as browsers count it.
    """
    text = text.replace("\r\n", "\n").strip()
    if len(text) <= most:
        return text
    words = f"This has {len(text):,} characters; {most:,} are possible. Shorten it a little."
    raise DomainError("too_long", words, {field: words})
