"""How much of one format as much wine is of another, and what it costs there. Pure."""

from __future__ import annotations

from math import gcd


def exchanged(pieces: int, source_ml: int, target_ml: int) -> int | None:
    """As many whole pieces as hold the same wine; None where some would be left over.

    >>> exchanged(12, 750, 1500)
    6
    >>> exchanged(3, 750, 1500) is None
    True
    """
    wine = pieces * source_ml
    return wine // target_ml if wine % target_ml == 0 else None


def smallest_step(source_ml: int, target_ml: int) -> int:
    """Of how many pieces each change of format is at least a multiple.

    >>> smallest_step(750, 1500)
    2
    """
    return target_ml // gcd(source_ml, target_ml)


def priced(total_minor: int, pieces: int) -> dict[int, int]:
    """Pieces by their price, which come to the total to the cent: at one price, or at two that are a cent apart.

    >>> priced(100_00, 3)
    {3334: 1, 3333: 2}
    """
    price, dearer = divmod(max(total_minor, 0), pieces)
    return {price + 1: dearer, price: pieces - dearer} if dearer else {price: pieces}
