"""References shown to people: short, unguessable, without letters that look alike."""

from __future__ import annotations

import secrets
from collections.abc import Callable

#: No 0/O, 1/I/L, 5/S, 8/B, U/V.
ALPHABET = "2346789ACDEFGHJKMNPQRTWXYZ"
LENGTH = 8


def new_reference(prefix: str) -> str:
    """``ORD-7K2M9QXA``: 26**8 (2 * 10**11) values; a unique constraint catches the rest."""
    return prefix + "-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


#: One draw in a million meets a taken reference among 200,000; so many in a row mean that something else is wrong.
DRAWS = 5


def insert_with_reference(prefix: str, insert: Callable[[str], int | None]) -> tuple[int, str]:
    """The id and the reference of a new row: drawn again while ``insert`` answers None because it is taken.

    ``insert`` says ON CONFLICT (reference) DO NOTHING, so a taken one neither fails the transaction nor costs the
    others a statement.
    """
    for _ in range(DRAWS):
        reference = new_reference(prefix)
        row_id = insert(reference)
        if row_id is not None:
            return row_id, reference
    raise RuntimeError(f"{DRAWS} references of {prefix} in a row are taken")
