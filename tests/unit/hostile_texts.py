"""Tries patterns against long texts that should make them look again and again. A process of its own: it may hang.

Reads lines ``(place, pattern)``, and says which it is at before it begins.
"""

from __future__ import annotations

import ast
import re
import sys
from typing import Any

LENGTH = 100_000
#: Letters of every kind that patterns speak of, and beginnings that promise more.
USUAL = (
    *" \t\n0a A.,-_@/<>(){}[]\"'%=&+:;é",
    "{{",
    "{%",
    "<c r=",
    "<!DOCTYPE",
    "a@",
    "1 ",
    "1,",
    "data:image/png;base64,",
)


def pieces(pattern: str) -> list[str]:
    """Short texts whose repetition may be read in many ways; also the pattern's own words."""
    return [*USUAL, *re.findall(r"[A-Za-z]{2,}", pattern)[:12]]


def attack(pattern: Any) -> None:
    """Looks for the pattern from every letter of each text; the end of a text fits nothing."""
    compiled = re.compile(pattern, re.IGNORECASE)
    is_bytes = isinstance(pattern, bytes)
    for piece in dict.fromkeys(pieces(pattern.decode("latin-1") if is_bytes else pattern)):
        text = piece * (LENGTH // len(piece)) + "\x00"
        sent: Any = text.encode("latin-1", "replace") if is_bytes else text
        compiled.sub(sent[:0], sent)


def main() -> None:
    for line in sys.stdin:
        where, pattern = ast.literal_eval(line)
        print(where, ascii(pattern), flush=True)
        attack(pattern)


if __name__ == "__main__":
    main()
