"""Tries patterns against long texts that should make them look again and again. A process of its own: it may hang.

Reads lines ``(place, pattern)``, and says which it is at before it begins.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from typing import Any

#: Letters of a text. Reading a short one again from each letter takes hundreds of times as long as reading it once:
#: whoever takes so long over it is tried with a long one, over which the process ends.
SHORT, LONG = 10_000, 100_000
#: Seconds of the processor: ten times what reading a short text once takes.
SUSPICIOUS = 0.01
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
        for length in (SHORT, LONG):
            text = piece * (length // len(piece)) + "\x00"
            sent: Any = text.encode("latin-1", "replace") if is_bytes else text
            began = time.process_time()
            compiled.sub(sent[:0], sent)
            if time.process_time() - began < SUSPICIOUS:
                break


def main() -> None:
    for line in sys.stdin:
        where, pattern = ast.literal_eval(line)
        print(where, ascii(pattern), flush=True)
        attack(pattern)


if __name__ == "__main__":
    main()
