"""Sums over people and wines of large tables of small numbers, many times quicker than NumPy's own on such shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def sum_people(table: NDArray[Any]) -> NDArray[np.int64]:
    """By day and wine, the sum over people of pieces (or of flags) by day, person and wine.

    So many people are added as fit into a byte, a long row of them at once; only these sums are added as wide numbers.
    """
    if table.dtype == np.bool_:
        table = table.view(np.uint8)
    days, people, wines = table.shape
    most = int(table.max(initial=0))
    deep = min(255 // most if most else people, people) if table.dtype == np.uint8 else 1
    if deep < 2:
        return np.asarray(table.sum(axis=1, dtype=np.int64))
    wide = people // deep
    first = table[:, : deep * wide].reshape(days, deep, wide, wines).sum(axis=1, dtype=np.uint8)
    rest = table[:, deep * wide :].sum(axis=1, dtype=np.int64)
    found: NDArray[np.int64] = first.sum(axis=1, dtype=np.int64) + rest
    return found


def any_wine(table: NDArray[Any]) -> NDArray[np.bool_]:
    """By day and person, whether anything in the row of wines isn't nought."""
    if table.shape[2] == 0:
        return np.zeros(table.shape[:2], np.bool_)
    if table.dtype.itemsize == 1:
        # Bits add up quicker than comparisons, several wines at a time.
        wide = next(size for size in (8, 4, 2, 1) if table.shape[2] % size == 0)
        table = table.view(f"u{wide}")
        bits = table[:, :, 0].copy()
        for wine in range(1, table.shape[2]):
            bits |= table[:, :, wine]
        return np.asarray(bits != 0)
    found: NDArray[np.bool_] = table[:, :, 0] != 0
    for wine in range(1, table.shape[2]):
        found |= table[:, :, wine] != 0
    return found
