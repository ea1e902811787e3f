"""References shown to people: short, unguessable, without letters that look alike."""

from __future__ import annotations

import secrets

#: No 0/O, 1/I/L, 5/S, 8/B, U/V.
ALPHABET = "2346789ACDEFGHJKMNPQRTWXYZ"
LENGTH = 8


def new_reference(prefix: str) -> str:
    """``ORD-7K2M9QXA``: 26**8 (2 * 10**11) values; a unique constraint catches the rest."""
    return prefix + "-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
