"""What the winery wrote to the group above its wines."""

from __future__ import annotations

from typing import Any

#: So many letters of the winery's message fit into the three lines that a telephone shows at first.
_THREE_LINES = 115


def letter_words(message: str) -> dict[str, Any]:
    """The winery's letter as paragraphs, and whether a telephone shows only its beginning at first."""
    paragraphs = [text.strip() for text in message.split("\n\n") if text.strip()]
    return {"paragraphs": paragraphs, "is_long": len(message) > _THREE_LINES or message.count("\n") > 2}
